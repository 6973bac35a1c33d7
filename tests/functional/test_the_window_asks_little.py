"""What opening the invoice window and creating from it costs of the vendors' limits, by the sandbox's own log."""

import pytest

from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until


def test_a_warm_window_asks_xero_twice_at_most(stack: Stack, ready: Salesperson) -> None:
    ready.open_window(deal_id=1)
    forget_calls(stack.xero_url)

    window = ready.open_window(deal_id=1)

    assert window.status == 200
    assert len(asked(stack.xero_url)) <= 2


def test_the_window_of_a_remembered_customer_asks_xero_once(stack: Stack, ready: Salesperson) -> None:
    ready.create(deal_id=2).raise_for_status()
    # By then our fields are made in Pipedrive, once for the company.
    wait_until(lambda: is_shown(ready, 2, "Draft"), seconds=20, what="deal 2 says Draft")
    forget_calls(stack.xero_url)

    ready.open_window(deal_id=2)

    assert len(asked(stack.xero_url)) == 1


@pytest.mark.parametrize(
    ("deal_id", "create_as", "status"), [(3, "draft", "Draft"), (4, "approve", "Awaiting payment")]
)
def test_from_the_click_to_the_deal_takes_three_calls_to_xero_and_four_to_pipedrive(
    stack: Stack, ready: Salesperson, deal_id: int, create_as: str, status: str
) -> None:
    window = ready.open_window(deal_id=deal_id)
    forget_calls(stack.xero_url)
    forget_calls(stack.pipedrive_url)

    ready.create(deal_id=deal_id, window=window, create_as=create_as).raise_for_status()

    wait_until(lambda: is_shown(ready, deal_id, status), seconds=20, what=f"deal {deal_id} says {status}")
    assert len(asked(stack.xero_url)) <= 3
    assert len(asked(stack.pipedrive_url)) <= 4


def is_shown(person: Salesperson, deal_id: int, status: str) -> bool:
    """Whether panel and deal both say so."""
    fields = person.fields(deal_id)
    return status in person.statuses(deal_id).values() and fields.get("Xero invoice status") == status


def asked(url: str) -> list[str]:
    """Give the API calls that a vendor has had."""
    return [f"{call['method']} {call['path']}" for call in calls(url, path="/api")]
