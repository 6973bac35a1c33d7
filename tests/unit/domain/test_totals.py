from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.accounting import DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.totals import Totals, line_amount, line_tax, totals
from tests.unit.domain.factories import a_line

EXCLUSIVE, INCLUSIVE, NO_TAX = LineAmountTypes.EXCLUSIVE, LineAmountTypes.INCLUSIVE, LineAmountTypes.NO_TAX


def lines_of(*amounts: str, percent: str) -> list[DraftLine]:
    return [a_line(unit_amount=Decimal(amount), tax_percent=Decimal(percent)) for amount in amounts]


class TestXerosOwnExamples:
    """Figures from https://developer.xero.com/documentation/api-guides/rounding-in-xero and …/accounting/invoices."""

    def test_tax_is_rounded_for_each_line_and_then_summed(self) -> None:
        lines = lines_of("25.06", "25.61", "25.63", percent="15")

        taxes = [line_tax(amount=line_amount(line=line), percent=Decimal(15), treatment=EXCLUSIVE) for line in lines]

        assert taxes == [Decimal("3.76"), Decimal("3.84"), Decimal("3.84")]
        assert totals(lines=lines, treatment=EXCLUSIVE).total_tax == Decimal("11.44")

    def test_inclusive_tax_is_taken_out_of_the_line(self) -> None:
        lines = lines_of("177.00", "-79.00", percent="12.5")

        taxes = [
            line_tax(amount=line_amount(line=line), percent=Decimal("12.5"), treatment=INCLUSIVE) for line in lines
        ]

        assert taxes == [Decimal("19.67"), Decimal("-8.78")]
        assert totals(lines=lines, treatment=INCLUSIVE) == Totals(
            sub_total=Decimal("87.11"), total_tax=Decimal("10.89"), total=Decimal("98.00")
        )


def test_no_tax_ignores_the_percentage() -> None:
    assert totals(lines=lines_of("100", percent="20"), treatment=NO_TAX) == Totals(
        sub_total=Decimal(100), total_tax=Decimal(0), total=Decimal(100)
    )


def test_a_line_of_words_only_is_worth_nothing() -> None:
    assert line_amount(line=a_line(quantity=None, unit_amount=None)) == 0


def test_an_invoice_without_lines_totals_nothing() -> None:
    assert totals(lines=(), treatment=EXCLUSIVE) == Totals(Decimal(0), Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"quantity": Decimal("12.5"), "unit_amount": Decimal(95), "discount_rate": Decimal(10)}, "1068.75"),
        ({"quantity": Decimal("7.25"), "unit_amount": Decimal(95), "discount_amount": Decimal("35.5")}, "653.25"),
        ({"quantity": Decimal(3), "unit_amount": Decimal("33.33335")}, "100.00"),
        ({"quantity": Decimal(1), "unit_amount": Decimal("795"), "discount_rate": Decimal(100)}, "0"),
    ],
)
def test_a_discount_comes_off_the_rounded_price(changes: dict[str, Decimal], amount: str) -> None:
    assert line_amount(line=a_line(**changes)) == Decimal(amount)


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places)


LINES = st.builds(
    DraftLine,
    description=st.just("Signs"),
    quantity=decimals("-50", "5000", 4),
    unit_amount=decimals("-9999", "99999", 4),
    discount_rate=st.none() | decimals("0.01", "100", 2),
    tax_percent=st.sampled_from(
        [Decimal(p) for p in ("0", "5.5", "8.875", "10", "12.5", "15", "19.6", "20", "33.333")]
    ),
) | st.builds(
    DraftLine,
    description=st.just("Signs"),
    quantity=decimals("1", "500", 2),
    unit_amount=decimals("0", "9999", 4),
    discount_amount=decimals("0.01", "5000", 2),
    tax_percent=st.sampled_from([Decimal(0), Decimal(10), Decimal(20)]),
)


@given(lines=st.lists(LINES, max_size=8), treatment=st.sampled_from(LineAmountTypes))
def test_totals_equal_a_slow_computation_in_fractions(lines: list[DraftLine], treatment: LineAmountTypes) -> None:
    computed = totals(lines=lines, treatment=treatment)

    assert tuple(map(Fraction, (computed.sub_total, computed.total_tax, computed.total))) == slow_totals(
        lines, treatment
    )


@given(lines=st.lists(LINES, max_size=8), treatment=st.sampled_from(LineAmountTypes))
def test_subtotal_and_tax_add_up_to_the_total(lines: list[DraftLine], treatment: LineAmountTypes) -> None:
    computed = totals(lines=lines, treatment=treatment)

    assert computed.sub_total + computed.total_tax == computed.total


def in_cents(value: Fraction) -> int:
    cents = floor(abs(value) * 100 + Fraction(1, 2))
    return cents if value >= 0 else -cents


def slow_totals(lines: list[DraftLine], treatment: LineAmountTypes) -> tuple[Fraction, Fraction, Fraction]:
    summed = taxed = 0
    for line in lines:
        assert line.quantity is not None
        assert line.unit_amount is not None
        exact = Fraction(line.quantity) * Fraction(line.unit_amount)
        if line.discount_rate is not None:
            exact -= exact * Fraction(line.discount_rate) / 100
        else:
            exact -= Fraction(line.discount_amount or 0)
        amount = in_cents(exact)
        rate = Fraction(line.tax_percent) / 100
        part = {"Exclusive": rate, "Inclusive": rate / (1 + rate), "NoTax": Fraction(0)}[treatment]
        summed += amount
        taxed += in_cents(Fraction(amount, 100) * part)
    net = summed - taxed if treatment == "Inclusive" else summed
    return Fraction(net, 100), Fraction(taxed, 100), Fraction(net + taxed, 100)
