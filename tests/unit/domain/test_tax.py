from decimal import Decimal

import pytest

from sync.domain.accounting import TaxRate
from sync.domain.tax import TaxChoice, TaxMatch, tax_table
from tests.unit.domain.factories import a_rate

TWENTY = Decimal(20)


def choice_of(*rates: TaxRate, override: str | None = None) -> TaxChoice:
    overrides = {TWENTY: override} if override else {}
    return tax_table(rates=rates, percents=[Decimal("20.00")], overrides=overrides)[TWENTY]


def test_the_only_rate_of_a_percentage_is_its_match() -> None:
    assert choice_of(a_rate(), a_rate(tax_type="RROUTPUT", effective_rate=Decimal(10))) == TaxChoice(
        why=TaxMatch.MATCHED, tax_type="OUTPUT2", effective_rate=TWENTY, names=("VAT 20 %",)
    )


@pytest.mark.parametrize("useless", [{"is_active": False}, {"classes": frozenset({"EXPENSE"})}])
def test_archived_rates_and_purchase_rates_do_not_count(useless: dict[str, bool]) -> None:
    assert choice_of(a_rate(**useless)).why is TaxMatch.MISSING
    assert choice_of(a_rate(), a_rate(tax_type="INPUT2", **useless)).tax_type == "OUTPUT2"


def test_two_rates_of_one_percentage_are_left_to_a_person() -> None:
    choice = choice_of(a_rate(), a_rate(tax_type="TAX001", name="Shop 20 %"))

    assert choice == TaxChoice(why=TaxMatch.AMBIGUOUS, names=("VAT 20 %", "Shop 20 %"))


def test_what_a_person_chose_wins() -> None:
    rates = [a_rate(), a_rate(tax_type="TAX001", name="Shop", effective_rate=Decimal("19.6"))]

    choice = choice_of(*rates, override="TAX001")

    assert (choice.why, choice.tax_type, choice.effective_rate) == (TaxMatch.MATCHED, "TAX001", Decimal("19.6"))


def test_a_chosen_rate_that_was_archived_since_is_missing() -> None:
    assert choice_of(a_rate(), a_rate(tax_type="TAX001", is_active=False), override="TAX001").why is TaxMatch.MISSING
