"""What Xero's webhooks brought is worked off, whatever meets it on its way."""

from contextlib import ExitStack
from datetime import timedelta

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
from tests.unit.fakes.house import COMPANY, DEAL, GRANT, ORGANISATION, House
from tests.unit.fakes.xero_events import RESOURCE, drain, event


def test_an_event_brings_what_has_become_of_the_invoice(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")
    home.deliver("xero", {"events": [event(home, resourceId=invoice_id)]})

    assert drain(home) is Outcome.DONE

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
    assert home.event_states() == ["done"]
    assert home.all(Event)[0].worked_at == home.clock()


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
