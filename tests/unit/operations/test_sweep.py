"""The net under lost webhooks: eight times a day, what changed since the last look is fetched."""

from datetime import timedelta

import pytest

from sync.connections.xero import get_active
from sync.domain.rounds import next_round
from sync.errors import Anticipated, ErrorCode
from sync.operations.lease import hold_organisation
from sync.operations.outcome import Outcome
from sync.operations.sweep import EVERY, due_to_sweep, sweep_organisation
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.core import answers, away, meanwhile
from tests.unit.fakes.house import COMPANY, DEAL, GRANT, ORGANISATION, House
from tests.unit.fakes.xero import xero_date

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def due(home: House) -> None:
    """The organisation was looked through an hour ago."""
    home.keep_tokens_good()
    home.set(Organisation, ORGANISATION, sweep_due_at=home.clock(), swept_to=home.clock() - HOUR)


def test_every_organisation_has_its_own_round(home: House) -> None:
    sweep(home)

    due = organisation(home).sweep_due_at
    assert due == next_round(key=ORGANISATION, after=home.clock(), every=EVERY)
    assert timedelta() < due - home.clock() <= EVERY


def test_a_change_whose_webhook_was_lost_is_found(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")

    assert sweep(home) is Outcome.DONE

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
    assert organisation(home).swept_to == home.clock()


def test_a_sweep_overlaps_the_one_before(home: House) -> None:
    sweep(home)

    [call] = home.web.made("GET", "/Invoices")
    assert call.headers["If-Modified-Since"] == "2026-11-22T09:37:07"


def test_the_first_sweep_has_nothing_to_look_for(home: House) -> None:
    home.set(Organisation, ORGANISATION, swept_to=None)

    assert sweep(home) is Outcome.DONE

    assert home.web.calls == []
    assert organisation(home).swept_to == home.clock()


def test_what_changes_during_a_sweep_is_in_the_next(home: House) -> None:
    started = home.clock()
    home.web.trouble("GET", "/Invoices", meanwhile(lambda: home.clock.advance(minutes=3)))

    sweep(home)

    assert organisation(home).swept_to == started


def test_many_pages_are_read_to_the_end(home: House) -> None:
    for _ in range(1001):
        home.xero.add_invoice()

    sweep(home)

    assert [call.params["page"] for call in home.web.made("GET", "/Invoices")] == ["1", "2"]


def test_an_invoice_that_hangs_on_no_deal_is_left_alone(home: House) -> None:
    home.xero.add_invoice()

    sweep(home)

    assert home.all(InvoiceRecord) == []


def test_a_xero_that_is_away_is_asked_again_from_where_we_were(home: House) -> None:
    home.web.trouble("GET", "/Invoices", away)

    assert sweep(home) is Outcome.IGNORED

    assert organisation(home).swept_to == home.clock() - HOUR
    assert organisation(home).sweep_due_at == home.clock() + timedelta(minutes=5)


def test_what_cannot_be_read_is_asked_for_no_more_often_than_at_idle(home: House) -> None:
    home.web.trouble("GET", "/Invoices", answers(200, b"<html>"))

    assert sweep(home) is Outcome.IGNORED

    assert organisation(home).sweep_due_at == home.clock() + EVERY


def test_a_limit_is_waited_out(home: House) -> None:
    home.web.trouble("GET", "/Invoices", answers(429, retry_after="4000"))

    sweep(home)

    assert organisation(home).sweep_due_at == home.clock() + timedelta(seconds=4000)


def test_a_lost_connection_is_marked(home: House) -> None:
    home.web.trouble("GET", "/Invoices", answers(403, b'{"Title": "AuthenticationUnsuccessful"}'))

    assert sweep(home) is Outcome.IGNORED

    assert [row.state for row in home.all(Connection)] == ["lost"]


def test_an_organisation_that_nobody_reaches_is_not_swept_any_more(home: House) -> None:
    home.set(Grant, GRANT, state="lapsed")

    assert sweep(home) is Outcome.IGNORED

    assert due_to_sweep(home.core) == []


def test_whoever_was_connected_by_a_grant_that_died_is_told_to_reconnect(home: House) -> None:
    home.set(Grant, GRANT, state="lapsed")

    sweep(home)

    with pytest.raises(Anticipated) as caught:
        get_active(home.core, company_id=COMPANY)
    assert caught.value.code is ErrorCode.XERO_RECONNECT


def test_where_webhooks_are_missed_the_looks_come_sooner_and_then_later_and_later(home: House) -> None:
    home.clock.moment = next_round(key=ORGANISATION, after=home.clock(), every=EVERY)
    home.keep_tokens_good()
    missed(home)

    for minutes in (10, 10, 20, 40):
        assert organisation(home).sweep_due_at == home.clock() + timedelta(minutes=minutes)
        home.clock.advance(minutes=minutes)
        sweep(home)


def test_each_miss_brings_the_next_look_near_again(home: House) -> None:
    missed(home)
    home.clock.advance(minutes=50)

    missed(home)

    assert organisation(home).sweep_due_at == home.clock() + timedelta(minutes=10)


def test_a_change_of_this_moment_may_still_be_told_by_a_webhook(home: House) -> None:
    home.xero.change(home.add_invoice(), Status="PAID")
    home.clock.advance(seconds=30)

    sweep(home)

    assert organisation(home).missed_at is None


def test_a_sweep_that_is_cut_short_goes_on_where_it_was(home: House) -> None:
    since = home.clock() - HOUR
    for minutes in range(1001):
        home.xero.add_invoice(UpdatedDateUTC=xero_date(since + timedelta(seconds=minutes)))
    home.web.trouble("GET", "/Invoices", lambda handle: handle())
    home.web.trouble("GET", "/Invoices", away)

    assert sweep(home) is Outcome.IGNORED

    assert organisation(home).swept_to == since + timedelta(seconds=999)


def test_an_organisation_that_another_worker_holds_is_passed_over(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        assert sweep(home) is Outcome.HELD

    assert home.web.calls == []


@pytest.mark.parametrize(("parked", "found"), [(HOUR, []), (timedelta(), [ORGANISATION])])
def test_a_parked_organisation_is_not_due(home: House, parked: timedelta, found: list[str]) -> None:
    home.set(Organisation, ORGANISATION, parked_until=home.clock() + parked)

    assert due_to_sweep(home.core) == found


def sweep(home: House) -> Outcome:
    """Sweep the organisation."""
    return sweep_organisation(home.core, organisation_id=ORGANISATION)


def missed(home: House) -> None:
    """A change is found by a sweep that no webhook told of."""
    home.set(Organisation, ORGANISATION, missed_at=None)
    home.xero.change(home.add_invoice(), Status="PAID")
    home.clock.advance(minutes=3)
    sweep(home)


def organisation(home: House) -> Organisation:
    """The organisation as it is now."""
    return home.get(Organisation, ORGANISATION)
