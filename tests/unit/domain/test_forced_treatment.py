"""A company may force a tax treatment; what a customer pays must follow the deal all the same."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.crm import DealDiscount, DealProduct, DiscountType, TaxMethod
from sync.domain.invoice import LineAmountTypes
from sync.domain.lines import LinesDraft, draft_lines
from sync.domain.notes import Note, NoteCode
from sync.domain.totals import totals
from tests.unit.domain.factories import TAXES, a_discount, a_product

INCLUSIVE, EXCLUSIVE = TaxMethod.INCLUSIVE, TaxMethod.EXCLUSIVE
HUNDRED_OFF = a_discount(amount=Decimal(100), discount_type=DiscountType.AMOUNT)
PRODUCTS = st.builds(
    a_product,
    price=st.decimals(Decimal(0), Decimal(9000), places=4),
    quantity=st.decimals(Decimal("0.01"), Decimal(50), places=2),
    discount=st.decimals(Decimal(0), Decimal(90), places=2),
    discount_type=st.sampled_from(DiscountType),
    tax=st.sampled_from([Decimal(20), Decimal(10), Decimal(0)]),
    billing_frequency=st.sampled_from(["one-time", "one-time", "monthly"]),
)
DISCOUNTS = st.builds(
    a_discount,
    amount=st.decimals(Decimal("0.01"), Decimal(100), places=2),
    discount_type=st.sampled_from(DiscountType),
)


def drafted(
    *products: DealProduct, discounts: tuple[DealDiscount, ...] = (), treatment: LineAmountTypes | None = None
) -> LinesDraft:
    return draft_lines(
        products=products, discounts=discounts, tax_table=TAXES, default_account="200", treatment=treatment
    )


def total(draft: LinesDraft) -> Decimal:
    return totals(lines=draft.lines, treatment=draft.treatment).total


def differences(draft: LinesDraft) -> Decimal:
    found = (Decimal(note.values["difference"]) for note in draft.notes if "difference" in note.values)
    return sum(found, Decimal(0))


@pytest.mark.parametrize(
    ("method", "forced", "unit_amount"),
    [
        (EXCLUSIVE, LineAmountTypes.EXCLUSIVE, "-100"),
        (EXCLUSIVE, LineAmountTypes.INCLUSIVE, "-120"),
        (EXCLUSIVE, LineAmountTypes.NO_TAX, "-100"),
        (INCLUSIVE, LineAmountTypes.INCLUSIVE, "-100"),
        (INCLUSIVE, LineAmountTypes.EXCLUSIVE, "-83.3333"),
        (INCLUSIVE, LineAmountTypes.NO_TAX, "-83.3333"),
    ],
)
def test_an_amount_is_in_the_treatment_of_the_products(
    method: TaxMethod, forced: LineAmountTypes, unit_amount: str
) -> None:
    product = a_product(price=Decimal(600), tax_method=method)

    draft = drafted(product, discounts=(HUNDRED_OFF,), treatment=forced)

    assert draft.lines[-1].unit_amount == Decimal(unit_amount)


@pytest.mark.parametrize("forced", [None, LineAmountTypes.EXCLUSIVE, LineAmountTypes.INCLUSIVE])
def test_a_forced_treatment_leaves_the_total_alone(forced: LineAmountTypes | None) -> None:
    draft = drafted(
        a_product(price=Decimal("6041.6667")),
        a_product(price=Decimal("79.1667"), quantity=Decimal("9.75"), discount=Decimal("12.5")),
        discounts=(a_discount(amount=Decimal("7.5")), HUNDRED_OFF),
        treatment=forced,
    )

    assert total(draft) == Decimal("7335.93")


def test_a_cent_that_no_net_amount_gives_is_remarked() -> None:
    three_cents = a_discount(amount=Decimal("0.03"), discount_type=DiscountType.AMOUNT)
    product = a_product(price=Decimal(120), tax_method=INCLUSIVE)

    draft = drafted(product, discounts=(three_cents,), treatment=LineAmountTypes.EXCLUSIVE)

    # 0.03 is 0.03 net and 0.01 of tax: a cent more is taken off.
    assert draft.notes == (Note(NoteCode.TREATMENT_CONVERTED, "Spring", {"difference": Decimal("-0.01")}),)


@given(
    products=st.lists(PRODUCTS, min_size=1, max_size=4),
    discounts=st.lists(DISCOUNTS, max_size=3),
    method=st.sampled_from([INCLUSIVE, EXCLUSIVE]),
    forced=st.sampled_from(LineAmountTypes),
)
def test_no_forced_treatment_moves_the_total_in_silence(
    products: list[DealProduct],
    discounts: list[DealDiscount],
    method: TaxMethod,
    forced: LineAmountTypes,
) -> None:
    taxed = [replace(product, tax_method=method) for product in products]

    suiting = drafted(*taxed, discounts=tuple(discounts))
    draft = drafted(*taxed, discounts=tuple(discounts), treatment=forced)

    assert differences(suiting) == 0
    assert total(draft) - total(suiting) == differences(draft)


@given(
    products=st.lists(PRODUCTS, min_size=1, max_size=4),
    discounts=st.lists(DISCOUNTS, max_size=3),
    method=st.sampled_from([INCLUSIVE, EXCLUSIVE]),
    forced=st.sampled_from([LineAmountTypes.INCLUSIVE, LineAmountTypes.EXCLUSIVE]),
)
def test_a_discount_moves_by_a_cent_for_each_rate_at_most(
    products: list[DealProduct],
    discounts: list[DealDiscount],
    method: TaxMethod,
    forced: LineAmountTypes,
) -> None:
    taxed = [replace(product, tax_method=method) for product in products]

    with_discounts = drafted(*taxed, discounts=tuple(discounts), treatment=forced)
    without = drafted(*taxed, treatment=forced)

    negatives = len(with_discounts.lines) - len(without.lines)
    assert abs(differences(with_discounts) - differences(without)) <= negatives * Decimal("0.01")
