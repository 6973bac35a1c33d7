"""What people read about the things that can be done with an invoice: names, questions, reasons, results."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.i18n import money
from sync.domain.actions import Action, ActionChoice
from sync.errors import ErrorCode
from sync.operations.panel import InvoiceRow

ACTIONS: Mapping[Action, LazyString] = {
    Action.SUBMIT: _l("Submit for approval"),
    Action.APPROVE: _l("Approve"),
    Action.EMAIL: _l("E-mail to customer"),
    Action.PDF: _l("Download PDF"),
    Action.LINK: _l("Copy payment link"),
    Action.VOID: _l("Void"),
    Action.DELETE: _l("Delete"),
}

DOING: Mapping[str, LazyString] = {
    Action.SUBMIT: _l("Submitting …"),
    Action.APPROVE: _l("Approving …"),
    Action.EMAIL: _l("Sending …"),
    Action.PDF: _l("Fetching the PDF …"),
    Action.LINK: _l("Fetching the link …"),
    Action.VOID: _l("Voiding …"),
    Action.DELETE: _l("Deleting …"),
}

_DONE: Mapping[Action, LazyString] = {
    Action.SUBMIT: _l("%(number)s is submitted for approval."),
    Action.APPROVE: _l("%(number)s is approved."),
    Action.EMAIL: _l("Xero has sent %(number)s to the customer."),
    Action.VOID: _l("%(number)s is voided."),
    Action.DELETE: _l("%(number)s is deleted."),
}


@dataclass(frozen=True)
class Confirmation:
    """What is asked before something that cannot be undone: a question, what it means, the deed, Pipedrive's colour for it."""

    title: LazyString
    text: LazyString
    deed: LazyString
    color: str


CONFIRMATIONS: Mapping[Action, Confirmation] = {
    Action.APPROVE: Confirmation(
        _l("Approve %(number)s?"),
        _l("For %(customer)s: %(amount)s. An approved invoice cannot become a draft again."),
        _l("Approve invoice"),
        "primary",
    ),
    Action.EMAIL: Confirmation(
        _l("E-mail %(number)s?"),
        _l("Xero sends the invoice over %(amount)s to %(customer)s, at the address in Xero. It cannot be called back."),
        _l("Send e-mail"),
        "primary",
    ),
    Action.VOID: Confirmation(
        _l("Void %(number)s?"),
        _l("For %(customer)s: %(amount)s. This cannot be undone, and the number is not used again."),
        _l("Void invoice"),
        "negative",
    ),
    Action.DELETE: Confirmation(
        _l("Delete %(number)s?"),
        _l("For %(customer)s: %(amount)s. This cannot be undone."),
        _l("Delete invoice"),
        "negative",
    ),
}

_WHY_NOT: Mapping[ErrorCode, LazyString] = {
    ErrorCode.NOT_ALLOWED: _l("Ask a Pipedrive admin to do this."),
    ErrorCode.NOT_ALLOWED_IN_XERO: _l("Whoever connected Xero may not do this there."),
    ErrorCode.WRONG_STATUS: _l("Submit or approve it first."),
    ErrorCode.IN_PROGRESS: _l("Something else is being done with it right now."),
}


def invoice_name(invoice: InvoiceRow) -> str:
    """Name an invoice; Xero numbers most of them."""
    return invoice.number or _("Draft without number")


def done_text(action: Action, invoice: InvoiceRow) -> str:
    """Say that it is done."""
    return str(_DONE[action]) % {"number": invoice_name(invoice)}


def question_title(action: Action, invoice: InvoiceRow) -> str:
    """Ask whether it shall be done, by the invoice's number."""
    return str(CONFIRMATIONS[action].title) % {"number": invoice_name(invoice)}


def question_text(action: Action, invoice: InvoiceRow) -> str:
    """Say what it would mean, with the amount and the customer."""
    words = {"amount": money(invoice.total, invoice.currency), "customer": invoice.contact_name}
    return str(CONFIRMATIONS[action].text) % words


def why_not_text(choice: ActionChoice, invoice: InvoiceRow) -> str:
    """Say why it cannot be done and what would change that; empty where it can be."""
    if choice.why_not is None:
        return _busy_text(choice, invoice)
    if choice.why_not is ErrorCode.HAS_PAYMENTS:
        return _money_text(invoice)
    return str(_WHY_NOT[choice.why_not])


def _busy_text(choice: ActionChoice, invoice: InvoiceRow) -> str:
    """One change at a time; to read the invoice meanwhile does no harm."""
    is_change = choice.action not in (Action.PDF, Action.LINK)
    return str(_WHY_NOT[ErrorCode.IN_PROGRESS]) if invoice.under_way and is_change else ""


def _money_text(invoice: InvoiceRow) -> str:
    words = {
        "paid": money(invoice.amount_paid, invoice.currency),
        "credited": money(invoice.amount_credited, invoice.currency),
    }
    if not invoice.amount_credited:
        sentence = _("%(paid)s is paid. In Xero, remove the payment first, then void it.", **words)
    elif not invoice.amount_paid:
        sentence = _("%(credited)s is credited. In Xero, take the credit off it first, then void it.", **words)
    else:
        sentence = _(
            "%(paid)s is paid and %(credited)s credited. In Xero, take both off it first, then void it.", **words
        )
    return str(sentence)
