"""What operators type to look into the inbox, to have it worked off again, and to see what is the matter."""

import argparse
import json
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from sync import commands_inbox, commands_status
from sync.operations.inbox import accept_delivery
from sync.operations.work_off import work_off
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, TENANT, House

Type = Callable[..., tuple[int, str]]


@pytest.fixture
def type_in(home: House, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type a command; gives the exit status and what it printed."""
    tools: dict[str, ModuleType] = {"inbox": commands_inbox, "status": commands_status}

    def typed(command: str, *arguments: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        tools[command].add_options(parser)
        capsys.readouterr()
        with capture_logs():
            status: int = tools[command].run(home.core, parser.parse_args(arguments))
        return status, capsys.readouterr().out

    return typed


def xero_says(home: House, invoice_id: str) -> int:
    """Let an event about an invoice come in, a second after the last; gives the delivery's id."""
    home.clock.advance(seconds=1)
    happened = home.clock().strftime("%Y-%m-%dT%H:%M:%S.%f")[:23]
    event: dict[str, Any] = {"tenantId": TENANT, "eventCategory": "INVOICE", "eventType": "UPDATE"}
    body = {"events": [event | {"resourceId": invoice_id, "eventDateUtc": happened}]}
    accept_delivery(home.core, source="xero", company_id=0, body=json.dumps(body).encode())
    return home.all(Delivery)[-1].delivery_id


def set_aside(home: House, **over: object) -> None:
    """Set every event aside, as after its tries."""
    with home.core.database.writing() as session:
        session.execute(update(Event).values(state="set_aside", tries=8, reason="xero_refused: no", **over))


def test_deliveries_are_listed_newest_first_without_what_is_in_them(home: House, type_in: Type) -> None:
    first, second = xero_says(home, home.add_invoice()), xero_says(home, home.add_invoice())
    work_off(home.core)
    accept_delivery(home.core, source="pipedrive", company_id=COMPANY, body=b'{"name": "Ann"}')

    status, said = type_in("inbox", "list")

    lines = said.splitlines()
    assert status == 0
    assert "pipedrive company 54235233  pending  15 bytes  events: none" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == [str(second), str(first)]
    assert all(line.endswith("events: 1 done") for line in lines[1:])
    assert "Ann" not in said


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("--state", "pending"), ["pipedrive"]),
        (("--state", "unparseable"), ["xero"]),
        (("--state", "set_aside"), ["xero"]),
        (("--source", "pipedrive"), ["pipedrive"]),
        (("--limit", "1"), ["pipedrive"]),
    ],
)
def test_only_some_are_listed(home: House, type_in: Type, asked: tuple[str, ...], found: list[str]) -> None:
    xero_says(home, home.add_invoice())
    home.clock.advance(seconds=1)
    home.deliver("xero", b"junk")
    set_aside(home)
    home.clock.advance(seconds=1)
    accept_delivery(home.core, source="pipedrive", company_id=COMPANY, body=b"{}")

    _, said = type_in("inbox", "list", *asked)

    assert [line.split()[2] for line in said.splitlines()] == found


def test_one_is_shown_with_its_events_and_its_body(home: House, type_in: Type) -> None:
    invoice_id = home.add_invoice()
    delivery_id = xero_says(home, invoice_id)
    work_off(home.core)
    set_aside(home)

    status, said = type_in("inbox", "show", str(delivery_id))

    assert status == 0
    assert f"INVOICE UPDATE {invoice_id} of {TENANT}  set_aside" in said
    assert "after 8 tries: xero_refused: no" in said
    assert '"eventCategory": "INVOICE"' in said


def test_junk_is_shown_without_playing_with_the_terminal(home: House, type_in: Type) -> None:
    home.deliver("xero", b"\x1b[2Jjunk")

    _, said = type_in("inbox", "show", str(home.all(Delivery)[0].delivery_id))

    assert "\x1b" not in said
    assert "junk" in said


def test_what_is_not_there_cannot_be_shown_or_replayed(type_in: Type) -> None:
    assert type_in("inbox", "show", "404")[0] == 1
    assert type_in("inbox", "replay", "404")[0] == 1


@pytest.mark.parametrize("how", ["by its id", "--set-aside", "--since"])
def test_what_was_set_aside_is_worked_off_again(home: House, type_in: Type, how: str) -> None:
    invoice_id = home.add_invoice()
    delivery_id = xero_says(home, invoice_id)
    work_off(home.core)
    set_aside(home)
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="DRAFT", updated_at=home.clock() - timedelta(days=1))
    moment = (home.clock() - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    arguments = {"by its id": [str(delivery_id)], "--since": ["--since", moment]}.get(how, [how])

    status, said = type_in("inbox", "replay", *arguments)
    home.clock.advance(seconds=5)
    work_off(home.core)

    assert (status, said) == (0, "1 to be worked off again\n")
    assert home.event_states() == ["done"]
    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "AUTHORISED"


def test_what_was_done_is_done_again_by_its_id(home: House, type_in: Type) -> None:
    delivery_id = xero_says(home, home.add_invoice())
    work_off(home.core)
    before = len(home.web.made("GET", "/Invoices"))

    type_in("inbox", "replay", str(delivery_id))
    home.clock.advance(seconds=5)
    work_off(home.core)

    assert len(home.web.made("GET", "/Invoices")) == before + 1


def test_what_is_about_strangers_is_not_worked_off_again_until_they_are_connected(home: House, type_in: Type) -> None:
    invoice_id = home.add_invoice()
    home.set(Connection, home.all(Connection)[0].key, state="ended")
    delivery_id = xero_says(home, invoice_id)
    work_off(home.core)
    assert home.event_states() == ["ignored"]

    type_in("inbox", "replay", str(delivery_id))
    work_off(home.core)
    assert home.event_states() == ["ignored"]

    home.set(Connection, home.all(Connection)[0].key, state="active")
    type_in("inbox", "replay", str(delivery_id))
    work_off(home.core)
    assert home.event_states() == ["done"]


def test_what_could_not_be_read_is_read_again(home: House, type_in: Type) -> None:
    xero_says(home, home.add_invoice())
    [delivery] = home.all(Delivery)
    home.set(Delivery, delivery.delivery_id, state="unparseable")

    type_in("inbox", "replay", "--unparseable")
    work_off(home.core)

    assert home.event_states() == ["done"]


def test_a_company_that_is_well_has_no_troubles(type_in: Type) -> None:
    assert f"company {COMPANY}:" in type_in("status")[1]


def test_what_is_parked_or_failing_is_said_of_each_company(home: House, type_in: Type) -> None:
    home.set(Organisation, ORGANISATION, parked_until=home.clock() + timedelta(hours=3), parked_reason="day")
    since = home.clock() - timedelta(hours=2)
    home.set(DealRow, COMPANY, DEAL, problem_code="pipedrive_refused", problem_since=since, title="Ann's wedding")

    _, briefly = type_in("status")
    _, fully = type_in("status", str(COMPANY))

    assert "xero_rests, until 2026-11-22T13:42:07" in briefly
    assert "fields, 1 of them, since 2026-11-22T08:42:07" in briefly
    assert f"deal {DEAL}, since 2026-11-22T08:42:07" in fully
    assert "pipedrive_refused" in fully
    assert "Ann" not in fully


def test_whoever_has_left_is_only_told_of_when_asked_for(home: House, type_in: Type) -> None:
    home.set(Company, COMPANY, ended_at=home.clock())

    assert type_in("status") == (0, "")
    assert type_in("status", str(COMPANY))[0] == 0
    assert type_in("status", "404")[0] == 1
