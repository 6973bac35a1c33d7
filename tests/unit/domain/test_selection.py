"""Spans of days, and what a selection of invoices adds up to."""

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.invoice import Invoice, Status
from sync.domain.selection import CurrencySums, Period, Span, span_of, sums_by_currency
from tests.unit.domain.factories import an_invoice


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        (Period.MONTH, date(2026, 11, 27), date(2026, 11, 1), date(2026, 11, 30)),
        (Period.MONTH, date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        (Period.MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (Period.QUARTER, date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31)),
        (Period.QUARTER, date(2026, 4, 1), date(2026, 4, 1), date(2026, 6, 30)),
        (Period.QUARTER, date(2026, 12, 1), date(2026, 10, 1), date(2026, 12, 31)),
        (Period.YEAR, date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_a_whole_one_of_the_calendar(period: Period, today: date, first: date, last: date) -> None:
    assert span_of(period=period, today=today) == Span(first, last)


def test_only_the_person_knows_a_custom_period() -> None:
    with pytest.raises(KeyError):
        span_of(period=Period.CUSTOM, today=date(2026, 1, 1))


def test_sums_are_by_currency_and_leave_out_what_was_voided_or_deleted() -> None:
    def one(currency: str, status: Status, total: str, paid: str = "0") -> Invoice:
        amounts = {"total": Decimal(total), "amount_paid": Decimal(paid)}
        return an_invoice(currency=currency, status=status, amount_due=Decimal(total) - Decimal(paid), **amounts)

    found = sums_by_currency(
        invoices=[
            one("NZD", Status.AUTHORISED, "100.10", "40"),
            one("NZD", Status.DRAFT, "7"),
            one("NZD", Status.VOIDED, "900"),
            one("EUR", Status.PAID, "50", "50"),
            one("USD", Status.DELETED, "1"),
        ]
    )

    assert found == (
        CurrencySums("EUR", 1, Decimal(50), Decimal(50), Decimal(0)),
        CurrencySums("NZD", 2, Decimal("107.10"), Decimal(40), Decimal("60.10")),
    )
