"""What an operator's dashboard is drawn from."""

from datetime import timedelta

from sync.operations.figures import figures
from sync.operations.inbox import accept_delivery
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Event
from sync.store.invoices import DealRow
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, TENANT, House


def test_what_waits_is_counted_by_its_source_and_its_age(home: House) -> None:
    accept_delivery(home.core, source="pipedrive", company_id=COMPANY, body=b"{}")
    home.clock.advance(seconds=30)
    home.add_events(["i-1", "i-2"])
    home.clock.advance(seconds=12)

    found = figures(home.core)

    assert found.deliveries_pending == {"pipedrive": 1}
    assert found.events == {("xero", "pending"): 2}
    assert found.oldest_pending == {"pipedrive": 42.0, "xero": 12.0}


def test_the_lag_is_of_the_last_minutes(home: House) -> None:
    now = home.clock()
    home.add_events(["i-1", "i-2", "i-3", "i-4"])
    first, second, third, fourth = (event.event_id for event in home.all(Event))
    home.set(Event, first, state="done", received_at=now - timedelta(minutes=9), worked_at=now - timedelta(minutes=6))
    home.set(Event, second, state="done", received_at=now - timedelta(seconds=9), worked_at=now - timedelta(seconds=5))
    home.set(Event, third, state="done", received_at=now - timedelta(seconds=9), worked_at=now - timedelta(seconds=8))
    home.set(Event, fourth, state="ignored", worked_at=now)

    assert figures(home.core).lags == [1.0, 4.0]


def test_parked_tenants_are_counted_by_their_reason(home: House) -> None:
    soon = home.clock() + timedelta(seconds=9)
    home.set(Organisation, ORGANISATION, parked_until=soon, parked_reason="day")
    home.set(Company, COMPANY, parked_until=soon)
    home.add_company(7, parked_until=home.clock() - timedelta(seconds=1), parked_reason="daily")

    assert figures(home.core).parked == {("xero", "day"): 1, ("pipedrive", "away"): 1}


def test_failures_are_counted_by_their_kind(home: House) -> None:
    home.add_events(["i-1", "i-2"], tenant=TENANT)
    for event in home.all(Event):
        home.set(Event, event.event_id, state="set_aside")
    home.set(DealRow, COMPANY, DEAL, problem_code="pipedrive_busy", problem_since=home.clock())
    home.add_intent("intent-1", state="unknown")
    home.add_intent("intent-2", state="failed")
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, state="lost")
    home.deliver("xero", b"junk")

    assert {kind: number for kind, number in figures(home.core).failures.items() if number} == {
        "event_set_aside": 2,
        "deal_not_written": 1,
        "intent_unknown": 1,
        "intent_failed": 1,
        "connection_lost": 1,
        "delivery_unparseable": 1,
    }
