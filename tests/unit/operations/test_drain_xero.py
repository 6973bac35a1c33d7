"""What Xero's webhooks brought is worked off: calls grow with the chunks, not with the events."""

import uuid
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.clients.failures import RateLimited
from sync.clients.transport import Response
from sync.errors import ErrorCode
from sync.operations.drain_xero import drain_organisation, due_organisations
from sync.operations.lease import LeaseLost, hold_organisation
from sync.operations.outcome import Outcome
from sync.operations.work_off import work_off
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord
from tests.unit.fakes.core import answers, away, meanwhile
from tests.unit.fakes.house import COMPANY, DEAL, GRANT, ORGANISATION, OTHER_TENANT, TENANT, House

RESOURCE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


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


def test_an_event_brings_what_has_become_of_the_invoice(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")
    home.deliver("xero", {"events": [event(home, resourceId=invoice_id)]})

    assert drain(home) is Outcome.DONE

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
    assert home.event_states() == ["done"]
    assert home.all(Event)[0].worked_at == home.clock()


def test_a_hundred_events_about_one_invoice_are_one_question(home: House) -> None:
    invoice_id = home.add_invoice()
    for second in range(100):
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(seconds=second))]})

    drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 1
    assert home.event_states() == ["done"] * 100


def test_an_invoice_changed_again_and_again_within_a_moment_costs_two_questions(home: House) -> None:
    invoice_id = home.add_invoice()
    for number in range(50):
        home.clock.advance(milliseconds=20)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(milliseconds=number))]})
        drain(home)
    home.clock.advance(milliseconds=500)

    drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 2
    assert home.event_states() == ["done"] * 50


def test_nobody_waits_for_the_end_of_a_burst_that_does_not_end(home: House) -> None:
    invoice_id = home.add_invoice()
    for number in range(50):
        home.clock.advance(milliseconds=200)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(milliseconds=number))]})
        drain(home)

    # Ten seconds: at once, and then every three and a half.
    assert len(home.web.made("GET", "/Invoices")) == 3


def test_an_event_after_a_quiet_moment_is_asked_about_at_once(home: House) -> None:
    invoice_id = home.add_invoice()
    for _ in range(3):
        home.clock.advance(milliseconds=600)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id)]})
        drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 3


def test_two_hundred_invoices_are_asked_for_in_chunks(home: House) -> None:
    home.add_events([str(uuid.UUID(int=number)) for number in range(200)])

    drain(home)

    asked = home.web.made("GET", "/Invoices")
    assert {len(call.params["IDs"].split(",")) for call in asked} == {40}
    assert len(asked) == 5
    assert set(home.event_states()) == {"done"}


def test_a_thousand_events_about_a_thousand_invoices_are_one_look_at_what_changed(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(1000)])

    drain(home)

    assert len(home.web.calls) == 1
    assert set(home.event_states()) == {"done"}


def test_what_a_sweep_does_not_show_is_asked_for_by_its_id(home: House) -> None:
    shown = [home.xero.add_invoice() for _ in range(400)]
    home.add_events([*shown, *(str(uuid.UUID(int=number)) for number in range(600))])

    drain(home)

    by_sweep = [call for call in home.web.calls if "IDs" not in call.params]
    assert len(by_sweep) == 1
    assert len(home.web.calls) == 1 + 600 / 40
    assert set(home.event_states()) == {"done"}


def test_a_sweep_that_xero_refuses_is_not_insisted_on(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(400)])
    home.web.trouble("GET", "/Invoices", answers(400, b'{"Title": "no"}'))

    drain(home)

    assert len(home.web.calls) == 1 + 400 / 40
    assert set(home.event_states()) == {"done"}


def test_a_sweep_that_meets_a_limit_parks_the_organisation(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(400)])
    home.web.trouble("GET", "/Invoices", answers(429, retry_after="60", x_rate_limit_problem="minute"))

    drain(home)

    row = home.get(Organisation, ORGANISATION)
    assert (row.parked_until, row.parked_reason) == (home.clock() + timedelta(minutes=1), "minute")
    assert set(home.event_states()) == {"pending"}


def test_a_sweep_brings_what_has_become_of_the_invoices(home: House) -> None:
    home.clock.advance(seconds=1)
    ids = [home.add_invoice(Status="PAID") for _ in range(3)]
    home.add_events([*ids, *(home.xero.add_invoice() for _ in range(300))])

    drain(home)

    assert {home.get(InvoiceRecord, ORGANISATION, one).status for one in ids} == {"PAID"}
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()


def test_a_limit_that_is_over_in_a_moment_is_not_written_down(home: House) -> None:
    home.add_events([RESOURCE])
    limit = RateLimited(ErrorCode.XERO_BUSY, retry_after=0.2, problem="concurrent")

    def full(_handle: object) -> Response:
        raise limit

    home.web.trouble("GET", "/Invoices", full)

    with pytest.raises(RateLimited):
        drain(home)

    assert home.get(Organisation, ORGANISATION).parked_until is None
    assert home.all(Event)[0].due_at is None
    drain(home)
    assert home.event_states() == ["done"]


def test_a_worker_that_lost_its_lease_while_it_asked_writes_nothing(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")
    home.add_events([invoice_id])

    with ExitStack() as other_worker:

        def take_over() -> None:
            home.clock.advance(seconds=7)
            other_worker.enter_context(hold_organisation(home.core, organisation_id=ORGANISATION))

        home.web.trouble("GET", "/Invoices", meanwhile(take_over))

        with pytest.raises(LeaseLost):
            drain(home)

        assert home.event_states() == ["pending"]
        assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "DRAFT"
        assert home.get(Organisation, ORGANISATION).lease_owner is not None


def test_the_echo_of_our_own_write_costs_no_question(home: House) -> None:
    invoice_id = home.add_invoice()
    home.set(InvoiceRecord, ORGANISATION, invoice_id, own_write_at=home.clock())
    home.deliver("xero", {"events": [event(home, resourceId=invoice_id)]})

    drain(home)

    assert home.web.calls == []
    assert home.event_states() == ["done"]


def test_an_event_after_our_own_write_is_looked_at(home: House) -> None:
    invoice_id = home.add_invoice()
    home.set(InvoiceRecord, ORGANISATION, invoice_id, own_write_at=home.clock())
    home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(milliseconds=1))]})

    drain(home)

    assert len(home.web.calls) == 1


def test_an_event_about_a_contact_costs_no_question(home: House) -> None:
    home.deliver("xero", {"events": [event(home, eventCategory="CONTACT")]})

    drain(home)

    assert home.web.calls == []
    assert home.event_states() == ["done"]


def test_an_event_never_creates_a_deal_or_an_invoice_of_ours(home: House) -> None:
    home.deliver("xero", {"events": [event(home, resourceId=home.xero.add_invoice())]})

    drain(home)

    assert home.all(InvoiceRecord) == []
    assert home.all(DealInvoice) == []
    assert len(home.all(DealRow)) == 1


def test_a_429_parks_the_organisation_and_says_nothing_against_the_events(home: House) -> None:
    home.add_events([RESOURCE])
    home.web.trouble("GET", "/Invoices", answers(429, retry_after="3600"))

    assert drain(home) is Outcome.IGNORED

    [pending] = home.all(Event)
    assert (pending.state, pending.tries) == ("pending", 0)
    assert home.get(Organisation, ORGANISATION).parked_until == home.clock() + timedelta(hours=1)
    assert due_organisations(home.core) == []
    home.clock.advance(hours=1)
    assert due_organisations(home.core) == [ORGANISATION]


def test_a_xero_that_is_away_for_a_day_loses_no_event(home: House) -> None:
    home.keep_tokens_good()
    home.add_events([RESOURCE])
    home.web.trouble("GET", "/Invoices", away, times=24)
    for _ in range(24):
        drain(home)
        home.clock.advance(hours=1)
    assert home.event_states() == ["pending"]

    drain(home)

    assert home.event_states() == ["done"]


def test_a_poisonous_event_is_set_aside_and_the_others_are_done(home: House) -> None:
    home.keep_tokens_good()
    ids = [home.add_invoice() for _ in range(50)]
    home.xero.change(ids[17], Status="OF_NEXT_YEAR")
    home.add_events(ids)

    for _ in range(8):
        drain(home)
        home.clock.advance(minutes=16)

    states = home.event_states()
    assert (states.count("done"), states.count("set_aside")) == (49, 1)
    [aside] = [one for one in home.all(Event) if one.state == "set_aside"]
    assert aside.resource_id == ids[17]
    assert aside.reason


def test_an_invoice_of_ours_that_the_list_leaves_out_is_asked_for(home: House) -> None:
    invoice_id = home.add_invoice(Status="DELETED")
    home.xero.unlisted.add(invoice_id)
    home.add_events([invoice_id, RESOURCE])

    drain(home)

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "DELETED"
    assert len(home.web.calls) == 2


def test_a_lost_connection_ends_the_work_for_the_organisation(home: House) -> None:
    home.add_events([RESOURCE])
    home.web.trouble("GET", "/Invoices", answers(403, b'{"Title": "AuthenticationUnsuccessful"}'))

    work_off(home.core)
    work_off(home.core)

    assert home.event_states() == ["ignored"]
    assert [row.state for row in home.all(Connection)] == ["lost"]


def test_another_company_s_grant_goes_on_where_one_was_lost(home: House) -> None:
    home.add_company(777)
    home.add_user(9, 777)
    home.add(Grant(grant_id="g2", xero_userid="22222222-0000-4000-8000-000000000002", **home.tokens("g2")))
    home.clock.advance(seconds=1)
    other = home.connect(777, grant_id="g2", connected_by=9)
    home.add_events([RESOURCE])
    home.web.trouble("GET", "/Invoices", answers(403, b'{"Title": "AuthenticationUnsuccessful"}'))

    work_off(home.core)
    home.clock.advance(seconds=10)
    work_off(home.core)

    assert home.get(Connection, other).state == "active"
    assert home.event_states() == ["done"]


def test_a_grant_that_lapsed_ends_the_work_for_the_organisation(home: House) -> None:
    home.add_events([RESOURCE])
    home.set(Grant, GRANT, state="lapsed")

    drain(home)

    assert home.event_states() == ["pending"]
    assert home.web.calls == []


def test_an_organisation_that_another_worker_holds_is_passed_over(home: House) -> None:
    home.add_events([RESOURCE])
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        assert due_organisations(home.core) == []
        assert drain_organisation(home.core, organisation_id=ORGANISATION) is Outcome.HELD

    assert home.web.calls == []
    assert home.event_states() == ["pending"]


def test_an_event_that_comes_while_we_look_is_worked_off_as_well(home: House) -> None:
    first, second = home.add_invoice(), home.add_invoice()
    home.add_events([first])
    home.web.trouble("GET", "/Invoices", meanwhile(lambda: home.add_events([second])))

    drain(home)

    assert home.event_states() == ["done", "done"]
    assert len(home.web.made("GET", "/Invoices")) == 2


def event(house: House, *, at: timedelta = timedelta(), **over: Any) -> dict[str, Any]:
    """One event as Xero sends it."""
    moment: datetime = house.clock() + at
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{RESOURCE}",
        "resourceId": RESOURCE,
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        "eventCategory": "INVOICE",
        "eventType": "UPDATE",
        "eventDateUtc": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}",
        **over,
    }


def drain(home: House) -> Outcome:
    """Work the organisation's events off, turn by turn."""
    outcome = Outcome.UNCHANGED
    while due_organisations(home.core):
        outcome = drain_organisation(home.core, organisation_id=ORGANISATION)
        if outcome is Outcome.IGNORED:
            break
    return outcome
