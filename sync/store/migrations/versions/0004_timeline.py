"""What the timeline of an invoice keeps.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table; what happened before is not made up."""
    op.create_table(
        "happening",
        sa.Column("happening_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("invoice_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=False, server_default=sa.text("''")),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_happening_company_id_company")),
        sa.PrimaryKeyConstraint("happening_id", name=op.f("pk_happening")),
    )
    op.create_index(op.f("ix_happening_company_id_invoice_id"), "happening", ["company_id", "invoice_id"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("happening")
