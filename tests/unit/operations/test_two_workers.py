"""Two workers at once: everything is done, once, and neither is in the other's way."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from sync.core import Core
from sync.operations.inbox import accept_delivery
from sync.operations.outcome import Outcome
from sync.operations.split_deliveries import split_deliveries
from sync.operations.work_off import is_work_due, work_off
from sync.store.accounts import Organisation
from sync.store.database import Database
from sync.store.inbox import Event
from sync.store.invoices import DealRow, InvoiceRecord
from tests.support.waiting import wait_until
from tests.unit.fakes.house import ORGANISATION, TENANT, House

INVOICES = 120
DEALS = 40
OTHERS = 6


@pytest.fixture
def colleague(home: House) -> Iterator[Core]:
    """Another process on the same database."""
    database = Database(url=home.core.database.url)
    yield replace(home.core, database=database)
    database.close()


@pytest.fixture
def full(home: House) -> House:
    """A house in which invoices and deals are entangled, beside organisations with an event each."""
    home.add_fields("status")
    for number in range(DEALS):
        home.add_deal(100 + number)
    ids = [home.add_invoice(deal_id=100 + number % DEALS, Status="PAID") for number in range(INVOICES)]
    home.add_events(ids)
    for number in range(OTHERS):
        tenant = TENANT[:-2] + f"{10 + number}"
        home.add_organisation(f"{ORGANISATION[:-2]}{10 + number}", tenant)
        home.connect(organisation_id=f"{ORGANISATION[:-2]}{10 + number}")
        home.add_events([home.xero.add_invoice()], tenant=tenant)
    return home


def test_two_workers_at_once_do_everything_once(full: House, colleague: Core) -> None:
    with capture_logs() as logs:
        at_once(full.core, colleague)

    assert [line for line in logs if line["event"] in ("turn_failed", "turn_put_off")] == []
    assert set(full.event_states()) == {"done"}
    assert {row.status for row in full.all(InvoiceRecord)} == {"PAID"}
    assert [row.deal_id for row in full.all(DealRow) if row.due_at is not None] == []
    # A deal whose invoices were fetched in two chunks may have been written to in between, but nothing twice.
    written = Counter((call.url, call.body) for call in full.web.calls if call.method == "PATCH")
    assert len({url for url, _ in written}) == DEALS
    assert set(written.values()) == {1}
    assert [row.organisation_id for row in full.all(Organisation) if row.lease_owner] == []


def test_changes_that_come_meanwhile_are_not_lost(full: House, colleague: Core) -> None:
    ids = [row.invoice_id for row in full.all(InvoiceRecord)]
    stopped = threading.Event()

    def keep_changing() -> None:
        for invoice_id in ids[:30]:
            full.clock.advance(milliseconds=1)
            full.xero.change(invoice_id, Status="VOIDED")
            full.add_events([invoice_id])
        stopped.set()

    changes = threading.Thread(target=keep_changing)
    changes.start()
    at_once(full.core, colleague)
    changes.join(timeout=60)
    assert stopped.is_set()
    at_once(full.core, colleague)

    assert not is_work_due(full.core)
    statuses = {row.invoice_id: row.status for row in full.all(InvoiceRecord)}
    assert {statuses[invoice_id] for invoice_id in ids[:30]} == {"VOIDED"}
    for deal in full.all(DealRow):
        there = full.pipedrive.deals[deal.deal_id]["custom_fields"].get("code-status")
        assert there == deal.written.get("code-status")


def test_while_one_takes_deliveries_apart_another_leaves_them_to_it(home: House, colleague: Core) -> None:
    if home.core.database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite lets one write at a time")
    told = {"tenant": TENANT, "category": "INVOICE", "resource_id": str(uuid.UUID(int=1)), "type": "UPDATE"}
    said = {"tenantId": TENANT, "eventCategory": "INVOICE", "resourceId": told["resource_id"], "eventType": "UPDATE"}
    when = {"eventDateUtc": "2026-11-22T10:42:07.250"}
    for number in range(2):
        body = json.dumps({"events": [said | when], "number": number}).encode()
        accept_delivery(home.core, source="xero", company_id=0, body=body)

    with home.core.database.writing() as third, ThreadPoolExecutor() as pool:
        moments = {"happened_at": home.clock(), "received_at": home.clock(), "identity": when["eventDateUtc"]}
        third.add(Event(source="xero", **told, **moments))
        third.flush()
        first = pool.submit(split_deliveries, home.core)
        wait_until(lambda: somebody_waits_for_a_lock(home), seconds=10, what="the first is in the middle")

        assert split_deliveries(colleague) is Outcome.HELD

        third.rollback()
        assert first.result(10) is not Outcome.HELD
    assert home.delivery_states() == ["done", "done"]


def somebody_waits_for_a_lock(home: House) -> bool:
    """Whether a transaction stands still."""
    with home.core.database.reading() as session:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(session.scalar(waiting))


def at_once(*cores: Core) -> None:
    """Let each work off what it finds, all at the same time."""
    start = threading.Barrier(len(cores), timeout=30)

    def work(core: Core) -> None:
        start.wait()
        work_off(core)

    workers = [threading.Thread(target=work, args=(core,)) for core in cores]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
