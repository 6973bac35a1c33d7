"""What has had its day is thrown away, and tokens that would lapse are used."""

import pytest
from sqlalchemy import update

from sync.clients.failures import Unavailable
from sync.errors import ErrorCode
from sync.operations.keep_house import keep_house
from sync.operations.tickets import Purpose, TicketHolder, issue
from sync.store.accounts import Connection, Grant
from sync.store.company import Installation, Ticket
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealAccess, HalfWritten, Intent
from tests.unit.fakes.core import some_tokens
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, GRANT, ORGANISATION, House

INTENT = "11111111-0000-4000-8000-000000000001"
OTHER_GRANT = "0a6a5e8e-2222-4b0e-9d43-000000000002"
RESOURCE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


@pytest.fixture(autouse=True)
def vendors_refresh(home: House) -> None:
    """Both vendors give new tokens."""
    home.xero_oauth.grants.will_give([some_tokens(2)])
    home.pipedrive_oauth.grants.will_give([some_tokens(2)])


def test_what_is_young_stays(home: House) -> None:
    fill(home, state="done")

    keep_house(home.core)

    for table in (Ticket, DealAccess, HalfWritten, Intent, Delivery, Event):
        assert len(home.all(table)) == 1
    assert home.xero_oauth.grants.refreshed == home.pipedrive_oauth.grants.refreshed == []


def test_what_is_old_goes(home: House) -> None:
    fill(home, state="done")
    home.clock.advance(days=34)

    keep_house(home.core)

    for table in (Ticket, DealAccess, HalfWritten, Intent, Delivery, Event):
        assert home.all(table) == []


def test_what_is_old_goes_however_much_it_is(home: House) -> None:
    home.add_events([f"resource-{number}" for number in range(1001)])
    with home.core.database.writing() as session:
        session.execute(update(Event).values(state="done"))
    home.clock.advance(days=34)

    keep_house(home.core)

    assert home.all(Event) == []


def test_events_are_recognised_for_longer_than_xero_repeats_them(home: House) -> None:
    fill(home, state="done")
    home.clock.advance(days=32)

    keep_house(home.core)

    assert len(home.all(Event)) == len(home.all(Delivery)) == 1


def test_what_is_not_worked_off_stays_however_old_it_is(home: House) -> None:
    fill(home, state="pending")
    home.set(Intent, INTENT, state="unknown")
    home.clock.advance(days=400)

    keep_house(home.core)

    for table in (Intent, Delivery, Event):
        assert len(home.all(table)) == 1


def test_tokens_that_nobody_used_for_two_weeks_are_refreshed(home: House) -> None:
    home.clock.advance(days=15)

    keep_house(home.core)
    keep_house(home.core)

    assert home.xero_oauth.grants.refreshed == ["refresh-xero"]
    assert home.pipedrive_oauth.grants.refreshed == [f"refresh-{ADMIN}"]


def test_a_vendor_that_is_away_does_not_keep_the_other_tokens_from_being_refreshed(home: House) -> None:
    home.xero_oauth.grants.answers[:] = [Unavailable(ErrorCode.XERO_UNAVAILABLE)]
    home.clock.advance(days=15)

    keep_house(home.core)

    assert home.get(Grant, GRANT).state == "active"
    assert home.get(Installation, COMPANY, ADMIN).refreshed_at == home.clock()


def test_a_grant_that_died_unseen_is_marked(home: House) -> None:
    home.xero_oauth.grants.answers.clear()
    home.clock.advance(days=61)

    keep_house(home.core)

    assert home.get(Grant, GRANT).state == "lapsed"


def test_a_seal_that_no_key_opens_does_not_keep_the_others_from_being_refreshed(home: House) -> None:
    home.set(Grant, GRANT, access_token="sealed elsewhere")
    home.clock.advance(days=15)

    keep_house(home.core)

    assert home.pipedrive_oauth.grants.refreshed == [f"refresh-{ADMIN}"]


@pytest.mark.parametrize(("state", "refreshed"), [("offered", 1), ("active", 1), ("ending", 0), ("lost", 0)])
def test_only_a_grant_with_a_living_connection_is_kept_alive(home: House, state: str, refreshed: int) -> None:
    home.set(Connection, home.all(Connection)[0].key, state=state)
    home.clock.advance(days=15)

    keep_house(home.core)

    assert len(home.xero_oauth.grants.refreshed) == refreshed
    assert home.get(Grant, GRANT).state == "active"


def test_a_grant_whose_connection_moved_to_another_is_revoked_after_an_hour(home: House) -> None:
    home.add_grant(OTHER_GRANT)
    home.set(Connection, home.all(Connection)[0].key, grant_id=OTHER_GRANT)
    home.clock.advance(minutes=59)
    keep_house(home.core)
    assert home.get(Grant, GRANT).state == "active"

    home.clock.advance(minutes=2)
    keep_house(home.core)

    left, kept = home.get(Grant, GRANT), home.get(Grant, OTHER_GRANT)
    assert (left.state, left.access_token, left.refresh_token) == ("ended", "", "")
    assert (kept.state, home.xero_oauth.grants.revoked) == ("active", ["refresh-xero"])


def test_an_orphaned_grant_that_cannot_be_revoked_now_is_revoked_the_next_time(home: House) -> None:
    home.set(Connection, home.all(Connection)[0].key, state="ended")
    home.clock.advance(hours=2)
    home.xero_oauth.grants.revoke_fails_with = Unavailable(ErrorCode.XERO_UNAVAILABLE)
    keep_house(home.core)
    assert home.get(Grant, GRANT).refresh_token

    home.xero_oauth.grants.revoke_fails_with = None
    keep_house(home.core)

    assert home.get(Grant, GRANT).state == "ended"


def fill(home: House, *, state: str) -> None:
    """One of each thing that has its day."""
    issue(home.core, purpose=Purpose.INSTALL, holder=TicketHolder())
    home.add(DealAccess(company_id=COMPANY, user_id=ADMIN, deal_id=DEAL, checked_at=home.clock()))
    half = {"company_id": COMPANY, "user_id": ADMIN, "deal_id": DEAL, "organisation_id": ORGANISATION}
    home.add(HalfWritten(**half, content={}, saved_at=home.clock()))
    home.add_intent(INTENT)
    home.add_events([RESOURCE])
    home.set(Event, home.all(Event)[0].event_id, state=state)
    home.deliver("xero", b"{}")
    home.set(Delivery, home.all(Delivery)[0].delivery_id, state=state)
