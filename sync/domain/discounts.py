"""Discounts on a whole deal: Xero has none, so they become negative lines, one for each tax rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sync.domain.accounting import DraftLine
from sync.domain.crm import DealDiscount, DiscountType
from sync.domain.money import round2
from sync.domain.notes import Note, NoteCode
from sync.domain.totals import line_amount

_HUNDRED = Decimal(100)
_NAME = "Discount"


@dataclass(frozen=True)
class _Group:
    """Lines of one tax rate: what one negative line is taken from."""

    tax_type: str | None
    tax_percent: Decimal
    account_code: str | None
    amount: Decimal


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
    *, lines: Sequence[DraftLine], discounts: Sequence[DealDiscount]
) -> tuple[tuple[DraftLine, ...], tuple[Note, ...]]:
    """Turn a deal's discounts into negative lines.

    Every discount is of the sum of `lines`, none of what another left, and in the invoice's own tax treatment.
    """
    groups = [group for group in _grouped(lines=lines) if group.amount > 0]
    base = sum((line_amount(line=line) for line in lines), Decimal(0))
    found: list[DraftLine] = []
    notes: list[Note] = []
    for discount in discounts:
        name = discount.description.strip() or _NAME
        if base <= 0:
            notes.append(Note(code=NoteCode.DISCOUNT_NOT_APPLIED, subject=name))
            continue
        parts = allocate(amount=_sum_of(discount=discount, base=base), weights=[group.amount for group in groups])
        found += [_line(name=name, group=group, part=part) for group, part in zip(groups, parts, strict=True) if part]
    return tuple(found), tuple(notes)


def _grouped(*, lines: Sequence[DraftLine]) -> tuple[_Group, ...]:
    sums: dict[tuple[str | None, Decimal, str | None], Decimal] = {}
    for line in lines:
        key = (line.tax_type, line.tax_percent, line.account_code)
        sums[key] = sums.get(key, Decimal(0)) + line_amount(line=line)
    return tuple(_Group(*key, amount=amount) for key, amount in sums.items())


def _sum_of(*, discount: DealDiscount, base: Decimal) -> Decimal:
    if discount.discount_type is DiscountType.PERCENTAGE:
        return round2(amount=base * discount.amount / _HUNDRED)
    return round2(amount=discount.amount)


def _line(*, name: str, group: _Group, part: Decimal) -> DraftLine:
    # A negative unit amount with no discount on it: Xero refuses a discount on a negative price.
    # https://github.com/XeroAPI/Xero-OpenAPI/issues/429
    return DraftLine(
        description=name,
        quantity=Decimal(1),
        unit_amount=-part,
        tax_type=group.tax_type,
        tax_percent=group.tax_percent,
        account_code=group.account_code,
    )
