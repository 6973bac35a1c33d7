"""Xero's side: grants, organisations, and the connections of companies to them (D2)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class Grant(Base):
    """One Xero user's token set; several organisations can hang on it. Tokens are empty once it has ended."""

    __tablename__ = "xero_grant"

    grant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    xero_userid: Mapped[str] = mapped_column(String(36), unique=True)
    user_name: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="active")
    access_token: Mapped[str] = mapped_column(Text)
    refresh_token: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    refreshing_until: Mapped[datetime | None]


class Organisation(Base):
    """One Xero organisation. Inbox, lease and limits belong to it, whoever is connected."""

    __tablename__ = "organisation"

    organisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(Text)
    short_code: Mapped[str] = mapped_column(String(20), default="")
    base_currency: Mapped[str] = mapped_column(String(3), default="")
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    #: Tax rates, accounts, currencies, themes and lock dates, as read at `reference_at`.
    reference: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Items, read with the lists; there may be thousands, so they are loaded only where they are asked for.
    items: Mapped[list[Any] | None] = mapped_column(deferred=True)
    reference_at: Mapped[datetime | None]
    sweep_due_at: Mapped[datetime | None] = mapped_column(index=True)
    swept_to: Mapped[datetime | None]
    #: When a sweep last found what no webhook had told of.
    missed_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    parked_until: Mapped[datetime | None]
    #: Which limit it was: `concurrent`, `minute`, `day`, `appminute`, `burst`, `daily`, or empty.
    parked_reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))


class OrganisationDefaults(Base):
    """What a company chose for its invoices in one organisation (D3)."""

    __tablename__ = "organisation_defaults"

    company_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("company.company_id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    #: For lines without an item; empty: none.
    account_code: Mapped[str] = mapped_column(String(10), default="")
    theme_id: Mapped[str] = mapped_column(String(36), default="")
    #: Empty: the treatment that suits the deal's products.
    line_amount_types: Mapped[str] = mapped_column(String(10), default="")
    #: What the invoice window proposes: `draft`, `submit` or `approve`.
    create_as: Mapped[str] = mapped_column(String(12), default="draft")
    #: Pipedrive's percentage, as decimal text without needless zeros, to Xero's tax type (D11).
    tax_table: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Connection(Base):
    """A company connected to an organisation through a grant.

    `offered` (waiting for the choice), `active`, `ending` (a worker will tell Xero), `ended`, `lost` (ended from Xero's side).
    """

    __tablename__ = "connection"
    __table_args__ = (
        UniqueConstraint("company_id", "organisation_id"),
        Index(None, "organisation_id"),
        Index(None, "state"),
    )

    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("company.company_id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"))
    grant_id: Mapped[str] = mapped_column(ForeignKey("xero_grant.grant_id"))
    xero_connection_id: Mapped[str] = mapped_column(String(36))
    #: What Xero lets this grant do there (`Organisation/Actions`): another company's grant may do more, or less.
    actions: Mapped[list[Any]] = mapped_column(default=list)
    #: When Xero last said so; None: never.
    actions_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10))
    #: When to try again to take leave of Xero, after a try that failed.
    leave_due_at: Mapped[datetime | None]
    connected_by: Mapped[int] = mapped_column(BigInteger)
    connected_at: Mapped[datetime]
