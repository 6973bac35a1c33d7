"""What the rules keep.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the rules and their runs, the stages of a company, and which rule asked for an intent."""
    op.add_column("company", sa.Column("stages", sa.JSON(), nullable=True))
    op.add_column("company", sa.Column("stages_at", INSTANT, nullable=True))
    op.add_column("intent", sa.Column("rule", sa.String(length=20), nullable=False, server_default=sa.text("''")))
    op.create_index(
        op.f("ix_invoice_organisation_id_status_due_date"), "invoice", ["organisation_id", "status", "due_date"]
    )
    _add_rules()
    _add_runs()


def downgrade() -> None:
    """Take them away."""
    op.drop_table("rule_run")
    op.drop_table("rule")
    op.drop_index(op.f("ix_invoice_organisation_id_status_due_date"), table_name="invoice")
    for table, column in (("intent", "rule"), ("company", "stages_at"), ("company", "stages")):
        op.drop_column(table, column)


def _add_rules() -> None:
    op.create_table(
        "rule",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("does", sa.String(length=20), nullable=False),
        sa.Column("stage_id", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("look_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_rule_company_id_company")),
        sa.PrimaryKeyConstraint("company_id", "kind", name=op.f("pk_rule")),
    )
    op.create_index(op.f("ix_rule_look_at"), "rule", ["look_at"])


def _add_runs() -> None:
    op.create_table(
        "rule_run",
        sa.Column("run_key", sa.String(length=36), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_rule_run_company_id_company")),
        sa.PrimaryKeyConstraint("run_key", name=op.f("pk_rule_run")),
        sa.UniqueConstraint("company_id", "rule", "cause", name=op.f("uq_rule_run_company_id_rule_cause")),
    )
    op.create_index(op.f("ix_rule_run_state_due_at"), "rule_run", ["state", "due_at"])
    op.create_index(op.f("ix_rule_run_company_id_deal_id"), "rule_run", ["company_id", "deal_id"])
