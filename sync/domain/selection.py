"""Which of a contact's invoices somebody wants to see, and what those add up to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sync.domain.invoice import Invoice, Status


class Period(StrEnum):
    """The spans of issue dates that can be chosen."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Span:
    """A first and a last day; both count."""

    first: date
    last: date


@dataclass(frozen=True)
class Selection:
    """A contact's sales invoices of a span; `term` is looked for in numbers and references, None is any status."""

    contact_id: str
    span: Span
    status: Status | None = None
    term: str = ""


@dataclass(frozen=True)
class CurrencySums:
    """What the invoices of one currency add up to; `due` is what customers are to pay now."""

    currency: str
    count: int
    total: Decimal
    paid: Decimal
    due: Decimal


_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
_ENDED = frozenset({Status.VOIDED, Status.DELETED})


def span_of(*, period: Period, today: date) -> Span:
    """Find the calendar month, quarter or year that `today` lies in.

    :raises KeyError: for a custom period, whose days only the person knows.
    """
    months = _MONTHS[period]
    first_month = (today.month - 1) // months * months + 1
    following = first_month + months
    ends = date(today.year + 1, 1, 1) if following > 12 else date(today.year, following, 1)
    return Span(first=date(today.year, first_month, 1), last=ends - timedelta(days=1))


def sums_by_currency(*, invoices: Iterable[Invoice]) -> tuple[CurrencySums, ...]:
    """Add up by currency; nobody pays what was voided or deleted, so that is left out."""
    by_currency: dict[str, list[Invoice]] = {}
    for invoice in invoices:
        if not is_over(invoice.status):
            by_currency.setdefault(invoice.currency, []).append(invoice)
    return tuple(_sums(currency, found) for currency, found in sorted(by_currency.items()))


def is_over(status: Status) -> bool:
    """Say whether an invoice counts for nothing any more."""
    return status in _ENDED


def _sums(currency: str, invoices: list[Invoice]) -> CurrencySums:
    owed = (one.amount_due for one in invoices if one.status is Status.AUTHORISED)
    return CurrencySums(
        currency=currency,
        count=len(invoices),
        total=sum((one.total for one in invoices), Decimal(0)),
        paid=sum((one.amount_paid for one in invoices), Decimal(0)),
        due=sum(owed, Decimal(0)),
    )
