"""The draft's total is Xero's, to the cent, for every deal that the sandbox is seeded with."""

from decimal import Decimal

import pytest

from sync.domain.invoice import LineAmountTypes
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper

DEALS = range(1, 14)


@pytest.mark.parametrize("deal_id", DEALS)
@pytest.mark.parametrize("treatment", ["", LineAmountTypes.EXCLUSIVE, LineAmountTypes.INCLUSIVE])
def test_the_window_and_xero_say_the_same(stack: Stack, deal_id: int, treatment: str, people: "People") -> None:
    person = people.with_treatment(treatment)
    window = person.open_window(deal_id=deal_id)
    assert window.status == 200, f"{window.form}; {stack.logs()}"

    answer = person.create(deal_id=deal_id, window=window)

    assert answer.status_code == 201, f"{answer.text}; {stack.logs()}"
    made = Bookkeeper(stack.xero_url).invoices()[-1]
    assert window.total == made["Total"]
    assert made["SubTotal"] + made["TotalTax"] == made["Total"]
    assert made["Total"] > Decimal(0)


class People:
    """One installed salesperson, with the company's preference for the tax treatment switched when it must be."""

    def __init__(self, person: Salesperson) -> None:
        self._person = person
        self._treatment: str | None = None

    def with_treatment(self, treatment: str) -> Salesperson:
        if self._treatment != treatment:
            self._person.save_preferences(line_amount_types=treatment, default_account="200").raise_for_status()
            self._treatment = treatment
        return self._person


@pytest.fixture(scope="module")
def people(stack: Stack) -> People:
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return People(set_up(stack))
