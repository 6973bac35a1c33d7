"""Twenty kills at random under load, on either database: nothing is lost, nothing done twice (a slice of `tests.soak`)."""

from typing import Any

import pytest

from tests.bench.flood import differing
from tests.soak.checks import check_order
from tests.soak.ledger import Order
from tests.soak.run import Size, soak
from tests.support.crowd import Member

SEED = 20_261_128


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_twenty_kills_under_load_lose_nothing_and_repeat_nothing(database: str) -> None:
    faults = ("drop_before", "drop_after", "500")
    size = Size(companies=3, invoices_each=5, people=2, kills=20, most_extra=0.25, call_faults=faults)

    outcome = soak(database=database, seed=SEED, size=size)

    assert outcome.findings == []
    assert sum(number for name, number in outcome.happened.items() if name.startswith(("killed", "wiped"))) >= 18
    assert outcome.writes > 0


def test_the_checker_sees_a_deal_that_says_less_than_xero() -> None:
    assert differing(says("Awaiting payment", paid=0, due=300), stands("AUTHORISED", paid="0.50", due="299.50"))
    assert not differing(says("Awaiting payment", paid=0.5, due=299.5), stands("AUTHORISED", paid="0.50", due="299.50"))


@pytest.mark.parametrize(
    ("made", "acknowledged", "found"),
    [(0, True, True), (0, False, False), (1, True, False), (1, False, False), (2, True, True), (2, False, True)],
)
def test_the_checker_sees_an_order_that_was_lost_or_carried_out_twice(
    *, made: int, acknowledged: bool, found: bool
) -> None:
    order = Order(Member(1, 1, "", ""), 7, "soak 1", acknowledged=acknowledged)
    invoice = stands("DRAFT", paid="0", due="300") | {"Reference": "soak 1"}

    findings = check_order(order, {str(key): invoice for key in range(made)}, {7: {"fields": says("Draft", 0, 0)}})

    assert bool(findings) is found


def says(status: str, paid: float, due: float) -> dict[str, Any]:
    return {"Xero invoice status": {"label": status}, "Xero paid": {"value": paid}, "Xero due": {"value": due}}


def stands(status: str, *, paid: str, due: str) -> dict[str, Any]:
    return {"Status": status, "AmountPaid": paid, "AmountDue": due}
