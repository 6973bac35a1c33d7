"""What the invoice window, the panel's actions and the preferences keep.

Revision 0002, after 0001. The new columns have defaults in the database, so that processes of the version before may
still write while this one starts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MONEY = sa.Numeric(20, 4).with_variant(sa.String(40), "sqlite")
INSTANT = sa.DateTime(timezone=True)
_MOVED = {"default_account": "account_code", "line_amount_types": "line_amount_types"}


def upgrade() -> None:
    """Add tables and columns, and copy what a company chose for Xero to the organisation that it was chosen for.

    It stays with the company too, because processes of the version before still read it there. Lists that they keep from
    now on have another shape, which is known by its mark.
    """
    _add_columns()
    _add_tables_of_the_window()
    _add_tables_of_the_preferences()
    _copy_defaults()


def downgrade() -> None:
    """Take them away; what was chosen for an organisation goes back to its company."""
    _move_defaults_back()
    for table in ("preference_change", "half_written", "item_link", "organisation_defaults"):
        op.drop_table(table)
    for table, column in (
        ("intent", "followed_by"),
        ("intent", "expected_total"),
        ("intent", "kind"),
        ("connection", "actions_at"),
        ("contact_link", "contact_name"),
        ("ticket", "subject"),
        ("organisation", "items"),
        ("company", "fields_at"),
        ("company", "fields"),
    ):
        op.drop_column(table, column)
    op.execute("UPDATE organisation SET reference = '{}', reference_at = NULL")


def _add_columns() -> None:
    op.add_column("company", sa.Column("fields", sa.JSON(), nullable=True))
    op.add_column("company", sa.Column("fields_at", INSTANT, nullable=True))
    op.add_column("organisation", sa.Column("items", sa.JSON(), nullable=True))
    op.add_column("ticket", sa.Column("subject", sa.String(length=36), nullable=False, server_default=sa.text("''")))
    op.add_column("contact_link", sa.Column("contact_name", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("intent", sa.Column("kind", sa.String(length=10), nullable=False, server_default="create"))
    op.add_column("intent", sa.Column("expected_total", MONEY, nullable=True))
    op.add_column(
        "intent", sa.Column("followed_by", sa.String(length=10), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("connection", sa.Column("actions_at", INSTANT, nullable=True))


def _add_tables_of_the_window() -> None:
    op.create_table(
        "item_link",
        *_keys(),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        *_links("item_link"),
        sa.PrimaryKeyConstraint("company_id", "organisation_id", "product", name=op.f("pk_item_link")),
    )
    op.create_table(
        "half_written",
        *_keys(),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        *_links("half_written"),
        sa.PrimaryKeyConstraint("company_id", "user_id", "deal_id", "organisation_id", name=op.f("pk_half_written")),
    )
    op.create_index(op.f("ix_half_written_saved_at"), "half_written", ["saved_at"], unique=False)


def _add_tables_of_the_preferences() -> None:
    op.create_table(
        "organisation_defaults",
        *_keys(),
        sa.Column("account_code", sa.String(length=10), nullable=False),
        sa.Column("theme_id", sa.String(length=36), nullable=False),
        sa.Column("line_amount_types", sa.String(length=10), nullable=False),
        sa.Column("create_as", sa.String(length=12), nullable=False),
        sa.Column("tax_table", sa.JSON(), nullable=False),
        *_links("organisation_defaults"),
        sa.PrimaryKeyConstraint("company_id", "organisation_id", name=op.f("pk_organisation_defaults")),
    )
    op.create_table(
        "preference_change",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.company_id"], name=op.f("fk_preference_change_company_id_company")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_preference_change")),
    )
    op.create_index(op.f("ix_preference_change_company_id_at"), "preference_change", ["company_id", "at"], unique=False)


def _keys() -> tuple[sa.Column[int], sa.Column[str]]:
    return (
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
    )


def _links(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f(f"fk_{table}_company_id_company")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f(f"fk_{table}_organisation_id_organisation"),
        ),
    )


_COMPANY = sa.table("company", sa.column("company_id", sa.BigInteger()), sa.column("preferences", sa.JSON()))
_CONNECTION = sa.table(
    "connection", sa.column("company_id"), sa.column("organisation_id"), sa.column("state", sa.String())
)
_DEFAULTS = sa.table(
    "organisation_defaults",
    sa.column("company_id"),
    sa.column("organisation_id"),
    sa.column("account_code"),
    sa.column("theme_id"),
    sa.column("line_amount_types"),
    sa.column("create_as"),
    sa.column("tax_table", sa.JSON()),
)


def _copy_defaults() -> None:
    bind = op.get_bind()
    for company_id, preferences in bind.execute(sa.select(_COMPANY.c.company_id, _COMPANY.c.preferences)).all():
        chosen = {column: preferences.get(name, "") for name, column in _MOVED.items()}
        connected = sa.select(_CONNECTION.c.organisation_id).where(
            _CONNECTION.c.company_id == company_id, _CONNECTION.c.state.in_(("active", "lost"))
        )
        for organisation_id in bind.execute(connected).scalars().all() if any(chosen.values()) else ():
            row = {"company_id": company_id, "organisation_id": organisation_id, "theme_id": "", "create_as": "draft"}
            bind.execute(sa.insert(_DEFAULTS).values(**row, **chosen, tax_table={}))


def _move_defaults_back() -> None:
    bind = op.get_bind()
    found = bind.execute(
        sa.select(_COMPANY.c.company_id, _COMPANY.c.preferences, *(_DEFAULTS.c[column] for column in _MOVED.values()))
        .join(_DEFAULTS, _DEFAULTS.c.company_id == _COMPANY.c.company_id)
        .order_by(_DEFAULTS.c.organisation_id)
    ).all()
    for company_id, preferences, *chosen in found:
        _keep(company_id, {**preferences, **dict(zip(_MOVED, chosen, strict=True))})


def _keep(company_id: int, preferences: dict[str, object]) -> None:
    op.get_bind().execute(
        sa.update(_COMPANY).where(_COMPANY.c.company_id == company_id).values(preferences=preferences)
    )
