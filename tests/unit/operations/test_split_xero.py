"""What Xero delivers is taken apart into events; what cannot be read is kept as it came."""

from typing import Any

import pytest

from sync.operations.drain_xero import due_organisations
from sync.store.inbox import Event
from tests.unit.fakes.house import ORGANISATION, OTHER_TENANT, House
from tests.unit.fakes.xero_events import event


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"events": 7}',
        b'{"events": [7]}',
        b'{"events": [{"tenantId": "no-uuid"}]}',
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_a_body_that_cannot_be_read_is_kept_as_it_came_and_marked(house: House, body: bytes) -> None:
    house.deliver("xero", body)

    assert house.delivery_states() == ["unparseable"]
    assert house.all(Event) == []


@pytest.mark.parametrize(
    "over",
    [
        {"eventCategory": "x" * 21},
        {"eventType": "UP\x00DATE"},
        {"eventDateUtc": "0001-01-01T00:00:00+14:00"},
        {"eventDateUtc": "yesterday"},
        {"eventDateUtc": "2026-11-22T10:00:00." + "1" * 90},
        {"resourceId": None},
    ],
)
def test_an_event_that_no_database_can_hold_spoils_only_its_own_delivery(house: House, over: dict[str, Any]) -> None:
    house.deliver("xero", {"events": [event(house, **over)]})
    house.deliver("xero", {"events": [event(house)]})

    assert house.delivery_states() == ["unparseable", "done"]
    assert len(house.all(Event)) == 1


def test_a_delivery_of_no_events_is_done(house: House) -> None:
    house.deliver("xero", {"events": [], "firstEventSequence": 0})

    assert house.delivery_states() == ["done"]


def test_events_of_an_organisation_that_nobody_is_connected_to_are_ignored(home: House) -> None:
    home.deliver("xero", {"events": [event(home, tenantId=OTHER_TENANT), event(home)]})

    assert sorted(home.event_states()) == ["ignored", "pending"]
    assert due_organisations(home.core) == [ORGANISATION]
