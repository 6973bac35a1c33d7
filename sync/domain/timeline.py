"""What is told of an invoice: the verbs of its timeline, and what of it a fetch shows to have changed."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from sync.domain.invoice import Invoice, Status

Fact = Mapping[str, str]


class Side(StrEnum):
    """Where something was done; `instep` is what a rule did by itself."""

    INSTEP = "instep"
    XERO = "xero"
    PIPEDRIVE = "pipedrive"


class Verb(StrEnum):
    """What happened. A `changed` carries what changed as its `facts`, `moved` and `merged` the deals it is about, and a
    `not_done` the `kind` of what was asked and the `code` of why it did not come about, or why nobody can tell.
    """

    CREATED = "created"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    VOIDED = "voided"
    DELETED = "deleted"
    EMAILED = "emailed"
    NOT_DONE = "not_done"
    CHANGED = "changed"
    LINKED = "linked"
    UNLINKED = "unlinked"
    MOVED = "moved"
    MERGED = "merged"
    DEAL_WON = "deal_won"
    DEAL_MOVED = "deal_moved"
    ACTIVITY_ADDED = "activity_added"
    RULE_STOPPED = "rule_stopped"


class FactName(StrEnum):
    """What of an invoice may change in Xero; amounts are decimal text with their currency."""

    STATUS = "status"  # from, to
    PAID = "paid"  # amount, currency; rest: what is still due
    PAYMENT_REMOVED = "payment_removed"  # amount, currency
    CREDITED = "credited"  # amount, currency
    CREDIT_REMOVED = "credit_removed"  # amount, currency
    TOTAL = "total"  # from, to, currency
    DUE_DATE = "due_date"  # from, to; either may be empty
    NUMBER = "number"  # from, to; either may be empty
    SENT = "sent"


#: What is told of each kind of intent that is done.
DEEDS: Mapping[str, Verb] = {
    "create": Verb.CREATED,
    "submit": Verb.SUBMITTED,
    "approve": Verb.APPROVED,
    "void": Verb.VOIDED,
    "delete": Verb.DELETED,
    "email": Verb.EMAILED,
}
_REACHES: Mapping[str, Status] = {
    "submit": Status.SUBMITTED,
    "approve": Status.AUTHORISED,
    "void": Status.VOIDED,
    "delete": Status.DELETED,
}


def facts_between(*, before: Invoice, after: Invoice) -> tuple[Fact, ...]:
    """Tell what changed from one state of an invoice to the next, what matters most first."""
    return tuple(_facts(before, after))


def apart_from_deed(*, facts: Sequence[Fact], kind: str) -> tuple[Fact, ...]:
    """Leave out what an intent of this kind was to bring about; a status that went on from there stays, from there."""
    return tuple(_apart(facts, kind))


def _apart(facts: Sequence[Fact], kind: str) -> Iterator[Fact]:
    for fact in facts:
        if kind in _REACHES and fact["fact"] == FactName.STATUS:
            if fact["to"] != _REACHES[kind]:
                yield {**fact, "from": _REACHES[kind].value}
        elif kind != "email" or fact["fact"] != FactName.SENT:
            yield fact


def _facts(before: Invoice, after: Invoice) -> Iterator[Fact]:
    if before.status is not after.status:
        yield {"fact": FactName.STATUS, "from": before.status.value, "to": after.status.value}
    yield from _money(before, after)
    if (before.total, before.currency) != (after.total, after.currency):
        yield {
            "fact": FactName.TOTAL,
            "from": _text(before.total),
            "to": _text(after.total),
            "currency": after.currency,
        }
    if before.due_date != after.due_date:
        days = [day.isoformat() if day else "" for day in (before.due_date, after.due_date)]
        yield {"fact": FactName.DUE_DATE, "from": days[0], "to": days[1]}
    if before.number != after.number:
        yield {"fact": FactName.NUMBER, "from": before.number, "to": after.number}
    if after.sent_to_contact and not before.sent_to_contact:
        yield {"fact": FactName.SENT}


def _money(before: Invoice, after: Invoice) -> Iterator[Fact]:
    paid = after.amount_paid - before.amount_paid
    if paid > 0:
        yield {"fact": FactName.PAID, **_amount(paid, after), "rest": _text(after.amount_due)}
    if paid < 0:
        yield {"fact": FactName.PAYMENT_REMOVED, **_amount(-paid, after)}
    credited = after.amount_credited - before.amount_credited
    if credited:
        name = FactName.CREDITED if credited > 0 else FactName.CREDIT_REMOVED
        yield {"fact": name, **_amount(abs(credited), after)}


def _amount(amount: Decimal, invoice: Invoice) -> Fact:
    return {"amount": _text(amount), "currency": invoice.currency}


def _text(amount: Decimal) -> str:
    # Two databases keep more or fewer zeros behind the point, and mean the same.
    return format(amount.normalize(), "f")
