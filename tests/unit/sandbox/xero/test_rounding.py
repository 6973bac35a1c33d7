"""Xero's published sums: https://developer.xero.com/documentation/api-guides/rounding-in-xero"""

from decimal import Decimal

import pytest

from sandbox.xero.rounding import line_amount, line_tax, totals

FIFTEEN = Decimal(15)


def test_tax_is_rounded_per_line_and_then_added_up() -> None:
    amounts = [Decimal("25.06"), Decimal("25.61"), Decimal("25.63")]

    taxes = [line_tax(amount, FIFTEEN, "Exclusive") for amount in amounts]

    assert taxes == [Decimal("3.76"), Decimal("3.84"), Decimal("3.84")]
    sums = totals(zip(amounts, taxes, strict=True), "Exclusive")
    assert sums == (Decimal("76.30"), Decimal("11.44"), Decimal("87.74"))


def test_inclusive_tax_is_taken_out_of_each_line() -> None:
    amounts, percent = [Decimal("177.00"), Decimal("-79.00")], Decimal("12.5")

    taxes = [line_tax(amount, percent, "Inclusive") for amount in amounts]

    assert taxes == [Decimal("19.67"), Decimal("-8.78")]
    sums = totals(zip(amounts, taxes, strict=True), "Inclusive")
    assert sums == (Decimal("87.11"), Decimal("10.89"), Decimal("98.00"))


def test_no_tax_means_none() -> None:
    assert line_tax(Decimal("100.00"), FIFTEEN, "NoTax") == 0


@pytest.mark.parametrize(
    ("quantity", "price", "rate", "discount", "amount"),
    [
        ("3", "0.3475", None, None, "1.04"),
        ("1", "2.165", None, None, "2.17"),
        ("1", "-2.165", None, None, "-2.17"),
        ("12.5", "95", "10", None, "1068.75"),
        ("4", "240", None, "35.5", "924.50"),
        ("1", "100", "10", "50", "90.00"),
    ],
)
def test_a_line_is_priced_from_its_parts(
    quantity: str, price: str, rate: str | None, discount: str | None, amount: str
) -> None:
    found = line_amount(
        Decimal(quantity),
        Decimal(price),
        rate=Decimal(rate) if rate else None,
        discount=Decimal(discount) if discount else None,
    )

    assert found == Decimal(amount)
