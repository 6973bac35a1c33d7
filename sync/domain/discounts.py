"""Discounts on a whole deal: Xero has none, so they become negative lines, one for each tax rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sync.domain.accounting import DraftLine
from sync.domain.crm import DealDiscount, DiscountType
from sync.domain.invoice import LineAmountTypes
from sync.domain.money import round2, round4
from sync.domain.notes import Note, NoteCode
from sync.domain.treatment import converted, with_tax

_HUNDRED = Decimal(100)
_NAME = "Discount"


@dataclass(frozen=True)
class DiscountedLine:
    """A line of the invoice that discounts come off, with its percentage in Pipedrive and its amount in the deal."""

    line: DraftLine
    percent: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Treatments:
    """The treatment that the deal's amounts are in, and the one that the invoice has."""

    deal: LineAmountTypes
    invoice: LineAmountTypes


@dataclass(frozen=True)
class _Rate:
    """What all lines have in common that one negative line is taken from."""

    percent: Decimal
    tax_type: str | None
    tax_percent: Decimal
    account_code: str | None


def allocate(*, amount: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Split an amount by weights so that the parts add up to it exactly.

    Each part is cut down to the cent; the cents left over go to the largest remainders, then the larger weight, then
    the first. Weights are amounts of money of which at least one is positive; others get nothing.
    """
    cents = int(round2(amount=amount) * _HUNDRED)
    shares = [max(int(round2(amount=weight) * _HUNDRED), 0) for weight in weights]
    whole = sum(shares)
    parts = [cents * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: (-(cents * shares[at] % whole), -shares[at], at))
    for at in by_remainder[: cents - sum(parts)]:
        parts[at] += 1
    return tuple(Decimal(part) / _HUNDRED for part in parts)


def discount_lines(
    *, lines: Sequence[DiscountedLine], discounts: Sequence[DealDiscount], treatments: Treatments
) -> tuple[tuple[DraftLine, ...], tuple[Note, ...]]:
    """Turn a deal's discounts into negative lines.

    Every discount is of the sum of `lines` and none of what another left. It is worked out in the deal's treatment, in
    which a person wrote it, and then converted rate by rate, so that a customer pays the same in either.
    """
    sums = _sums(lines=lines)
    base = sum((line.amount for line in lines), Decimal(0))
    found: list[DraftLine] = []
    notes: list[Note] = []
    for discount in discounts:
        name = discount.description.strip() or _NAME
        if base <= 0:
            notes.append(Note(code=NoteCode.DISCOUNT_NOT_APPLIED, subject=name))
            continue
        parts = allocate(amount=_sum_of(discount=discount, base=base), weights=list(sums.values()))
        cuts = {rate: part for rate, part in zip(sums, parts, strict=True) if part}
        billed = _billed(cuts=cuts, treatments=treatments)
        found += [_line(name=name, rate=rate, amount=amount) for rate, amount in billed.items()]
        notes += _remarks(name=name, cuts=cuts, billed=billed, treatments=treatments)
    return tuple(found), tuple(notes)


def _sums(*, lines: Sequence[DiscountedLine]) -> Mapping[_Rate, Decimal]:
    sums: dict[_Rate, Decimal] = {}
    for one in lines:
        line = one.line
        rate = _Rate(one.percent, line.tax_type, line.tax_percent, line.account_code)
        sums[rate] = sums.get(rate, Decimal(0)) + one.amount
    return {rate: amount for rate, amount in sums.items() if amount > 0}


def _sum_of(*, discount: DealDiscount, base: Decimal) -> Decimal:
    if discount.discount_type is DiscountType.PERCENTAGE:
        return round2(amount=base * discount.amount / _HUNDRED)
    return round2(amount=discount.amount)


def _billed(*, cuts: Mapping[_Rate, Decimal], treatments: Treatments) -> Mapping[_Rate, Decimal]:
    billed: dict[_Rate, Decimal] = {}
    for rate, cut in cuts.items():
        # Without tax all percentages are one.
        key = replace(rate, percent=Decimal(0)) if treatments.invoice is LineAmountTypes.NO_TAX else rate
        amount = converted(amount=cut, percent=rate.percent, own=treatments.deal, treatment=treatments.invoice)
        billed[key] = billed.get(key, Decimal(0)) + round4(amount=amount)
    return billed


def _remarks(
    *, name: str, cuts: Mapping[_Rate, Decimal], billed: Mapping[_Rate, Decimal], treatments: Treatments
) -> list[Note]:
    # Both are taken off: where less is billed off, the invoice's total is more.
    difference = _with_tax(cuts=cuts, treatment=treatments.deal) - _with_tax(cuts=billed, treatment=treatments.invoice)
    if not difference:
        return []
    return [Note(code=NoteCode.TREATMENT_CONVERTED, subject=name, values={"difference": difference})]


def _with_tax(*, cuts: Mapping[_Rate, Decimal], treatment: LineAmountTypes) -> Decimal:
    paid = (
        with_tax(amount=round2(amount=cut), percent=rate.percent, treatment=treatment) for rate, cut in cuts.items()
    )
    return sum(paid, Decimal(0))


def _line(*, name: str, rate: _Rate, amount: Decimal) -> DraftLine:
    # A negative unit amount with no discount on it: Xero refuses a discount on a negative price.
    # https://github.com/XeroAPI/Xero-OpenAPI/issues/429
    return DraftLine(
        description=name,
        quantity=Decimal(1),
        unit_amount=-amount,
        tax_type=rate.tax_type,
        tax_percent=rate.tax_percent,
        account_code=rate.account_code,
        own_percent=rate.percent,
    )
