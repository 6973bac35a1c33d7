"""Everything restarted, or the database restored from yesterday's copy: the vendors know what was done, and we learn it."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests.support.processes import find, wait_until_gone
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls, forget_faults
from tests.support.waiting import wait_until

INVOICES = "/api.xro/2.0/Invoices"
PAID, DRAFT, VOIDED, OTHER = 1, 2, 3, 4
DEALS = (PAID, DRAFT, VOIDED, OTHER)


def test_what_waits_survives_a_restart_of_everything(stack: Stack, ready: Salesperson) -> None:
    bookkeeper = Bookkeeper(stack.xero_url)
    invoice_id = created(ready, OTHER)
    faults(stack.xero_url, method="GET", path=INVOICES, do="slow", times=9, seconds=60)
    bookkeeper.act(invoice_id, "approve")
    bookkeeper.act(invoice_id, "pay")
    wait_until(lambda: waiting(stack) == 2, seconds=10, what="Xero's two events were accepted")

    with everything_down(stack):
        shutil.rmtree(stack.data / "valkey" / "appendonlydir")
        forget_faults(stack.xero_url)

    wait_until(lambda: field(ready, OTHER, "status") == "Paid", seconds=40, what="the payment shows")
    assert ready.statuses(OTHER) == {invoice_id: "Paid"}


def test_a_database_of_yesterday_learns_from_the_vendors_what_was_done_since(stack: Stack, ready: Salesperson) -> None:
    person, bookkeeper = ready, Bookkeeper(stack.xero_url)
    old = created(person, PAID)
    copy = copied(stack)
    pay(stack, person, old)
    created(person, PAID)
    created(person, DRAFT)
    voided = created(person, VOIDED)
    bookkeeper.act(voided, "approve")
    bookkeeper.act(voided, "void")
    wait_until(lambda: field(person, VOIDED, "status") == "Voided", seconds=20, what="the voiding shows")
    before, books = standing(person), numbers(stack)
    forget_calls(stack.xero_url)

    with everything_down(stack):
        restore(stack, copy)

    wait_until(lambda: statuses(person) == before[0], seconds=60, what=f"the panels show {before[0]}")
    settled(stack, person)
    assert standing(person) == before
    assert numbers(stack) == books
    assert calls(stack.xero_url, method="PUT", path=INVOICES) == []


def test_where_xero_s_token_was_renewed_since_a_person_reconnects_and_then_all_is_learned(
    stack: Stack, ready: Salesperson
) -> None:
    person = ready
    old = created(person, OTHER)
    copy = copied(stack)
    forget_calls(stack.xero_url)
    advance(stack.xero_url, minutes=31)
    pay(stack, person, old, on=OTHER)
    created(person, OTHER)
    assert calls(stack.xero_url, method="POST", path="/connect/token")
    advance(stack.xero_url, minutes=31)
    before, books = standing(person), numbers(stack)

    with everything_down(stack):
        restore(stack, copy)
    wait_until(lambda: "Reconnect" in person.panel(OTHER), seconds=60, what="the panel asks to reconnect")
    assert fields(person) == before[1]
    person.connect_xero()

    wait_until(lambda: statuses(person) == before[0], seconds=60, what=f"the panels show {before[0]}")
    settled(stack, person)
    assert standing(person) == before
    assert numbers(stack) == books


def created(person: Salesperson, deal_id: int) -> str:
    """A draft on a deal, which shows it."""
    known = set(person.statuses(deal_id))
    before = field(person, deal_id, "number")
    person.create(deal_id=deal_id).raise_for_status()
    [made] = set(person.statuses(deal_id)) - known
    wait_until(lambda: field(person, deal_id, "number") != before, seconds=15, what="the deal shows the draft")
    return made


def pay(stack: Stack, person: Salesperson, invoice_id: str, *, on: int = PAID) -> None:
    """An invoice is approved and paid in Xero, and the deal shows it."""
    before = person.fields(on)["Xero paid"]
    Bookkeeper(stack.xero_url).act(invoice_id, "approve")
    Bookkeeper(stack.xero_url).act(invoice_id, "pay")
    wait_until(lambda: person.fields(on)["Xero paid"] != before, seconds=20, what="the payment shows")


def standing(person: Salesperson) -> tuple[dict[int, dict[str, str]], dict[int, dict[str, str]]]:
    """What panels and deals show."""
    return statuses(person), fields(person)


def field(person: Salesperson, deal_id: int, name: str) -> str:
    return person.fields(deal_id).get(f"Xero invoice {name}", "-")


def statuses(person: Salesperson) -> dict[int, dict[str, str]]:
    return {deal_id: person.statuses(deal_id) for deal_id in DEALS}


def fields(person: Salesperson) -> dict[int, dict[str, str]]:
    return {deal_id: person.fields(deal_id) for deal_id in DEALS}


def numbers(stack: Stack) -> list[str]:
    return [invoice["InvoiceNumber"] for invoice in Bookkeeper(stack.xero_url).invoices()]


@contextmanager
def everything_down(stack: Stack) -> Iterator[None]:
    """All that is ours is killed, Redis with it, and comes back at the end; the vendors go on."""
    assert stack.launcher
    stack.launcher.send_signal(signal.SIGSTOP)
    ours = [
        process
        for word in ("app", "valkey")
        for process in find(stack.launcher.pid, word)
        if is_ours(process.cmdline())
    ]
    for process in ours:
        process.kill()
    yield
    stack.launcher.send_signal(signal.SIGCONT)
    wait_until_gone(ours, seconds=10)
    wait_until(lambda: is_up(stack), seconds=40, what=f"the app is back; {stack.logs()}")


def is_ours(command: list[str]) -> bool:
    return "sandbox" not in command


def is_up(stack: Stack) -> bool:
    try:
        return requests.get(f"{stack.app_url}/readyz", timeout=5).ok
    except requests.ConnectionError:
        return False


def copied(stack: Stack) -> Path:
    """Take a copy of the database, as a back-up does, and date it a day back."""
    copy = stack.data / "copy.sqlite3"
    with closing(sqlite3.connect(stack.data / "instep.sqlite3")) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)
        kept.execute(
            "UPDATE chore SET kept_until = ? WHERE kept_until IS NOT NULL",
            [str(datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1))],
        )
        kept.commit()
    return copy


def restore(stack: Stack, copy: Path) -> None:
    """Put a copy in the place of the database."""
    for end in ("", "-wal", "-shm"):
        (stack.data / f"instep.sqlite3{end}").unlink(missing_ok=True)
    os.replace(copy, stack.data / "instep.sqlite3")
    with closing(sqlite3.connect(stack.data / "instep.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")


def settled(stack: Stack, person: Salesperson) -> None:
    """Wait until no deal wants writing any more."""

    def is_still() -> bool:
        with closing(sqlite3.connect(stack.data / "instep.sqlite3")) as database:
            [[due]] = database.execute("SELECT count(*) FROM deal WHERE due_at IS NOT NULL").fetchall()
            [[behind]] = database.execute(
                "SELECT count(*) FROM company WHERE compare_due_at IS NULL OR compare_due_at < datetime('now')"
            ).fetchall()
        return not due and not behind

    wait_until(is_still, seconds=60, what=f"all is compared and written; {standing(person)} {stack.logs()}")


def waiting(stack: Stack) -> int:
    """How many events of Xero's wait to be worked off."""
    with closing(sqlite3.connect(stack.data / "instep.sqlite3")) as database:
        [[count]] = database.execute(
            "SELECT count(*) FROM event WHERE source = 'xero' AND state = 'pending'"
        ).fetchall()
    return int(count)


def advance(url: str, *, minutes: float) -> None:
    requests.post(f"{url}/control/clock", json={"advance": minutes * 60}, timeout=10).raise_for_status()
