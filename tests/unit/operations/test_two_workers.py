"""Two workers at once: everything is done, once, and neither is in the other's way."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from sync.core import Core
from sync.operations.work_off import is_work_due, work_off
from sync.store.accounts import Organisation
from sync.store.database import Database
from sync.store.invoices import DealRow, InvoiceRecord
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
