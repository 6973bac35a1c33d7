"""A Pipedrive user uninstalls the app; the others go on, and the last one ends all work."""

from datetime import timedelta

from sync.operations.outcome import Outcome
from sync.operations.uninstall import uninstall
from sync.operations.work_off import is_work_due
from sync.store.accounts import Connection, Grant
from sync.store.company import Company, Installation, PipedriveWebhook
from sync.store.invoices import DealAccess, DealRow
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, GRANT, House, take_leave_of_all


def test_an_uninstall_deletes_that_user_s_tokens_and_webhooks_and_leaves_the_other_s(home: House) -> None:
    home.add_user(COLLEAGUE)
    home.add(webhook("of-admin", ADMIN), webhook("of-colleague", COLLEAGUE))

    assert uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None) is Outcome.DONE

    gone, left = home.get(Installation, COMPANY, ADMIN), home.get(Installation, COMPANY, COLLEAGUE)
    assert (gone.state, gone.access_token, gone.refresh_token) == ("ended", "", "")
    assert (left.state, bool(left.access_token)) == ("active", True)
    assert [row.key for row in home.all(PipedriveWebhook)] == ["of-colleague"]


def test_another_user_takes_the_background_work_over_at_once(home: House) -> None:
    home.add_user(COLLEAGUE)

    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)

    company = home.get(Company, COMPANY)
    assert (company.acting_user_id, company.tend_due_at, company.ended_at) == (COLLEAGUE, home.clock(), None)
    assert home.waker.wakes == 1


def test_a_late_uninstall_does_not_kill_a_newer_installation(home: House) -> None:
    before = home.get(Installation, COMPANY, ADMIN).installed_at - timedelta(seconds=1)

    assert uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=before) is Outcome.IGNORED

    assert home.get(Installation, COMPANY, ADMIN).state == "active"


def test_an_uninstall_in_the_same_second_as_the_installation_counts(home: House) -> None:
    at = home.get(Installation, COMPANY, ADMIN).installed_at

    assert uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=at) is Outcome.DONE


def test_of_two_in_one_second_the_moment_decides_where_it_is_told(home: House) -> None:
    installed_at = home.get(Installation, COMPANY, ADMIN).installed_at.replace(microsecond=800_000)
    home.set(Installation, COMPANY, ADMIN, installed_at=installed_at)

    earlier = uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=installed_at - timedelta(milliseconds=200))

    assert earlier is Outcome.IGNORED
    assert home.get(Installation, COMPANY, ADMIN).ended_at is None


def test_a_second_uninstall_and_one_of_a_stranger_change_nothing(home: House) -> None:
    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)

    assert uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None) is Outcome.UNCHANGED
    assert uninstall(home.core, company_id=COMPANY, user_id=404, at=None) is Outcome.UNCHANGED
    assert uninstall(home.core, company_id=404, user_id=ADMIN, at=None) is Outcome.UNCHANGED


def test_the_last_user_ends_the_company_and_its_connection(home: House) -> None:
    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)

    company = home.get(Company, COMPANY)
    assert (company.ended_at, company.acting_user_id, company.tend_due_at) == (home.clock(), None, None)
    assert [row.state for row in home.all(Connection)] == ["ending"]


def test_a_connection_that_xero_had_ended_is_left_as_well_so_that_its_grant_is_revoked(home: House) -> None:
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, state="lost")

    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)
    take_leave_of_all(home.core)

    assert [row.state for row in home.all(Connection)] == ["ended"]
    assert (home.get(Grant, GRANT).state, home.get(Grant, GRANT).refresh_token) == ("ended", "")


def test_nothing_stays_due_for_a_company_that_has_ended(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, state="ended")

    assert not is_work_due(home.core)


def test_what_the_user_might_see_is_forgotten(home: House) -> None:
    home.add(DealAccess(company_id=COMPANY, user_id=ADMIN, deal_id=DEAL, checked_at=home.clock()))

    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=None)

    assert home.all(DealAccess) == []


def webhook(key: str, user_id: int) -> PipedriveWebhook:
    """A registered webhook of a user."""
    return PipedriveWebhook(
        key=key, company_id=COMPANY, user_id=user_id, action="*", entity="deal", username="u", password_hash="h"
    )
