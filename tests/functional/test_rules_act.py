"""What an admin switches on happens by itself: one story for each rule, with nothing patched."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls
from tests.support.waiting import wait_until

_OFF = {f"{kind}_does": "" for kind in ("won", "stage", "lost", "deleted", "paid", "overdue")}


@pytest.fixture(scope="module")
def ready(any_stack: Stack) -> Salesperson:
    """A salesperson whose company is installed, connected, has its preferences, and is told of changed deals."""
    person = set_up(any_stack)
    wait_until(lambda: webhooks(any_stack), seconds=10, what="a worker has registered the webhook")
    return person


@pytest.fixture
def books(any_stack: Stack) -> Bookkeeper:
    """The bookkeeper."""
    return Bookkeeper(any_stack.xero_url)


@pytest.fixture
def rules(ready: Salesperson) -> Iterator[Salesperson]:
    """A salesperson whose rules are all off again after the story."""
    yield ready
    ready.switch_rules(**_OFF).raise_for_status()


def test_a_won_deal_has_its_draft_made(rules: Salesperson, books: Bookkeeper, any_stack: Stack) -> None:
    rules.switch_rules(won_does="draft").raise_for_status()

    rules.edit_deal(1, status="won")

    invoice_id = rules.invoice_of(1)
    assert rules.statuses(1) == {invoice_id: "Draft"}
    assert books.invoice(invoice_id)["Contact"]["Name"] == "Brightwater Studio Ltd."
    assert len(calls(any_stack.xero_url, method="PUT", path="/api.xro/2.0/Invoices")) == 1


def test_a_deal_moved_to_the_chosen_stage_has_its_invoice_approved(rules: Salesperson) -> None:
    rules.switch_rules(stage_does="approve", stage_stage="4").raise_for_status()

    rules.edit_deal(2, stage_id="4")

    invoice_id = rules.invoice_of(2)
    wait_until(
        lambda: rules.statuses(2) == {invoice_id: "Awaiting payment"}, seconds=10, what="the invoice is approved"
    )


def webhooks(stack: Stack) -> list[dict[str, Any]]:
    state = requests.get(f"{stack.pipedrive_url}/control/state", timeout=10)
    state.raise_for_status()
    return list(state.json()["webhooks"])
