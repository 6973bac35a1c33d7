"""What the rules keep.

Revision 0005, after 0004.
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what is new."""


def downgrade() -> None:
    """Take it away."""
