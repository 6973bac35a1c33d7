"""What the timeline of an invoice keeps.

Revision 0004, after 0003.
"""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what is new."""


def downgrade() -> None:
    """Take it away."""
