"""Redis stopped, a worker killed, webhooks twice, late, out of order or never: nothing is lost, nothing done twice."""

import signal

import pytest
import requests

from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls
from tests.support.waiting import wait_until


@pytest.fixture
def draft(ready: Salesperson, stack: Stack) -> str:
    """A fresh draft on deal 1, which the deal shows already."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    known = set(ids(stack))
    ready.create(deal_id=1).raise_for_status()
    [made] = set(ids(stack)) - known
    number = Bookkeeper(stack.xero_url).invoice(made)["InvoiceNumber"]
    wait_until(
        lambda: number in ready.fields(1).get("Xero invoice number", ""), seconds=10, what=f"{number} on the deal"
    )
    return made


def test_webhooks_are_taken_while_redis_is_away_and_worked_off_when_it_is_back(
    stack: Stack, ready: Salesperson, draft: str
) -> None:
    stack.kill("valkey", signal.SIGSTOP)
    try:
        Bookkeeper(stack.xero_url).act(draft, "approve")
        wait_until(lambda: all_delivered(stack), seconds=10, what="Xero's webhook was accepted")
    finally:
        stack.kill("valkey", signal.SIGCONT)

    wait_until(lambda: "Awaiting payment" in ready.panel(1), seconds=20, what="the approval shows")


def test_a_redis_that_was_killed_and_wiped_loses_nothing(stack: Stack, ready: Salesperson, draft: str) -> None:
    stack.kill("worker", signal.SIGSTOP)
    try:
        Bookkeeper(stack.xero_url).act(draft, "delete")
        wait_until(lambda: all_delivered(stack), seconds=10, what="Xero's webhook was accepted")
        stack.kill("valkey")
    finally:
        stack.kill("worker", signal.SIGCONT)

    wait_until(lambda: shows(ready, draft, "Deleted"), seconds=30, what="the deletion shows")


def test_a_worker_killed_at_work_is_followed_by_another(stack: Stack, ready: Salesperson, draft: str) -> None:
    forget_calls(stack.xero_url)
    faults(stack.xero_url, method="GET", path="/api.xro/2.0/Invoices", do="slow", seconds=2)
    Bookkeeper(stack.xero_url).act(draft, "delete")
    wait_until(lambda: at_work(stack), seconds=10, what="the worker asks Xero")

    stack.kill("worker")

    wait_until(lambda: shows(ready, draft, "Deleted"), seconds=40, what="the deletion shows")


@pytest.mark.parametrize("do", ["duplicate", "reorder", "late"])
def test_webhooks_that_come_twice_late_or_out_of_order_end_in_the_truth(
    stack: Stack, ready: Salesperson, draft: str, do: str
) -> None:
    faults(stack.xero_url, method="*", path="*", do=do, times=1, seconds=1)
    bookkeeper = Bookkeeper(stack.xero_url)

    bookkeeper.act(draft, "approve")
    bookkeeper.act(draft, "pay", amount="10.00")
    bookkeeper.act(draft, "pay")

    wait_until(lambda: shows(ready, draft, "Paid"), seconds=15, what="paid")


def test_a_webhook_that_never_comes_is_made_good_by_a_refresh(stack: Stack, ready: Salesperson, draft: str) -> None:
    faults(stack.xero_url, method="*", path="*", do="never", times=1)
    Bookkeeper(stack.xero_url).act(draft, "delete")

    ready.fragment("POST", "/panel/refresh", deal_id=1).raise_for_status()

    assert shows(ready, draft, "Deleted")


def test_a_vendor_that_is_down_for_a_while_is_asked_again(stack: Stack, ready: Salesperson, draft: str) -> None:
    faults(stack.pipedrive_url, method="PATCH", path="/api/v2/deals/1", do="500", times=2)
    faults(stack.xero_url, method="GET", path="/api.xro/2.0/Invoices", do="500", times=2)

    Bookkeeper(stack.xero_url).act(draft, "delete")

    wait_until(lambda: shows(ready, draft, "Deleted"), seconds=30, what="the deletion shows")


def test_an_expired_token_is_refreshed_once(stack: Stack, ready: Salesperson, draft: str) -> None:
    forget_calls(stack.xero_url)
    requests.post(f"{stack.xero_url}/control/clock", json={"advance": 31 * 60}, timeout=10).raise_for_status()

    Bookkeeper(stack.xero_url).act(draft, "delete")

    wait_until(lambda: shows(ready, draft, "Deleted"), seconds=15, what="the deletion shows")
    assert len(calls(stack.xero_url, method="POST", path="/connect/token")) == 1


def ids(stack: Stack) -> list[str]:
    return [one["InvoiceID"] for one in Bookkeeper(stack.xero_url).invoices()]


def shows(person: Salesperson, invoice_id: str, status: str) -> bool:
    """Whether the deal's panel shows this invoice with this status."""
    return person.statuses(1).get(invoice_id) == status


def all_delivered(stack: Stack) -> bool:
    webhook = requests.get(f"{stack.xero_url}/control/state", timeout=10).json()["webhook"]
    return bool(webhook["waiting"] == 0 and webhook["deliveries"][-1]["status"] == 200)


def at_work(stack: Stack) -> bool:
    tenants = requests.get(f"{stack.xero_url}/control/state", timeout=10).json()["limits"]["tenants"]
    return any(tenant["in_flight"] for tenant in tenants.values())
