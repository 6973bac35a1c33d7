from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.accounting import DraftLine
from sync.domain.crm import DealDiscount, DiscountType
from sync.domain.discounts import DiscountedLine, Treatments, allocate, discount_lines
from sync.domain.invoice import LineAmountTypes
from sync.domain.notes import Note, NoteCode
from tests.unit.domain.factories import a_discount, a_line

CENT = Decimal("0.01")
MONEY = st.decimals(Decimal("0.01"), Decimal(99999), places=2)


def parts_of(amount: str, *weights: str) -> list[str]:
    return [str(part) for part in allocate(amount=Decimal(amount), weights=[Decimal(weight) for weight in weights])]


def test_the_odd_cent_goes_to_the_largest_remainder() -> None:
    assert parts_of("1.00", "10", "20") == ["0.33", "0.67"]


def test_of_equal_remainders_the_larger_weight_takes_the_odd_cent() -> None:
    assert parts_of("0.01", "10", "30", "10") == ["0", "0.01", "0"]
    assert parts_of("0.10", "25", "75") == ["0.02", "0.08"]


def test_of_equal_shares_the_first_takes_the_odd_cent() -> None:
    assert parts_of("1.00", "10", "10", "10") == ["0.34", "0.33", "0.33"]


def test_what_is_not_positive_gets_no_share() -> None:
    assert parts_of("5.00", "-10", "10", "0") == ["0", "5", "0"]


@given(amount=MONEY, weights=st.lists(MONEY, min_size=1, max_size=7))
def test_parts_add_up_and_each_is_within_a_cent_of_its_exact_share(amount: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(amount=amount, weights=weights)

    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(amount) * Fraction(weight) / Fraction(sum(weights))
        assert abs(Fraction(part) - exact) < Fraction(CENT)


@given(amount=MONEY, weights=st.lists(MONEY, min_size=1, max_size=7))
def test_allocation_follows_weights_not_their_order(amount: Decimal, weights: list[Decimal]) -> None:
    forwards = allocate(amount=amount, weights=weights)
    backwards = allocate(amount=amount, weights=weights[::-1])

    assert sorted(forwards) == sorted(backwards)


def off(
    *discounts: DealDiscount, lines: Sequence[DiscountedLine], invoice: LineAmountTypes = LineAmountTypes.EXCLUSIVE
) -> tuple[tuple[DraftLine, ...], tuple[Note, ...]]:
    treatments = Treatments(deal=LineAmountTypes.EXCLUSIVE, invoice=invoice)
    return discount_lines(lines=lines, discounts=discounts, treatments=treatments)


def discounted(amount: str, percent: int, tax_type: str | None) -> DiscountedLine:
    line = a_line(tax_type=tax_type, tax_percent=Decimal(percent if tax_type else 0), account_code="200")
    return DiscountedLine(line=line, percent=Decimal(percent), amount=Decimal(amount))


def an_amount(amount: int) -> DealDiscount:
    return a_discount(amount=Decimal(amount), discount_type=DiscountType.AMOUNT)


def test_a_percentage_becomes_one_negative_line_for_each_tax_rate() -> None:
    lines = [discounted("33.33", 20, "OUTPUT2"), discounted("66.62", 10, "RROUTPUT"), discounted("10", 20, "OUTPUT2")]

    negatives, notes = off(a_discount(amount=Decimal(5), description="Loyal"), lines=lines)

    assert [(line.description, line.tax_type, line.unit_amount) for line in negatives] == [
        ("Loyal", "OUTPUT2", Decimal("-2.17")),
        ("Loyal", "RROUTPUT", Decimal("-3.33")),
    ]
    assert all(line.quantity == 1 and line.discount_rate is None and line.account_code == "200" for line in negatives)
    assert notes == ()


def test_percentages_whose_rate_is_open_stay_apart() -> None:
    lines = [discounted("100", 20, None), discounted("100", 10, None)]

    negatives, _ = off(an_amount(20), lines=lines, invoice=LineAmountTypes.INCLUSIVE)

    assert [(line.tax_type, line.unit_amount) for line in negatives] == [(None, Decimal(-12)), (None, Decimal(-11))]


def test_without_tax_there_is_one_line() -> None:
    lines = [discounted("100", 20, None), discounted("100", 10, None)]

    negatives, notes = off(an_amount(20), lines=lines, invoice=LineAmountTypes.NO_TAX)

    assert [line.unit_amount for line in negatives] == [Decimal(-20)]
    assert notes == (Note(NoteCode.TREATMENT_CONVERTED, "Spring", {"difference": Decimal(3)}),)


def test_each_discount_is_of_the_whole_sum() -> None:
    negatives, _ = off(a_discount(), an_amount(25), a_discount(), lines=[discounted("200", 0, None)])

    assert [line.unit_amount for line in negatives] == [Decimal(-20), Decimal(-25), Decimal(-20)]


def test_a_discount_of_nothing_is_noted() -> None:
    negatives, notes = off(a_discount(description=" "), lines=[])

    assert negatives == ()
    assert notes == (Note(code=NoteCode.DISCOUNT_NOT_APPLIED, subject="Discount"),)


def test_a_share_below_half_a_cent_makes_no_line() -> None:
    lines = [discounted("1000.00", 20, "OUTPUT2"), discounted("0.01", 0, "NONE")]

    negatives, _ = off(a_discount(amount=Decimal(1)), lines=lines)

    assert [line.unit_amount for line in negatives] == [Decimal("-10.00")]
