"""What the engine keeps: why a tenant is parked, and which events a sweep has not shown.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_PARKED = ("organisation", "company")


def upgrade() -> None:
    """Add what is new."""
    for table in _PARKED:
        op.add_column(table, sa.Column("parked_reason", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("event", sa.Column("by_id", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_event_received_at"), "event", ["received_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index(op.f("ix_event_received_at"), "event")
    op.drop_column("event", "by_id")
    for table in _PARKED:
        op.drop_column(table, "parked_reason")
