"""Our copies of invoices: what was fetched is kept when it is newer, and the deals that it changes are marked."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from sync.clients.xero.payloads import status_body
from sync.domain.freshness import is_newer
from sync.domain.invoice import Invoice, Status
from sync.domain.mark import MARK_PATH, is_marked
from sync.errors import ErrorCode
from sync.operations.deals import mark_deal_due
from sync.operations.half_written import drop_half_written
from sync.operations.happenings import record_change, record_create
from sync.operations.outcome import Outcome
from sync.store.accounts import Connection, Organisation
from sync.store.invoices import ContactLink, DealInvoice, DealRow, Intent, InvoiceRecord

FOLLOW_UP_GRACE = timedelta(seconds=10)

_OF_DEAL = (
    select(InvoiceRecord, Organisation.timezone, Organisation.short_code)
    .join(
        DealInvoice,
        (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
        & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
    )
    .join(Organisation, Organisation.organisation_id == InvoiceRecord.organisation_id)
    .where(DealInvoice.company_id == bindparam("company_id"), DealInvoice.deal_id == bindparam("deal_id"))
    .order_by(DealInvoice.linked_at.desc(), InvoiceRecord.invoice_id)
)


def apply_invoice(
    session: Session, *, organisation_id: str, invoice: Invoice, base_url: str, asked_at: datetime, now: datetime
) -> Outcome:
    """Keep an invoice as fetched, if it is newer than the copy that we have of it (D16).

    `asked_at` is from before the request left: of two answers with the same age, the one asked for later counts.
    An invoice that carries the mark of one of our intents is linked to its deal, whatever became of the answer (D7).
    """
    if not invoice.is_sales:
        return Outcome.IGNORED
    # Locked, or an older answer that is written later would be mixed with a newer one.
    record = session.get(InvoiceRecord, (organisation_id, invoice.invoice_id), with_for_update=True)
    if record is None:
        intent = _intent_of_mark(session, organisation_id=organisation_id, invoice=invoice, base_url=base_url)
        if intent is None:
            return Outcome.IGNORED
        finish_intent(session, intent=intent, invoice=invoice, now=now)
        return Outcome.DONE
    if not replaces(record, invoice=invoice, asked_at=asked_at):
        return Outcome.UNCHANGED
    record.fetched_at = asked_at
    before = to_invoice(record)
    if before == invoice:
        return Outcome.UNCHANGED
    copy_invoice(record, invoice=invoice, now=asked_at)
    deals = mark_deals_due(session, organisation_id=organisation_id, invoice_id=invoice.invoice_id, now=now)
    record_change(session, deals=deals, organisation_id=organisation_id, before=before, after=invoice, at=now)
    return Outcome.DONE


def replaces(record: InvoiceRecord, *, invoice: Invoice, asked_at: datetime) -> bool:
    """Say whether a fetched invoice takes the place of our copy (D16)."""
    return is_newer(
        stored_updated=record.updated_at,
        fetched_updated=invoice.updated_at,
        stored_fetched_at=record.fetched_at,
        fetched_at=asked_at,
    )


def finish_intent(session: Session, *, intent: Intent, invoice: Invoice, now: datetime) -> None:
    """Record that an intent made this invoice: our copy, the link to the deal, the deal marked, the intent done."""
    record = session.get(InvoiceRecord, (intent.organisation_id, invoice.invoice_id), with_for_update=True)
    before = to_invoice(record) if record else invoice
    if record is None:
        record = InvoiceRecord(organisation_id=intent.organisation_id, invoice_id=invoice.invoice_id)
        copy_invoice(record, invoice=invoice, now=now)
        session.add(record)
    elif is_newer(stored_updated=record.updated_at, fetched_updated=invoice.updated_at):
        copy_invoice(record, invoice=invoice, now=now)
    record.own_write_at = invoice.updated_at
    session.flush()
    link = session.get(DealInvoice, (intent.company_id, intent.organisation_id, invoice.invoice_id))
    if link is None:
        deal_id = surviving_deal(session, company_id=intent.company_id, deal_id=intent.deal_id)
        link = DealInvoice(
            company_id=intent.company_id,
            deal_id=deal_id,
            organisation_id=intent.organisation_id,
            invoice_id=invoice.invoice_id,
            linked_at=now,
        )
        session.add(link)
        session.flush()
    is_first_word = intent.state != "done"
    if is_first_word:
        record_create(session, intent=intent, deal_id=link.deal_id, invoice=invoice, at=now)
    if is_first_word and not intent.rule:
        drop_half_written(session, company_id=intent.company_id, user_id=intent.user_id, deal_id=intent.deal_id)
    _name_contact_link(session, intent=intent, invoice=invoice)
    intent.invoice_id = invoice.invoice_id
    settle_intent_row(intent)
    if is_first_word and intent.expected_total not in (None, invoice.total):
        intent.error_code = ErrorCode.TOTAL_DIFFERS
    elif is_first_word and intent.followed_by:
        _follow(session, intent=intent, invoice=invoice, now=now)
    deals = mark_deals_due(session, organisation_id=intent.organisation_id, invoice_id=invoice.invoice_id, now=now)
    after = to_invoice(record)
    record_change(session, deals=deals, organisation_id=intent.organisation_id, before=before, after=after, at=now)


def _name_contact_link(session: Session, *, intent: Intent, invoice: Invoice) -> None:
    """Call the linked contact by the name that Xero has for it."""
    session.execute(
        update(ContactLink)
        .where(
            ContactLink.company_id == intent.company_id,
            ContactLink.organisation_id == intent.organisation_id,
            ContactLink.contact_id == invoice.contact_id,
        )
        .values(contact_name=invoice.contact_name)
    )


def settle_intent_row(intent: Intent) -> None:
    """Record that an intent is done, and nothing is left to be said of it."""
    intent.state = "done"
    intent.due_at = None
    intent.error_code = None
    intent.error_detail = ""


def follow_up_id(*, intent_id: str) -> str:
    """Name the intent that follows a create: there can only be one, whoever finishes the create."""
    return str(uuid.uuid5(uuid.UUID(intent_id), "follow-up"))


def _follow(session: Session, *, intent: Intent, invoice: Invoice, now: datetime) -> None:
    """Write down that the draft, whose total is the one that the person saw, is to be submitted or approved."""
    status = Status.AUTHORISED if intent.followed_by == "approve" else Status.SUBMITTED
    session.add(
        Intent(
            intent_id=follow_up_id(intent_id=intent.intent_id),
            company_id=intent.company_id,
            user_id=intent.user_id,
            deal_id=intent.deal_id,
            organisation_id=intent.organisation_id,
            kind=intent.followed_by,
            state="sending",
            created_at=now,
            contact_id=intent.contact_id,
            invoice_id=invoice.invoice_id,
            body=status_body(invoice_id=invoice.invoice_id, status=status),
            attempt=1,
            rule=intent.rule,
            asked_at=now,
            # Whoever finished the create sends it at once; a worker does when that one died.
            due_at=now + FOLLOW_UP_GRACE,
        )
    )


def copy_invoice(record: InvoiceRecord, *, invoice: Invoice, now: datetime) -> None:
    """Write a fetched invoice into its record."""
    record.number = invoice.number
    record.status = invoice.status.value
    record.contact_id = invoice.contact_id
    record.contact_name = invoice.contact_name
    record.currency = invoice.currency
    record.sub_total = invoice.sub_total
    record.total_tax = invoice.total_tax
    record.total = invoice.total
    record.amount_due = invoice.amount_due
    record.amount_paid = invoice.amount_paid
    record.amount_credited = invoice.amount_credited
    record.issue_date = invoice.issue_date
    record.due_date = invoice.due_date
    record.reference = invoice.reference
    record.url = invoice.url
    record.sent_to_contact = invoice.sent_to_contact
    record.updated_at = invoice.updated_at
    record.fetched_at = now


def to_invoice(record: InvoiceRecord) -> Invoice:
    """Give a record as the plain value that the domain works with."""
    return Invoice(
        invoice_id=record.invoice_id,
        type="ACCREC",
        number=record.number,
        status=Status(record.status),
        contact_id=record.contact_id,
        contact_name=record.contact_name,
        currency=record.currency,
        sub_total=record.sub_total,
        total_tax=record.total_tax,
        total=record.total,
        amount_due=record.amount_due,
        amount_paid=record.amount_paid,
        amount_credited=record.amount_credited,
        issue_date=record.issue_date,
        due_date=record.due_date,
        reference=record.reference,
        url=record.url,
        sent_to_contact=record.sent_to_contact,
        updated_at=record.updated_at,
    )


def mark_deals_due(session: Session, *, organisation_id: str, invoice_id: str, now: datetime) -> Sequence[DealRow]:
    """Mark every deal that this invoice hangs on."""
    marked = mark_deals_of(session, organisation_id=organisation_id, invoice_ids=[invoice_id], now=now)
    return marked.get(invoice_id, [])


def mark_deals_of(
    session: Session, *, organisation_id: str, invoice_ids: Collection[str], now: datetime
) -> dict[str, list[DealRow]]:
    """Mark every deal that one of these hangs on; one organisation may serve two companies (D2)."""
    found = session.execute(
        select(DealRow, DealInvoice.invoice_id)
        .join(DealInvoice, (DealInvoice.company_id == DealRow.company_id) & (DealInvoice.deal_id == DealRow.deal_id))
        .where(DealInvoice.organisation_id == organisation_id, DealInvoice.invoice_id.in_(invoice_ids))
        .order_by(DealRow.company_id, DealRow.deal_id)
        .with_for_update(of=DealRow)
    ).all()
    for deal in dict.fromkeys(row.DealRow for row in found):
        mark_deal_due(deal, now=now)
    by_invoice: dict[str, list[DealRow]] = {}
    for deal, invoice_id in found:
        by_invoice.setdefault(invoice_id, []).append(deal)
    return by_invoice


@dataclass(frozen=True)
class InvoiceOnDeal:
    """An invoice that hangs on a deal, with what showing it needs of its organisation."""

    record: InvoiceRecord
    timezone: str
    short_code: str


def invoices_of_deal(session: Session, *, company_id: int, deal_id: int) -> list[InvoiceOnDeal]:
    """Find the invoices that hang on a deal, newest first."""
    found = session.execute(_OF_DEAL, {"company_id": company_id, "deal_id": deal_id})
    return [InvoiceOnDeal(*row) for row in found]


def known_invoices(session: Session, *, organisation_id: str, invoice_ids: Collection[str]) -> set[str]:
    """Say of which of these we have copies."""
    known = (InvoiceRecord.organisation_id == organisation_id) & InvoiceRecord.invoice_id.in_(invoice_ids)
    return set(session.scalars(select(InvoiceRecord.invoice_id).where(known)))


def surviving_deal(session: Session, *, company_id: int, deal_id: int) -> int:
    """Follow merges to the deal that is left."""
    for _ in range(10):
        row = session.get(DealRow, (company_id, deal_id))
        if row is None or row.merged_into is None:
            break
        deal_id = row.merged_into
    return deal_id


def _intent_of_mark(session: Session, *, organisation_id: str, invoice: Invoice, base_url: str) -> Intent | None:
    """Find the intent whose mark an invoice carries, if it is ours and its company is connected here."""
    if not is_marked(url=invoice.url, base_url=base_url):
        return None
    intent_id = urlsplit(invoice.url).path.removeprefix(MARK_PATH)
    try:
        uuid.UUID(intent_id)
    except ValueError:
        return None
    return session.scalar(
        select(Intent)
        .join(
            Connection,
            (Connection.company_id == Intent.company_id) & (Connection.organisation_id == Intent.organisation_id),
        )
        .where(
            Intent.intent_id == intent_id,
            Intent.organisation_id == organisation_id,
            # One that is to be tried again has been sent before, and may have been made after all.
            or_(
                Intent.state.in_(("sending", "unknown", "refused", "failed", "done")),
                and_(Intent.state == "prepared", Intent.attempt > 0),
            ),
            Connection.state == "active",
        )
        .with_for_update(of=Intent)
    )
