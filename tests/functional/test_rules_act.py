"""What an admin switches on happens by itself: one story for each rule, with nothing patched."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from sync.store.database import Database
from sync.store.rules import RuleRow
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


def test_a_lost_deal_s_draft_is_deleted_in_xero(rules: Salesperson, books: Bookkeeper) -> None:
    rules.create(deal_id=3).raise_for_status()
    invoice_id = rules.invoice_of(3)
    rules.switch_rules(lost_does="delete_drafts").raise_for_status()

    rules.edit_deal(3, status="lost")

    wait_until(lambda: books.invoice(invoice_id)["Status"] == "DELETED", seconds=10, what="the draft is deleted")
    wait_until(lambda: rules.statuses(3) == {invoice_id: "Deleted"}, seconds=10, what="the panel says so")


def test_a_deleted_deal_s_draft_is_deleted_and_a_merged_one_s_is_not(rules: Salesperson, books: Bookkeeper) -> None:
    for deal_id in (5, 8):
        rules.create(deal_id=deal_id).raise_for_status()
    merged, deleted = rules.invoice_of(5), rules.invoice_of(8)
    rules.switch_rules(deleted_does="delete_drafts").raise_for_status()

    rules.merge_deals(5, into=12)
    rules.delete_deal(8)

    wait_until(lambda: books.invoice(deleted)["Status"] == "DELETED", seconds=10, what="the draft is deleted")
    assert rules.invoice_of(12) == merged
    assert books.invoice(merged)["Status"] == "DRAFT"


def test_a_deal_whose_invoice_is_paid_is_marked_as_won_and_that_is_the_end_of_it(
    rules: Salesperson, books: Bookkeeper, any_stack: Stack
) -> None:
    rules.create(deal_id=7).raise_for_status()
    invoice_id = rules.invoice_of(7)
    books.act(invoice_id, "approve")
    rules.switch_rules(paid_does="win", won_does="draft").raise_for_status()
    before = len(calls(any_stack.xero_url, method="PUT", path="/api.xro/2.0/Invoices"))

    books.act(invoice_id, "pay")

    wait_until(lambda: rules.deal(7)["status"] == "won", seconds=10, what="the deal is marked as won")
    wait_until(lambda: rules.fields(7)["Xero invoice status"] == "Paid", seconds=10, what="the deal says paid")
    rules.edit_deal(13, status="won")  # Whatever our own win set off has been worked off before this.
    rules.invoice_of(13)
    assert len(calls(any_stack.xero_url, method="PUT", path="/api.xro/2.0/Invoices")) == before + 1


def test_the_owner_of_an_overdue_deal_has_something_to_do(
    rules: Salesperson, books: Bookkeeper, any_stack: Stack
) -> None:
    rules.create(deal_id=6).raise_for_status()
    invoice_id = rules.invoice_of(6)
    books.act(invoice_id, "approve")
    rules.switch_rules(overdue_does="remind").raise_for_status()
    issued, due = (datetime.now(UTC).date() - timedelta(days=days) for days in (10, 3))
    books.edit(invoice_id, Date=issued.isoformat(), DueDate=due.isoformat())
    wait_until(lambda: "overdue" in rules.panel(6), seconds=10, what="the panel says that it is overdue")

    let_days_pass(any_stack, days=9)

    wait_until(lambda: activities(any_stack, deal_id=6), seconds=20, what="the owner has an activity")
    [activity] = activities(any_stack, deal_id=6)
    assert "is overdue" in activity["subject"]


def let_days_pass(stack: Stack, *, days: int) -> None:
    """Let the rule have been switched on so long ago, and look at once."""
    database = Database(url=stack.database_url)
    with database.writing() as session:
        rule = session.scalars(select(RuleRow).where(RuleRow.kind == "overdue")).one()
        rule.since -= timedelta(days=days)
        rule.look_at = datetime.now(UTC)
    database.close()


def activities(stack: Stack, *, deal_id: int) -> list[dict[str, Any]]:
    """What there is to do on a deal."""
    tokens = requests.post(f"{stack.pipedrive_url}/control/tokens", json={}, timeout=10).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = requests.get(
        f"{stack.pipedrive_url}/api/v2/activities", params={"deal_id": deal_id}, headers=headers, timeout=10
    )
    answer.raise_for_status()
    return list(answer.json()["data"])


def webhooks(stack: Stack) -> list[dict[str, Any]]:
    state = requests.get(f"{stack.pipedrive_url}/control/state", timeout=10)
    state.raise_for_status()
    return list(state.json()["webhooks"])
