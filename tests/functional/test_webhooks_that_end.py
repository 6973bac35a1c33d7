"""A webhook of Pipedrive's that is banned, or deleted after three days, loses events: the net makes them good."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from signal import SIGCONT, SIGSTOP
from typing import Any

import requests

from tests.functional.test_restored_from_a_copy import field, is_up
from tests.support.processes import find, wait_until_gone
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.waiting import wait_until

#: As many first tries may fail before Pipedrive sends nothing for half an hour.
BANNED_AFTER, THREE_DAYS = 10, 73 * 3600


def test_what_a_ban_swallowed_is_found_within_the_hour(stack: Stack, ready: Salesperson) -> None:
    drawn_up(ready)
    [before] = webhooks(stack)
    with nobody_answering(stack):
        for number in range(BANNED_AFTER):
            ready.edit_deal(2, title=f"Noise {number}")
        wait_until(lambda: webhooks(stack)[0]["banned_until"], seconds=20, what="the webhook is banned")
    ready.edit_deal(1, title="Told to nobody")
    assert webhooks(stack)[0]["lost"]

    change(stack, "UPDATE company SET compare_due_at = '2026-01-01 00:00:00.000000'")

    wait_until(lambda: known_title(stack) == "Told to nobody", seconds=30, what="the new title is known")
    assert [one["id"] for one in webhooks(stack)] == [before["id"]]


def test_a_webhook_that_pipedrive_deleted_after_three_days_is_made_again(stack: Stack, ready: Salesperson) -> None:
    drawn_up(ready)
    [before] = webhooks(stack)
    with nobody_answering(stack):
        ready.edit_deal(2, title="First")
        wait_until(lambda: failed(stack), seconds=20, what="the first failure is noted")
        advance(stack, seconds=THREE_DAYS)
        ready.edit_deal(1, title="Three days later")
        wait_until(lambda: webhooks(stack) == [], seconds=20, what="Pipedrive has deleted the webhook")
        change(
            stack, "UPDATE chore SET kept_until = '2026-01-01 00:00:00.000000', due_at = '2026-01-01 00:00:00.000000'"
        )

    wait_until(lambda: len(webhooks(stack)) == 1, seconds=30, what="the webhook is there again")
    wait_until(lambda: known_title(stack) == "Three days later", seconds=30, what="the new title is known")
    assert webhooks(stack)[0]["id"] != before["id"]


def drawn_up(person: Salesperson) -> None:
    """Deal 1 has an invoice."""
    if field(person, 1, "number") == "-":
        person.create(deal_id=1).raise_for_status()
        person.invoice_of(1)


@contextmanager
def nobody_answering(stack: Stack) -> Iterator[None]:
    """No web process runs meanwhile."""
    assert stack.launcher
    stack.launcher.send_signal(SIGSTOP)
    ours = [one for one in find(stack.launcher.pid, "app") if "web" in one.cmdline()]
    for process in ours:
        process.kill()
    yield
    stack.launcher.send_signal(SIGCONT)
    wait_until_gone(ours, seconds=10)
    wait_until(lambda: is_up(stack), seconds=40, what="the app answers again")


def webhooks(stack: Stack) -> list[dict[str, Any]]:
    """The app's webhooks, as Pipedrive has them."""
    state = requests.get(f"{stack.pipedrive_url}/control/state", timeout=10).json()
    return [one for one in state["webhooks"] if one["subscription_url"].startswith(stack.app_url)]


def failed(stack: Stack) -> bool:
    return any(one["first_failures"] for one in webhooks(stack))


def advance(stack: Stack, *, seconds: float) -> None:
    requests.post(f"{stack.pipedrive_url}/control/clock", json={"advance": seconds}, timeout=10).raise_for_status()


def change(stack: Stack, statement: str) -> None:
    """Let a due time in our database be over."""
    with closing(sqlite3.connect(stack.data / "instep.sqlite3", timeout=10)) as database, database:
        database.execute(statement)


def known_title(stack: Stack) -> str:
    with closing(sqlite3.connect(stack.data / "instep.sqlite3")) as database:
        [[title]] = database.execute("SELECT title FROM deal WHERE deal_id = 1").fetchall()
    return str(title)
