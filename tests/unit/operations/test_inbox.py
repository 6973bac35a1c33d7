"""A delivery is on disk once it is accepted, and what came twice is worked off once."""

from collections import Counter
from datetime import timedelta

from sync.operations.inbox import EventSeed, accept_delivery, add_events, pending_deliveries
from sync.operations.split_deliveries import split_deliveries
from sync.store.inbox import Delivery, Event
from tests.unit.fakes.house import COMPANY, TENANT, House

RESOURCE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


def test_a_delivery_is_kept_as_it_came_and_a_worker_is_woken(house: House) -> None:
    accept_delivery(house.core, source="xero", company_id=0, body=b"\x00not even JSON\xff")

    [row] = house.all(Delivery)
    assert (row.body, row.state, row.received_at) == (b"\x00not even JSON\xff", "pending", house.clock())
    assert house.waker.wakes == 1


def test_the_same_body_twice_is_one_delivery(house: House) -> None:
    for _ in range(2):
        accept_delivery(house.core, source="xero", company_id=0, body=b"{}")

    assert len(house.all(Delivery)) == 1
    assert house.waker.wakes == 2


def test_the_same_body_for_two_companies_is_two_deliveries(house: House) -> None:
    accept_delivery(house.core, source="pipedrive", company_id=1, body=b"{}")
    accept_delivery(house.core, source="pipedrive", company_id=2, body=b"{}")

    assert len(house.all(Delivery)) == 2


def test_an_event_that_is_here_already_is_not_added_again(house: House) -> None:
    add(house, seed(house))
    add(house, seed(house), seed(house))

    assert house.event_states() == ["pending"]


def test_events_with_another_date_are_others(house: House) -> None:
    add(house, seed(house), seed(house, identity="another"))

    assert len(house.all(Event)) == 2


def test_a_repeated_event_that_was_done_stays_done(house: House) -> None:
    worked(house, state="done", worked_at=house.clock() + timedelta(seconds=1))

    add(house, seed(house))

    assert house.event_states() == ["done"]


def test_a_repeated_event_that_is_not_older_than_our_last_look_is_worked_off_again(house: House) -> None:
    worked(house, state="done", worked_at=house.clock())

    add(house, seed(house))

    assert house.event_states() == ["pending"]


def test_a_repeated_event_that_was_set_aside_is_tried_again(house: House) -> None:
    worked(house, state="set_aside", tries=8)

    add(house, seed(house))

    [event] = house.all(Event)
    assert (event.state, event.tries, event.due_at) == ("pending", 0, None)


def test_waiting_deliveries_come_oldest_first_and_never_more_than_wanted(house: House) -> None:
    for number in range(5):
        accept_delivery(house.core, source="pipedrive", company_id=COMPANY, body=b"%d" % number)

    with house.core.database.writing() as session:
        found = pending_deliveries(session, limit=3)

    assert [row.body for row in found] == [b"0", b"1", b"2"]


def seed(house: House, *, identity: str = "now") -> EventSeed:
    """An event about one invoice."""
    return EventSeed(
        tenant=TENANT,
        category="INVOICE",
        resource_id=RESOURCE,
        type="UPDATE",
        identity=identity,
        happened_at=house.clock(),
        received_at=house.clock(),
    )


def add(house: House, *seeds: EventSeed) -> None:
    """Add events."""
    with house.core.database.writing() as session:
        add_events(session, source="xero", seeds=seeds)


def test_one_turn_takes_some_deliveries_apart_and_leaves_the_others_to_the_next(house: House) -> None:
    for number in range(205):
        accept_delivery(house.core, source="xero", company_id=0, body=b'{"events": [], "number": %d}' % number)

    split_deliveries(house.core)
    assert Counter(house.delivery_states()) == {"done": 200, "pending": 5}

    split_deliveries(house.core)
    assert set(house.delivery_states()) == {"done"}


def worked(house: House, **values: object) -> None:
    """An event that was worked on already."""
    add(house, seed(house))
    house.set(Event, house.all(Event)[0].event_id, **values)
