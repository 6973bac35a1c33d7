"""What people write into a field of ours is put right, and not for ever; what we write ourselves is no news."""

from typing import Any

import pytest

from sync.operations.drain_pipedrive import drain_company
from sync.operations.push_deals import push_deals
from sync.store.inbox import Event
from sync.store.invoices import DealRow
from tests.unit.fakes.house import COMPANY, DEAL, House
from tests.unit.fakes.rules import tell

STATUS, NUMBER = "code-status", "code-number"


@pytest.fixture
def filled(home: House) -> House:
    """A house whose deal has had its fields written."""
    home.keep_tokens_good()
    home.add_fields("status", "number")
    home.add_invoice(Status="DRAFT")
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    push_deals(home.core, company_id=COMPANY)
    assert written(home) == {STATUS: 1, NUMBER: "INV-1"}
    return home


def test_a_field_that_somebody_typed_into_is_put_right(filled: House) -> None:
    edit(filled, NUMBER, "INV-9999")
    assert deal(filled).due_at == filled.clock()

    push_deals(filled.core, company_id=COMPANY)

    assert fields(filled)[NUMBER] == "INV-1"


def test_an_option_that_somebody_chose_is_put_right(filled: House) -> None:
    edit(filled, STATUS, 6)

    push_deals(filled.core, company_id=COMPANY)

    assert fields(filled)[STATUS] == 1


def test_what_comes_by_the_api_is_our_own_and_costs_nothing(filled: House) -> None:
    filled.web.calls.clear()

    tell(filled, "change", previous={"custom_fields": {STATUS: None}}, change_source="api")

    assert (filled.web.calls, filled.all(Event)) == ([], [])


def test_a_field_of_somebody_else_s_is_nobody_s_business(filled: House) -> None:
    filled.web.calls.clear()

    tell(filled, "change", previous={"custom_fields": {"other": None}}, change_source="app")
    tell(filled, "change", 77, previous={"custom_fields": {STATUS: None}}, change_source="app")

    assert (filled.web.calls, filled.all(Event)) == ([], [])


def test_whoever_goes_on_typing_is_left_to_the_hourly_look(filled: House) -> None:
    for number in range(5):
        edit(filled, NUMBER, f"INV-{number}0")

    assert len([event for event in filled.all(Event) if event.type == "edit"]) == 3
    filled.clock.advance(minutes=61)
    edit(filled, NUMBER, "INV-77")
    assert len([event for event in filled.all(Event) if event.type == "edit"]) == 4


def test_a_field_that_was_put_back_by_hand_is_written_no_more(filled: House) -> None:
    tell(filled, "change", previous={"custom_fields": {NUMBER: {"value": "x"}}}, change_source="app")

    assert deal(filled).due_at is None


def test_many_events_of_one_deal_are_one_look(filled: House) -> None:
    filled.pipedrive.change(DEAL, title="Newest")
    for number in range(5):
        body = {
            "meta": {
                "action": "change",
                "entity": "deal",
                "company_id": str(COMPANY),
                "entity_id": str(DEAL),
                "id": f"burst-{number}",
                "timestamp": "2026-11-22T10:42:00Z",
            },
            "data": {"title": f"Title {number}"},
            "previous": {"title": "Before"},
        }
        filled.deliver("pipedrive", body)
    filled.web.calls.clear()

    drain_company(filled.core, company_id=COMPANY)

    assert (len(filled.web.calls), deal(filled).title) == (1, "Newest")
    assert {event.state for event in filled.all(Event)} == {"done"}


def edit(house: House, code: str, value: object) -> None:
    """Somebody writes into a field of ours on Pipedrive's page."""
    house.pipedrive.deals[DEAL]["custom_fields"][code] = value
    tell(house, "change", previous={"custom_fields": {code: {"value": "before"}}}, change_source="app")


def deal(house: House) -> DealRow:
    return house.get(DealRow, COMPANY, DEAL)


def written(house: House) -> dict[str, Any]:
    return deal(house).written


def fields(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.pipedrive.deals[DEAL]["custom_fields"]
    return found
