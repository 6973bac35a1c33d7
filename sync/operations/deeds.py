"""What each kind of intent does in Xero: how it is sent, found again after a lost answer, and written down."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from sync.clients.xero.client import XeroClient
from sync.clients.xero.payloads import contact_in, postal_in
from sync.domain.accounting import Contact
from sync.domain.freshness import is_newer
from sync.domain.invoice import Invoice, Status
from sync.errors import ErrorCode, InstepError
from sync.operations.happenings import record_deed
from sync.operations.invoices import copy_invoice, finish_intent, mark_deals_due, settle_intent_row, to_invoice
from sync.operations.rules_causes import note_payment
from sync.operations.rules_unowed import note_voided
from sync.store.invoices import Intent, InvoiceRecord

_LOOK_BACK = timedelta(minutes=5)


class Kind(StrEnum):
    """What an intent asks for."""

    CREATE = "create"
    SUBMIT = "submit"
    APPROVE = "approve"
    VOID = "void"
    DELETE = "delete"
    EMAIL = "email"
    CONTACT = "contact"


class Policy(StrEnum):
    """What may be done after a lost answer."""

    BY_KEY = "look, then the same key for four minutes, a new one after six (D8)"
    BY_LOOK = "look, then again: to set a status or an address twice does no harm"
    ONCE = "never again by itself (D9)"


Result = Invoice | Contact | None


@dataclass(frozen=True)
class Deed:
    """One kind of write. `look` finds what a lost answer would have said; `lost` is what people are told meanwhile."""

    policy: Policy
    send: Callable[[XeroClient, Intent, str], Result]
    look: Callable[[XeroClient, Intent, str], Result]
    finish: Callable[[Session, Intent, Result, datetime], None]
    verb: str
    lost: ErrorCode = ErrorCode.OUTCOME_UNKNOWN
    given_up: ErrorCode = ErrorCode.NOT_DONE
    give_up_after: timedelta = timedelta(minutes=4)


STATUS_AFTER: Mapping[Kind, Status] = {
    Kind.SUBMIT: Status.SUBMITTED,
    Kind.APPROVE: Status.AUTHORISED,
    Kind.VOID: Status.VOIDED,
    Kind.DELETE: Status.DELETED,
}
#: What counts as reached: an approved invoice of nothing is paid at once, and one may be paid while we look.
REACHED: Mapping[Kind, frozenset[Status]] = {
    Kind.SUBMIT: frozenset({Status.SUBMITTED, Status.AUTHORISED, Status.PAID}),
    Kind.APPROVE: frozenset({Status.AUTHORISED, Status.PAID}),
    Kind.VOID: frozenset({Status.VOIDED}),
    Kind.DELETE: frozenset({Status.DELETED}),
}


def _send_invoice(client: XeroClient, intent: Intent, key: str) -> Invoice:
    return client.create_invoice(body=intent.body or b"", idempotency_key=key)


def _find_invoice(client: XeroClient, intent: Intent, mark: str) -> Invoice | None:
    return client.find_own_invoice(contact_id=intent.contact_id, since=intent.created_at - _LOOK_BACK, url=mark)


def _finish_invoice(session: Session, intent: Intent, result: Result, now: datetime) -> None:
    if isinstance(result, Invoice):
        finish_intent(session, intent=intent, invoice=result, now=now)


def _send_status(client: XeroClient, intent: Intent, key: str) -> Invoice:
    return client.set_status(invoice_id=intent.invoice_id or "", body=intent.body or b"", idempotency_key=key)


def _look_at_status(client: XeroClient, intent: Intent, _mark: str) -> Invoice | None:
    invoice = client.get_invoice(invoice_id=intent.invoice_id or "")
    return invoice if invoice.status in REACHED[Kind(intent.kind)] else None


def _finish_change(session: Session, intent: Intent, result: Result, now: datetime) -> None:
    invoice = result if isinstance(result, Invoice) else None
    before = _keep(session, intent=intent, invoice=invoice, now=now) if invoice else None
    deals = mark_deals_due(session, organisation_id=intent.organisation_id, invoice_id=intent.invoice_id or "", now=now)
    record_deed(session, intent=intent, deals=deals, before=before, after=invoice, at=now)
    if before is not None and invoice is not None:
        note_payment(session, deals=deals, before=before, after=invoice, now=now)
        note_voided(session, deals=deals, before=before, after=invoice, now=now)
    settle_intent_row(intent)


def _keep(session: Session, *, intent: Intent, invoice: Invoice, now: datetime) -> Invoice | None:
    """Keep what Xero answered, unless a newer copy is here; give what was here before, where it was taken over."""
    record = session.get(InvoiceRecord, (intent.organisation_id, invoice.invoice_id), with_for_update=True)
    if record is None or not is_newer(stored_updated=record.updated_at, fetched_updated=invoice.updated_at):
        return None
    before = to_invoice(record)
    copy_invoice(record, invoice=invoice, now=now)
    record.own_write_at = invoice.updated_at
    return before


def _send_email(client: XeroClient, intent: Intent, key: str) -> Invoice | None:
    client.email_invoice(invoice_id=intent.invoice_id or "", body=intent.body or b"", idempotency_key=key)
    with suppress(InstepError):
        # Nobody documents whether Xero marks it as sent: a look tells, and one that fails changes nothing.
        return client.get_invoice(invoice_id=intent.invoice_id or "")
    return None


def _never_found(_client: XeroClient, _intent: Intent, _mark: str) -> None:
    return None


def _send_contact(client: XeroClient, intent: Intent, key: str) -> Contact:
    return client.update_contact(contact_id=intent.contact_id, body=intent.body or b"", idempotency_key=key)


def _look_at_contact(client: XeroClient, intent: Intent, _mark: str) -> Contact | None:
    contact = client.get_contact(contact_id=intent.contact_id)
    asked = contact_in(intent.body or b"")
    postal = postal_in(asked)
    is_there = (
        contact.email == asked.get("EmailAddress", contact.email)
        and contact.tax_number == asked.get("TaxNumber", contact.tax_number)
        and postal in (None, contact.postal)
    )
    return contact if is_there else None


def _finish_contact(_session: Session, intent: Intent, _result: Result, _now: datetime) -> None:
    settle_intent_row(intent)


def _change(verb: str) -> Deed:
    return Deed(Policy.BY_LOOK, _send_status, _look_at_status, _finish_change, verb, lost=ErrorCode.CHANGE_UNKNOWN)


DEEDS: Mapping[Kind, Deed] = {
    Kind.CREATE: Deed(
        Policy.BY_KEY,
        _send_invoice,
        _find_invoice,
        _finish_invoice,
        "draft_invoice",
        given_up=ErrorCode.NOT_MADE,
        give_up_after=timedelta(hours=1),
    ),
    Kind.SUBMIT: _change("submit_invoice"),
    Kind.APPROVE: _change("approve_invoice"),
    Kind.VOID: _change("void_invoice"),
    Kind.DELETE: _change("delete_invoice"),
    Kind.EMAIL: Deed(
        Policy.ONCE, _send_email, _never_found, _finish_change, "email_invoice", lost=ErrorCode.EMAIL_UNKNOWN
    ),
    Kind.CONTACT: Deed(
        Policy.BY_LOOK,
        _send_contact,
        _look_at_contact,
        _finish_contact,
        "update_contact",
        lost=ErrorCode.CHANGE_UNKNOWN,
    ),
}


def deed_of(intent: Intent) -> Deed:
    """Find how an intent is carried out."""
    return DEEDS[Kind(intent.kind)]
