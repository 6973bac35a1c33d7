"""Install, connect, draft, approve, part payment, paid: at each step the deal and the panel say the right thing."""

import pytest

from tests.functional.conftest import addresses_of, set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper
from tests.support.waiting import wait_until

DEAL = 1
_PROMISED = 5


def test_the_deal_follows_its_invoice_to_the_end(any_stack: Stack) -> None:
    person, bookkeeper = set_up(any_stack), Bookkeeper(any_stack.xero_url)
    assert "No invoice yet" in person.panel(DEAL)

    assert person.create(deal_id=DEAL).status_code == 201
    assert_says(person, status="Draft", invoiced="€0.00", paid="€0.00", due="€0.00", panel="Draft")
    invoice_id = person.invoice_of(DEAL)

    bookkeeper.act(invoice_id, "approve")
    assert_says(person, status="Awaiting payment", invoiced="€7,042.50", due="€7,042.50", panel="Awaiting payment")

    bookkeeper.act(invoice_id, "pay", amount="1000.00")
    assert_says(
        person, status="Awaiting payment", paid="€1,000.00", due="€6,042.50", panel="€1,000.00 of €7,042.50 paid"
    )

    bookkeeper.act(invoice_id, "pay")
    assert_says(person, status="Paid", invoiced="€7,042.50", paid="€7,042.50", due="€0.00", panel="Paid")


def test_a_voided_invoice_no_longer_counts(any_stack: Stack) -> None:
    person, bookkeeper = Salesperson(addresses_of(any_stack)), Bookkeeper(any_stack.xero_url)
    person.create(deal_id=6).raise_for_status()
    invoice_id = person.invoice_of(6)
    bookkeeper.act(invoice_id, "approve")

    bookkeeper.act(invoice_id, "void")

    assert_says(person, deal_id=6, status="Voided", invoiced="€0.00", due="€0.00", panel="Voided")


@pytest.mark.parametrize("action", ["submit", "delete"])
def test_what_happens_to_a_draft_in_xero_is_shown(any_stack: Stack, action: str) -> None:
    person, bookkeeper = Salesperson(addresses_of(any_stack)), Bookkeeper(any_stack.xero_url)
    deal_id = {"submit": 7, "delete": 9}[action]
    person.create(deal_id=deal_id).raise_for_status()

    bookkeeper.act(person.invoice_of(deal_id), action)

    words = {"submit": "Awaiting approval", "delete": "Deleted"}[action]
    assert_says(person, deal_id=deal_id, status=words, panel=words)


def assert_says(person: Salesperson, *, panel: str, deal_id: int = DEAL, **fields: str) -> None:
    """The deal's fields in Pipedrive and the panel say so within the promised five seconds."""
    wanted = {f"Xero invoice {name}" if name == "status" else f"Xero {name}": text for name, text in fields.items()}
    wait_until(
        lambda: wanted.items() <= person.fields(deal_id).items() and panel in person.panel(deal_id),
        seconds=_PROMISED,
        what=f"{wanted} and {panel!r}; fields: {person.fields(deal_id)}; panel: {person.panel(deal_id)}",
    )
