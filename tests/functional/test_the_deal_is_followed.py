"""A renamed, re-owned, merged or deleted deal is followed, and our own writes cost nothing when they come back."""

import requests

from tests.support.stack import Stack
from tests.support.story import NARROW, Salesperson
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until


def test_a_new_title_shows_in_the_panel(ready: Salesperson) -> None:
    ready.create(deal_id=1).raise_for_status()
    ready.invoice_of(1)  # The worker has registered the webhook by then.

    ready.edit_deal(1, title="Brightwater rebrand, second phase")

    wait_until(lambda: "second phase" in ready.panel(1), seconds=5, what="the new title in the panel")


def test_a_deal_given_away_is_no_longer_seen_by_who_may_not(ready: Salesperson, stack: Stack) -> None:
    narrow = Salesperson(ready.at, user_id=NARROW)
    narrow.install()
    ready.edit_deal(2, owner_id=str(NARROW))
    assert narrow.frame("/panel", deal_id=2).status_code == 200

    ready.edit_deal(2, owner_id=str(ready.user_id))

    wait_until(
        lambda: narrow.frame("/panel", deal_id=2).status_code == 403, seconds=5, what="the former owner is refused"
    )


def test_a_merged_deals_invoice_moves_to_the_deal_that_is_left(ready: Salesperson) -> None:
    ready.create(deal_id=3).raise_for_status()
    invoice_id = ready.invoice_of(3)

    ready.merge_deals(3, into=12)

    wait_until(lambda: "Draft" in ready.panel(12), seconds=5, what="the invoice in the surviving deal's panel")
    assert ready.invoice_of(12) == invoice_id


def test_a_deleted_deal_says_so(ready: Salesperson) -> None:
    ready.create(deal_id=5).raise_for_status()
    ready.invoice_of(5)

    ready.delete_deal(5)

    wait_until(
        lambda: "deleted" in ready.panel(5), seconds=5, what=f"the panel says that the deal is gone: {ready.panel(5)}"
    )


def test_the_echo_of_our_own_write_costs_no_call(ready: Salesperson, stack: Stack) -> None:
    ready.create(deal_id=6).raise_for_status()
    ready.invoice_of(6)
    delivered = wait_until(lambda: events_delivered(stack), seconds=5, what="Pipedrive delivers our own change")
    forget_calls(stack.pipedrive_url)

    ready.edit_deal(7, title="Something else entirely")

    wait_until(lambda: events_delivered(stack) > delivered, seconds=5, what="a later event has been delivered")
    assert not calls(stack.pipedrive_url, method="GET", path="/api/v2/deals/6")


def events_delivered(stack: Stack) -> int:
    [webhook] = requests.get(f"{stack.pipedrive_url}/control/state", timeout=10).json()["webhooks"]
    return int(webhook["delivered"])
