"""A worker finds everything that is due, and the clock wakes nobody for what is not."""

import uuid
from datetime import datetime, timedelta

import pytest

from sync.operations.work_off import is_work_due, work_off
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, OTHER_TENANT, TENANT, House

INTENT = "11111111-0000-4000-8000-000000000001"
OTHER = "0a6a5e8e-1111-4b0e-9d43-000000000002"
LATER = timedelta(hours=1)


def test_nothing_is_due_in_a_quiet_house(home: House) -> None:
    home.add_intent(INTENT)

    assert not is_work_due(home.core)


def test_a_delivery_is_due(home: House) -> None:
    home.add(delivery(home))

    assert is_work_due(home.core)


def test_an_event_is_due_unless_it_was_put_off(home: House) -> None:
    home.add_events(["5e1d0f5e-0000-4b0e-9d43-000000000001"])
    assert is_work_due(home.core)

    home.set(Event, home.all(Event)[0].event_id, due_at=home.clock() + LATER)

    assert not is_work_due(home.core)


@pytest.mark.parametrize(
    ("table", "key", "column"),
    [
        (DealRow, (COMPANY, DEAL), "due_at"),
        (Company, (COMPANY,), "tend_due_at"),
        (Organisation, (ORGANISATION,), "sweep_due_at"),
    ],
)
def test_a_row_is_due_from_its_time_on(
    home: House, table: type[DealRow | Company | Organisation], key: tuple[object, ...], column: str
) -> None:
    home.set(table, *key, **{column: home.clock() + LATER})
    assert not is_work_due(home.core)

    home.clock.advance(hours=1)

    assert is_work_due(home.core)


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_an_intent_without_an_answer_is_due_from_its_time_on(home: House, state: str) -> None:
    home.add_intent(INTENT, state=state, due_at=home.clock() + LATER)
    assert not is_work_due(home.core)

    home.clock.advance(hours=1)

    assert is_work_due(home.core)


def test_a_farewell_is_due(home: House) -> None:
    home.set(Connection, home.all(Connection)[0].key, state="ending")

    assert is_work_due(home.core)


def test_a_parked_organisation_wakes_nobody(home: House) -> None:
    home.add_events(["5e1d0f5e-0000-4b0e-9d43-000000000001"])
    home.set(Organisation, ORGANISATION, parked_until=home.clock() + LATER, sweep_due_at=home.clock())
    assert not is_work_due(home.core)

    home.clock.advance(hours=1)

    assert is_work_due(home.core)


def test_a_parked_company_wakes_nobody(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    home.set(Company, COMPANY, parked_until=home.clock() + LATER)

    assert not is_work_due(home.core)


def test_one_pass_takes_a_payment_from_the_delivery_to_the_deal(home: House) -> None:
    home.add_fields("status", "paid")
    invoice_id = home.add_invoice(Status="PAID", AmountPaid=46.06, AmountDue=0)
    home.add(delivery(home, event_of(invoice_id, home.clock())))

    work_off(home.core)

    assert home.delivery_states() == ["done"]
    assert home.event_states() == ["done"]
    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert home.pipedrive.deals[DEAL]["custom_fields"]["code-status"] == 4
    assert not is_work_due(home.core)


def test_an_event_that_changes_nothing_costs_one_question_and_writes_nothing(home: House) -> None:
    home.add_fields("status", "paid")
    invoice_id = home.add_invoice(Status="PAID", AmountPaid=46.06, AmountDue=0)
    home.add(delivery(home, event_of(invoice_id, home.clock())))
    work_off(home.core)
    revision = home.get(DealRow, COMPANY, DEAL).revision
    home.web.calls.clear()
    home.clock.advance(minutes=1)
    home.deliver("xero", event_of(invoice_id, home.clock()).encode())

    work_off(home.core)

    assert [call.method for call in home.web.calls] == ["GET"]
    assert home.get(DealRow, COMPANY, DEAL).revision == revision
    assert home.event_states() == ["done", "done"]


def test_one_event_is_worked_off_beside_an_organisation_with_thousands(home: House) -> None:
    home.add_organisation(OTHER, OTHER_TENANT)
    home.connect(organisation_id=OTHER)
    home.add_events([str(uuid.UUID(int=number)) for number in range(1000)])
    home.add_events([home.xero.add_invoice()], tenant=OTHER_TENANT)

    work_off(home.core)

    asked = [call.headers["xero-tenant-id"] for call in home.web.made("GET", "/Invoices")]
    assert len(asked) == 27
    # Beside the sweep of the other, and what began at the same time.
    assert asked.index(OTHER_TENANT) < 6


def test_a_pass_that_was_killed_can_run_again(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")
    home.add(delivery(home, event_of(invoice_id, home.clock())))
    work_off(home.core)
    [event] = home.all(Event)
    home.set(Event, event.event_id, state="pending")
    revision = home.get(DealRow, COMPANY, DEAL).revision

    work_off(home.core)

    assert home.event_states() == ["done"]
    assert home.get(DealRow, COMPANY, DEAL).revision == revision


def delivery(home: House, body: str = '{"events": []}') -> Delivery:
    """A delivery that waits."""
    return Delivery(
        source="xero", company_id=0, body_hash="h", body=body.encode(), received_at=home.clock(), state="pending"
    )


def event_of(invoice_id: str, at: datetime) -> str:
    """A body as Xero sends it."""
    return (
        f'{{"events": [{{"tenantId": "{TENANT}", "eventCategory": "INVOICE", "eventType": "UPDATE",'
        f' "resourceId": "{invoice_id}", "eventDateUtc": "{at:%Y-%m-%dT%H:%M:%S}.100"}}]}}'
    )
