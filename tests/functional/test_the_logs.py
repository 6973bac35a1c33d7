"""What the processes write: a JSON object a line, with the id of its request or job, and no secret in any of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from sync.store.vault import Vault
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper
from tests.support.waiting import wait_until

OURS = ("web", "worker", "clock", "migrate")
Line = dict[str, Any]


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected, with an invoice that was approved and paid in Xero."""
    person = set_up(stack)
    person.create(deal_id=1).raise_for_status()
    bookkeeper = Bookkeeper(stack.xero_url)
    invoice_id = person.invoice_of(1)
    for deed, status in (("approve", "Awaiting payment"), ("pay", "Paid")):
        bookkeeper.act(invoice_id, deed)
        wait_until(
            lambda: person.fields(1).get("Xero invoice status") == status,  # noqa: B023 - waited for in the loop
            seconds=10,
            what=f"the deal says {status}",
        )
    return person


def test_logs_are_json_with_ids_and_hold_no_secret(stack: Stack, person: Salesperson) -> None:
    lines = list(lines_of(stack))
    everything = "".join(read(stack, name) for name in OURS)

    calls = [line for line in lines if line["logger"] == "sync.clients.transport"]
    assert calls
    assert all("request_id" in line or "job_id" in line for line in calls)
    assert not [secret for secret in secrets_of(stack) if secret in everything]
    assert not [name for name in names_in(stack) if name in everything]
    assert person.invoice_of(1) in everything


def test_one_invoice_s_whole_story_can_be_read_by_its_id(stack: Stack, person: Salesperson) -> None:
    invoice_id = person.invoice_of(1)

    story = story_of(stack, invoice_id)

    told = [line["event"] for line in story]
    assert in_order(
        told,
        "intent_written",
        "intent_sent",
        "xero PUT /api.xro/2.0/Invoices answered 200",
        "happened",
        "intent_answered",
        "deal_written",
        *("events_received", "invoices_fetched", "happened", "events_worked_off", "deal_written"),
        *("events_received", "invoices_fetched", "happened", "events_worked_off", "deal_written"),
    ), "\n".join(map(str, story))
    happened = [line for line in story if line["event"] == "happened"]
    assert [(line["verb"], line["side"], line.get("status_from"), line.get("status_to")) for line in happened] == [
        ("created", "pipedrive", None, None),
        ("changed", "xero", "DRAFT", "AUTHORISED"),
        ("changed", "xero", "AUTHORISED", "PAID"),
    ]
    [company_id] = {line["company_id"] for line in happened}
    assert {(line["deal_id"], line["invoice_id"]) for line in happened} == {(1, invoice_id)}
    written = [line for line in story if line["event"] == "deal_written"]
    assert {(line["company_id"], line["deal_id"]) for line in written} == {(company_id, 1)}
    assert all("request_id" in line or "job_id" in line for line in story)


def story_of(stack: Stack, invoice_id: str) -> list[Line]:
    """Read what is told of an invoice, and of the intents about it, in the order in which it happened."""
    lines = sorted(lines_of(stack), key=lambda line: str(line["timestamp"]))
    own = [line for line in lines if names(line, invoice_id)]
    intents = {line["intent_id"] for line in own if "intent_id" in line}
    return [line for line in lines if line in own or line.get("intent_id") in intents]


def names(line: Line, invoice_id: str) -> bool:
    """Whether a line is about an invoice; what happens to be in a text does not count."""
    return invoice_id == line.get("invoice_id") or invoice_id in line.get("invoice_ids", ())


def in_order(told: list[str], *expected: str) -> bool:
    """Whether these are told one after the other, whatever is told between them."""
    left = iter(told)
    return all(any(said == wanted for said in left) for wanted in expected)


def lines_of(stack: Stack) -> Iterator[Line]:
    """Read every line that our processes wrote."""
    for name in OURS:
        yield from (json.loads(line) for line in read(stack, name).splitlines())


def read(stack: Stack, name: str) -> str:
    """Read what a process wrote."""
    return (stack.data / "logs" / f"{name}.log").read_text()


def names_in(stack: Stack) -> list[str]:
    """Everybody's and everything's name in the store that no log has a use for."""
    queries = (
        "SELECT user_name FROM installation",
        "SELECT email FROM installation",
        "SELECT title FROM deal",
        "SELECT contact_name FROM invoice",
        "SELECT number FROM invoice",
        "SELECT name FROM organisation",
    )
    engine = create_engine(f"sqlite:///{stack.data / 'instep.sqlite3'}")
    with engine.connect() as connection:
        return [row[0] for query in queries for row in connection.execute(text(query)) if row[0]]


def secrets_of(stack: Stack) -> list[str]:
    """Every token in the store, opened, and every secret that the launcher made up."""
    settings = json.loads((stack.data / "secrets.json").read_text())
    vault = Vault(keys=tuple(settings["INSTEP_TOKEN_KEYS"].split(",")))
    engine = create_engine(f"sqlite:///{stack.data / 'instep.sqlite3'}")
    with engine.connect() as connection:
        rows = [
            row
            for table in ("installation", "xero_grant")
            for row in connection.execute(text(f"SELECT access_token, refresh_token FROM {table}"))  # noqa: S608 - ours
        ]
    tokens = [vault.open(sealed).reveal() for row in rows for sealed in row]
    assert len(tokens) == 4
    return [*tokens, *(value for name, value in settings.items() if not name.endswith("CLIENT_ID"))]
