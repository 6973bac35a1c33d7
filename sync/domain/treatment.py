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


def is_converted(*, method: TaxMethod, treatment: LineAmountTypes) -> bool:
    """Say whether a line's own treatment has to give way to the invoice's."""
    return method is not TaxMethod.NONE and NATIVE[method] is not treatment


def converted(*, amount: Decimal, percent: Decimal, method: TaxMethod, treatment: LineAmountTypes) -> Decimal:
    """Express an amount of a line in the invoice's treatment, not rounded."""
    if method is TaxMethod.EXCLUSIVE and treatment is LineAmountTypes.INCLUSIVE:
        return amount * (_HUNDRED + percent) / _HUNDRED
    if method is TaxMethod.INCLUSIVE and treatment is LineAmountTypes.EXCLUSIVE:
        return amount * _HUNDRED / (_HUNDRED + percent)
    return amount


def with_tax(*, amount: Decimal, percent: Decimal, treatment: LineAmountTypes) -> Decimal:
    """Compute what a customer pays for a line amount."""
    if treatment is LineAmountTypes.EXCLUSIVE:
        return amount + line_tax(amount=amount, percent=percent, treatment=treatment)
    return amount
