"""What the net under lost webhooks keeps.

Revision 0006, after 0005. Every new column may be empty, so that processes of the version before may still write.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)
_COLUMNS = (
    ("organisation", "missed_at"),
    ("invoice", "look_due_at"),
    ("company", "compare_due_at"),
    ("company", "compared_to"),
    ("deal_field", "made_again_at"),
)


def upgrade() -> None:
    """Add due times, and the table of what is due for the house as a whole."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, INSTANT, nullable=True))
    op.create_index(op.f("ix_company_compare_due_at"), "company", ["compare_due_at"], unique=False)
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("kept_until", INSTANT, nullable=True),
        sa.Column("gap_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )
    op.create_table(
        "deal_field_trouble",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.company_id"], name=op.f("fk_deal_field_trouble_company_id_company")
        ),
        sa.PrimaryKeyConstraint("company_id", "slot", name=op.f("pk_deal_field_trouble")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("deal_field_trouble")
    op.drop_table("chore")
    op.drop_index(op.f("ix_company_compare_due_at"), table_name="company")
    for table, column in _COLUMNS:
        op.drop_column(table, column)
