"""What the net under lost webhooks keeps.

Revision 0006, after 0005.
"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add what is new."""


def downgrade() -> None:
    """Take it away."""
