"""What the engine keeps: leases, turns and limits.

Revision 0003, after 0002.
"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is new."""


def downgrade() -> None:
    """Take it away."""
