"""What Xero will compute for an invoice, so that a preview equals it to the cent.

https://developer.xero.com/documentation/api-guides/rounding-in-xero
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sync.domain.accounting import DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.money import round2, round4

_HUNDRED = Decimal(100)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Totals:
    """The three sums at the foot of an invoice."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def line_amount(*, line: DraftLine) -> Decimal:
    """Compute a line's amount after its discount, in the invoice's tax treatment."""
    if line.quantity is None or line.unit_amount is None:
        return _NOTHING
    # The unit amount is rounded before it is multiplied; two different roundings would differ by cents.
    gross = round4(amount=line.quantity) * round4(amount=line.unit_amount)
    if line.discount_rate is not None:
        return round2(amount=gross * (_HUNDRED - line.discount_rate) / _HUNDRED)
    return round2(amount=gross - (line.discount_amount or 0))


def line_tax(*, amount: Decimal, percent: Decimal, treatment: LineAmountTypes) -> Decimal:
    """Compute the tax on, or inside, a line amount: rounded for each line, summed afterwards."""
    if treatment is LineAmountTypes.NO_TAX:
        return _NOTHING
    whole = _HUNDRED + percent if treatment is LineAmountTypes.INCLUSIVE else _HUNDRED
    return round2(amount=amount * percent / whole)


def totals(*, lines: Sequence[DraftLine], treatment: LineAmountTypes) -> Totals:
    """Compute subtotal, tax and total of an invoice's lines."""
    amounts = [line_amount(line=line) for line in lines]
    taxes = [
        line_tax(amount=amount, percent=line.tax_percent, treatment=treatment)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    summed, total_tax = sum(amounts, _NOTHING), sum(taxes, _NOTHING)
    if treatment is LineAmountTypes.INCLUSIVE:
        return Totals(sub_total=summed - total_tax, total_tax=total_tax, total=summed)
    return Totals(sub_total=summed, total_tax=total_tax, total=summed + total_tax)
