"""What the processes write: a JSON object a line, with the id of its request or job, and no secret in any of them."""

import json

from sqlalchemy import create_engine, text

from sync.store.vault import Vault
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.vendors import Bookkeeper
from tests.support.waiting import wait_until

OURS = ("web", "worker", "clock", "migrate")


def test_logs_are_json_with_ids_and_hold_no_secret(stack: Stack) -> None:
    person = set_up(stack)
    person.create(deal_id=1).raise_for_status()
    Bookkeeper(stack.xero_url).act(person.invoice_of(1), "approve")
    wait_until(lambda: "Awaiting payment" in person.panel(1), seconds=10, what="the approval shows")

    lines = [json.loads(line) for name in OURS for line in read(stack, name).splitlines()]

    calls = [line for line in lines if line["logger"] == "sync.clients.transport"]
    assert calls
    assert all("request_id" in line or "job_id" in line for line in calls)
    everything = "".join(read(stack, name) for name in OURS)
    assert not [secret for secret in secrets_of(stack) if secret in everything]


def read(stack: Stack, name: str) -> str:
    return (stack.data / "logs" / f"{name}.log").read_text()


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
