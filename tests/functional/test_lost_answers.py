"""Double click, two windows, a dropped answer, a 500, a 429: never two invoices for one intent (F30)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls
from tests.support.waiting import wait_until

INVOICES = "/api.xro/2.0/Invoices"


@pytest.fixture(autouse=True)
def _plenty(stack: Stack, ready: Salesperson) -> None:
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    forget_calls(stack.xero_url)


def test_a_double_click_makes_one_invoice(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=1), count(stack)

    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = list(pool.map(lambda _: ready.create(deal_id=1, window=window), range(2)))

    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert count(stack) == before + 1
    assert len(calls(stack.xero_url, method="PUT", path=INVOICES)) == 1


def test_a_second_click_shows_the_same_invoice(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=2), count(stack)

    first, second = (ready.create(deal_id=2, window=window) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert "created by an earlier click" in second.text
    assert count(stack) == before + 1


def test_an_answer_that_is_lost_is_found_again(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=3), count(stack)
    faults(stack.xero_url, method="PUT", path=INVOICES, do="drop_after")

    answer = ready.create(deal_id=3, window=window)

    assert answer.status_code == 201
    assert count(stack) == before + 1
    assert "Draft" in ready.panel(3)


def test_a_request_that_never_arrived_is_sent_again(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=4), count(stack)
    faults(stack.xero_url, method="PUT", path=INVOICES, do="drop_before")

    answer = ready.create(deal_id=4, window=window)

    assert answer.status_code == 201
    assert count(stack) == before + 1


def test_a_500_is_looked_into_and_said_and_nothing_is_sent_under_another_key(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=5), count(stack)
    faults(stack.xero_url, method="PUT", path=INVOICES, do="500")

    answer = ready.create(deal_id=5, window=window)

    # Xero keeps the 500 for the key's six minutes; only then, and when nothing was found, is a new key safe (D8).
    assert answer.status_code == 503
    assert count(stack) == before
    assert len({one["headers"]["Idempotency-Key"] for one in calls(stack.xero_url, method="PUT", path=INVOICES)}) == 1
    assert "answer was lost" in ready.panel(5)


def test_a_worker_finds_out_when_nobody_answers_for_a_while(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=6), count(stack)
    faults(stack.xero_url, method="PUT", path=INVOICES, do="drop_after")
    faults(stack.xero_url, method="GET", path=INVOICES, do="500", times=1)

    answer = ready.create(deal_id=6, window=window)

    assert answer.status_code == 503
    assert "Xero" in answer.text
    wait_until(lambda: "Draft" in ready.panel(6), seconds=30, what="the invoice shows on the deal")
    assert count(stack) == before + 1
    again = ready.create(deal_id=6, window=window)
    assert again.status_code == 201
    assert count(stack) == before + 1


def test_a_limit_makes_nothing_and_the_person_may_click_again(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=7), count(stack)
    faults(stack.xero_url, method="PUT", path=INVOICES, do="429")

    refused = ready.create(deal_id=7, window=window)
    assert refused.status_code == 503
    assert count(stack) == before

    assert ready.create(deal_id=7, window=window).status_code == 201
    assert count(stack) == before + 1


def test_what_xero_refuses_can_be_mended_in_the_same_window(stack: Stack, ready: Salesperson) -> None:
    window, before = ready.open_window(deal_id=8), count(stack)

    refused = ready.create(deal_id=8, window=window, contact_id="00000000-0000-4000-8000-000000000000")
    assert refused.status_code == 409
    assert count(stack) == before

    assert ready.create(deal_id=8, window=window).status_code == 201
    assert count(stack) == before + 1


def count(stack: Stack) -> int:
    return len(Bookkeeper(stack.xero_url).invoices())
