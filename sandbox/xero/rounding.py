"""Xero's arithmetic: tax per line, rounded, then added up.

https://developer.xero.com/documentation/api-guides/rounding-in-xero
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from sandbox.xero.values import round2

HUNDRED = Decimal(100)
ZERO = Decimal("0.00")


class Totals(NamedTuple):
    """This will carry the three sums of a document."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def line_amount(
    quantity: Decimal, unit_amount: Decimal, *, rate: Decimal | None = None, discount: Decimal | None = None
) -> Decimal:
    """This will price a line; of the two kinds of discount, the rate wins."""
    gross = quantity * unit_amount
    if rate is not None:
        return round2(gross * (HUNDRED - rate) / HUNDRED)
    return round2(gross - (discount or ZERO))


def line_tax(amount: Decimal, percent: Decimal, treatment: str) -> Decimal:
    """This will give the tax in or on a rounded line amount."""
    if treatment == "Exclusive":
        return round2(amount * percent / HUNDRED)
    if treatment == "Inclusive":
        return round2(amount * percent / (HUNDRED + percent))
    return ZERO


def totals(lines: Iterable[tuple[Decimal, Decimal]], treatment: str) -> Totals:
    """This will add up (line amount, tax) pairs."""
    amount = tax = ZERO
    for line, its_tax in lines:
        amount += line
        tax += its_tax
    if treatment == "Inclusive":
        return Totals(amount - tax, tax, amount)
    return Totals(amount, tax, amount + tax)
