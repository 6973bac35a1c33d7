"""Tax treatment: Pipedrive has one for each line, Xero one for each invoice."""

from collections.abc import Iterable
from decimal import Decimal

from sync.domain.crm import DealProduct, TaxMethod
from sync.domain.invoice import LineAmountTypes
from sync.domain.totals import line_tax

_HUNDRED = Decimal(100)

NATIVE = {
    TaxMethod.EXCLUSIVE: LineAmountTypes.EXCLUSIVE,
    TaxMethod.INCLUSIVE: LineAmountTypes.INCLUSIVE,
    TaxMethod.NONE: LineAmountTypes.NO_TAX,
}


def fitting_treatments(*, products: Iterable[DealProduct]) -> tuple[LineAmountTypes, ...]:
    """List the treatments that an invoice for these products may have: two where the lines disagree."""
    methods = {product.tax_method for product in products}
    if methods == {TaxMethod.NONE}:
        return (LineAmountTypes.NO_TAX,)
    taxed = methods - {TaxMethod.NONE}
    # Exclusive first: it is Xero's own default, and serves a deal without products.
    order = (TaxMethod.EXCLUSIVE, TaxMethod.INCLUSIVE)
    return tuple(NATIVE[method] for method in order if method in taxed) or (LineAmountTypes.EXCLUSIVE,)


def converted(*, amount: Decimal, percent: Decimal, own: LineAmountTypes, treatment: LineAmountTypes) -> Decimal:
    """Express an amount of one treatment in another, not rounded; without tax it is net."""
    if own is treatment:
        return amount
    if own is LineAmountTypes.INCLUSIVE:
        return amount * _HUNDRED / (_HUNDRED + percent)
    if treatment is LineAmountTypes.INCLUSIVE:
        return amount * (_HUNDRED + percent) / _HUNDRED
    return amount


def with_tax(*, amount: Decimal, percent: Decimal, treatment: LineAmountTypes) -> Decimal:
    """Compute what a customer pays for a line amount."""
    if treatment is LineAmountTypes.EXCLUSIVE:
        return amount + line_tax(amount=amount, percent=percent, treatment=treatment)
    return amount
