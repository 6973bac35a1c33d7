"""The first schema.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MONEY = sa.Numeric(20, 4).with_variant(sa.String(40), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_company_id_at"), "audit", ["company_id", "at"], unique=False)
    op.create_table(
        "company",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("default_currency", sa.String(length=3), nullable=False),
        sa.Column("api_domain", sa.Text(), nullable=False),
        sa.Column("acting_user_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("tend_due_at", INSTANT, nullable=True),
        sa.Column("tend_tries", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("parked_until", INSTANT, nullable=True),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("preferences_saved_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_company")),
    )
    op.create_index(op.f("ix_company_tend_due_at"), "company", ["tend_due_at"], unique=False)
    op.create_table(
        "deal_access",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("company_id", "user_id", "deal_id", name=op.f("pk_deal_access")),
    )
    op.create_index(op.f("ix_deal_access_checked_at"), "deal_access", ["checked_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("source", "company_id", "body_hash", name=op.f("uq_delivery_source_company_id_body_hash")),
    )
    op.create_index(op.f("ix_delivery_state_received_at"), "delivery", ["state", "received_at"], unique=False)
    op.create_table(
        "event",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("tenant", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("resource_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("identity", sa.String(length=60), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("worked_at", INSTANT, nullable=True),
        sa.Column("merged_to", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "source",
            "tenant",
            "category",
            "resource_id",
            "type",
            "identity",
            name=op.f("uq_event_source_tenant_category_resource_id_type_identity"),
        ),
    )
    op.create_index(op.f("ix_event_source_state_tenant"), "event", ["source", "state", "tenant"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_code", sa.String(length=20), nullable=False),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("reference", sa.JSON(), nullable=False),
        sa.Column("reference_at", INSTANT, nullable=True),
        sa.Column("sweep_due_at", INSTANT, nullable=True),
        sa.Column("swept_to", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=40), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("parked_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_organisation_tenant_id")),
    )
    op.create_index(op.f("ix_organisation_sweep_due_at"), "organisation", ["sweep_due_at"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("deal_id", sa.BigInteger(), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_expires_at"), "ticket", ["expires_at"], unique=False)
    op.create_table(
        "xero_grant",
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("xero_userid", sa.String(length=36), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("refreshed_at", INSTANT, nullable=False),
        sa.Column("refreshing_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_xero_grant")),
        sa.UniqueConstraint("xero_userid", name=op.f("uq_xero_grant_xero_userid")),
    )
    op.create_table(
        "connection",
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("xero_connection_id", sa.String(length=36), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("leave_due_at", INSTANT, nullable=True),
        sa.Column("connected_by", sa.BigInteger(), nullable=False),
        sa.Column("connected_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_connection_company_id_company")),
        sa.ForeignKeyConstraint(["grant_id"], ["xero_grant.grant_id"], name=op.f("fk_connection_grant_id_xero_grant")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_connection_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_connection")),
        sa.UniqueConstraint("company_id", "organisation_id", name=op.f("uq_connection_company_id_organisation_id")),
    )
    op.create_index(op.f("ix_connection_organisation_id"), "connection", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_connection_state"), "connection", ["state"], unique=False)
    op.create_table(
        "contact_link",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.company_id"], name=op.f("fk_contact_link_company_id_company")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_contact_link_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("company_id", "organisation_id", "customer", name=op.f("pk_contact_link")),
    )
    op.create_table(
        "deal",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("org_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem_code", sa.String(length=40), nullable=True),
        sa.Column("problem_detail", sa.Text(), nullable=False),
        sa.Column("problem_since", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_deal_company_id_company")),
        sa.PrimaryKeyConstraint("company_id", "deal_id", name=op.f("pk_deal")),
    )
    op.create_index(op.f("ix_deal_due_at"), "deal", ["due_at"], unique=False)
    op.create_table(
        "deal_field",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.String(length=30), nullable=False),
        sa.Column("field_code", sa.String(length=60), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_deal_field_company_id_company")),
        sa.PrimaryKeyConstraint("company_id", "slot", name=op.f("pk_deal_field")),
    )
    op.create_table(
        "installation",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("installed_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("refreshed_at", INSTANT, nullable=False),
        sa.Column("refreshing_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.company_id"], name=op.f("fk_installation_company_id_company")
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", name=op.f("pk_installation")),
    )
    op.create_table(
        "intent",
        sa.Column("intent_id", sa.String(length=36), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("prepared", sa.JSON(), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("first_sent_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.company_id"], name=op.f("fk_intent_company_id_company")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name=op.f("fk_intent_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_intent")),
    )
    op.create_index(op.f("ix_intent_company_id_deal_id"), "intent", ["company_id", "deal_id"], unique=False)
    op.create_index(op.f("ix_intent_state_due_at"), "intent", ["state", "due_at"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sub_total", MONEY, nullable=False),
        sa.Column("total_tax", MONEY, nullable=False),
        sa.Column("total", MONEY, nullable=False),
        sa.Column("amount_due", MONEY, nullable=False),
        sa.Column("amount_paid", MONEY, nullable=False),
        sa.Column("amount_credited", MONEY, nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sent_to_contact", sa.Boolean(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("own_write_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name=op.f("fk_invoice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "invoice_id", name=op.f("pk_invoice")),
    )
    op.create_table(
        "pipedrive_webhook",
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("username", sa.String(length=43), nullable=False),
        sa.Column("password_hash", sa.String(length=64), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=True),
        sa.Column("registered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.company_id"], name=op.f("fk_pipedrive_webhook_company_id_company")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pipedrive_webhook")),
    )
    op.create_index(op.f("ix_pipedrive_webhook_company_id"), "pipedrive_webhook", ["company_id"], unique=False)
    op.create_table(
        "deal_invoice",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("deal_id", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "deal_id"],
            ["deal.company_id", "deal.deal_id"],
            name=op.f("fk_deal_invoice_company_id_deal_id_deal"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "invoice_id"],
            ["invoice.organisation_id", "invoice.invoice_id"],
            name=op.f("fk_deal_invoice_organisation_id_invoice_id_invoice"),
        ),
        sa.PrimaryKeyConstraint("company_id", "organisation_id", "invoice_id", name=op.f("pk_deal_invoice")),
    )
    op.create_index(op.f("ix_deal_invoice_company_id_deal_id"), "deal_invoice", ["company_id", "deal_id"], unique=False)


def downgrade() -> None:
    """Drop every table."""
    op.drop_index(op.f("ix_deal_invoice_company_id_deal_id"), table_name="deal_invoice")
    op.drop_table("deal_invoice")
    op.drop_index(op.f("ix_pipedrive_webhook_company_id"), table_name="pipedrive_webhook")
    op.drop_table("pipedrive_webhook")
    op.drop_table("invoice")
    op.drop_index(op.f("ix_intent_state_due_at"), table_name="intent")
    op.drop_index(op.f("ix_intent_company_id_deal_id"), table_name="intent")
    op.drop_table("intent")
    op.drop_table("installation")
    op.drop_table("deal_field")
    op.drop_index(op.f("ix_deal_due_at"), table_name="deal")
    op.drop_table("deal")
    op.drop_table("contact_link")
    op.drop_index(op.f("ix_connection_state"), table_name="connection")
    op.drop_index(op.f("ix_connection_organisation_id"), table_name="connection")
    op.drop_table("connection")
    op.drop_table("xero_grant")
    op.drop_index(op.f("ix_ticket_expires_at"), table_name="ticket")
    op.drop_table("ticket")
    op.drop_index(op.f("ix_organisation_sweep_due_at"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_index(op.f("ix_event_source_state_tenant"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_delivery_state_received_at"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_deal_access_checked_at"), table_name="deal_access")
    op.drop_table("deal_access")
    op.drop_index(op.f("ix_company_tend_due_at"), table_name="company")
    op.drop_table("company")
    op.drop_index(op.f("ix_audit_company_id_at"), table_name="audit")
    op.drop_table("audit")
