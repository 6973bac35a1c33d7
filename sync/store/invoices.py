"""Deals, invoices, what hangs on what, and what was asked of Xero."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.store.base import Base


class DealRow(Base):
    """Our copy of a deal. `due_at` is set while its fields in Pipedrive want writing; `revision` counts the reasons."""

    __tablename__ = "deal"
    __table_args__ = (ForeignKeyConstraint(["company_id"], ["company.company_id"]), Index(None, "due_at"))

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(String(3))
    owner_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    org_id: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(20))
    is_deleted: Mapped[bool] = mapped_column(default=False)
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    written: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(String(40))
    problem_detail: Mapped[str] = mapped_column(Text, default="")
    problem_since: Mapped[datetime | None]


class DealAccess(Base):
    """Pipedrive's answer to whether a user may see a deal, kept for a short while."""

    __tablename__ = "deal_access"

    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    checked_at: Mapped[datetime] = mapped_column(index=True)


class InvoiceRecord(Base):
    """Our copy of a Xero sales invoice that hangs on a deal, or hung on one: it can always be fetched again."""

    __tablename__ = "invoice"
    __table_args__ = (Index(None, "organisation_id", "status", "due_date"),)

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    contact_id: Mapped[str] = mapped_column(String(36))
    contact_name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(String(3))
    sub_total: Mapped[Decimal]
    total_tax: Mapped[Decimal]
    total: Mapped[Decimal]
    amount_due: Mapped[Decimal]
    amount_paid: Mapped[Decimal]
    amount_credited: Mapped[Decimal]
    issue_date: Mapped[date | None] = mapped_column(Date)
    due_date: Mapped[date | None] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    sent_to_contact: Mapped[bool]
    updated_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    #: Not asked for by its id before this, by the net under lost webhooks.
    look_due_at: Mapped[datetime | None]
    #: `updated_at` of the state that our own last write returned: its echo is skipped (D16).
    own_write_at: Mapped[datetime | None]


class DealInvoice(Base):
    """The link between a deal and an invoice."""

    __tablename__ = "deal_invoice"
    __table_args__ = (
        ForeignKeyConstraint(["company_id", "deal_id"], ["deal.company_id", "deal.deal_id"]),
        ForeignKeyConstraint(["organisation_id", "invoice_id"], ["invoice.organisation_id", "invoice.invoice_id"]),
        Index(None, "company_id", "deal_id"),
    )

    #: An invoice hangs on one deal of a company at most.
    company_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    deal_id: Mapped[int] = mapped_column(BigInteger)
    linked_at: Mapped[datetime]


class Intent(Base):
    """One thing that a person asked to have done in Xero, written down before the first byte is sent.

    `prepared` (the window is open), `sending`, `unknown` (the answer was lost), `done`, `refused` (and the person was told),
    `failed` (refused while nobody was waiting: the deal says so). `kind` is create, submit, approve, void, delete, email or
    contact.
    """

    __tablename__ = "intent"
    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["company.company_id"]),
        Index(None, "state", "due_at"),
        Index(None, "company_id", "deal_id"),
    )

    intent_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    company_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    deal_id: Mapped[int] = mapped_column(BigInteger)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"))
    kind: Mapped[str] = mapped_column(String(10), default="create", server_default="create")
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    #: What the window showed: lines, treatment, customer. Amounts are decimal text.
    prepared: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contact_id: Mapped[str] = mapped_column(String(36), default="")
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Which attempt's key is in use; a key is only changed after a definite refusal or D8's look.
    attempt: Mapped[int] = mapped_column(default=0)
    #: When the person asked; `first_sent_at` is when the key in use was first sent.
    asked_at: Mapped[datetime | None]
    first_sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    #: What a create made, or what any other kind is about.
    invoice_id: Mapped[str | None] = mapped_column(String(36))
    #: Of a create: the total that the window showed, and `submit` or `approve` where that follows if Xero agrees.
    expected_total: Mapped[Decimal | None]
    followed_by: Mapped[str] = mapped_column(String(10), default="", server_default=text("''"))
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_detail: Mapped[str] = mapped_column(Text, default="")
    #: The rule that asked for it, or empty where a person did.
    rule: Mapped[str] = mapped_column(String(20), default="", server_default=text("''"))


class ContactLink(Base):
    """Which Xero contact a Pipedrive organisation or person is."""

    __tablename__ = "contact_link"

    company_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("company.company_id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    #: `organization:12` or `person:34`.
    customer: Mapped[str] = mapped_column(String(40), primary_key=True)
    contact_id: Mapped[str] = mapped_column(String(36))
    contact_name: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    linked_at: Mapped[datetime]


class ItemLink(Base):
    """Which Xero item a Pipedrive product, or a variation of it, is (D10)."""

    __tablename__ = "item_link"

    company_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("company.company_id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    #: `12`, or `12:34` for a variation.
    product: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: The id, because people may give an item another code.
    item_id: Mapped[str] = mapped_column(String(36))
    linked_at: Mapped[datetime]


class HalfWritten(Base):
    """What a person had typed into the invoice window of a deal when it closed."""

    __tablename__ = "half_written"

    company_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("company.company_id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    deal_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.organisation_id"), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime] = mapped_column(index=True)
