"""Xero is told that a connection has ended, as far as nobody else uses it."""

import pytest

from sync.clients.failures import Unavailable
from sync.errors import ErrorCode
from sync.operations.take_leave import take_leave, take_leave_of_all
from sync.operations.work_off import is_work_due
from sync.store.accounts import Connection, Grant
from tests.unit.fakes.core import answers, away, meanwhile
from tests.unit.fakes.house import GRANT, OTHER_TENANT, House

OTHER = "0a6a5e8e-1111-4b0e-9d43-000000000002"


@pytest.fixture
def leaving(home: House) -> str:
    """The key of a connection that is to end."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, state="ending")
    return connection.key


def test_the_last_connection_is_deleted_and_its_grant_revoked(home: House, leaving: str) -> None:
    take_leave_of_all(home.core)

    grant = home.get(Grant, GRANT)
    assert home.xero.connections == []
    assert home.xero_oauth.grants.revoked == ["refresh-xero"]
    assert (grant.state, grant.access_token, grant.refresh_token) == ("ended", "", "")
    assert home.get(Connection, leaving).state == "ended"


def test_an_organisation_that_another_company_uses_stays_connected(home: House, leaving: str) -> None:
    home.add_company(7)
    home.connect(7)

    take_leave_of_all(home.core)

    assert home.web.made("DELETE", "") == []
    assert home.xero_oauth.grants.revoked == []
    assert home.get(Connection, leaving).state == "ended"


def test_a_grant_that_reaches_another_organisation_is_kept(home: House, leaving: str) -> None:
    home.add_organisation(OTHER, OTHER_TENANT)
    home.connect(organisation_id=OTHER)

    take_leave_of_all(home.core)

    assert [row["tenantId"] for row in home.xero.connections] == [OTHER_TENANT]
    assert home.get(Grant, GRANT).state == "active"


def test_two_connections_of_one_grant_can_both_be_left(home: House, leaving: str) -> None:
    home.add_organisation(OTHER, OTHER_TENANT)
    home.connect(organisation_id=OTHER, state="ending")

    take_leave_of_all(home.core)

    assert [row.state for row in home.all(Connection)] == ["ended", "ended"]
    assert home.xero_oauth.grants.revoked == ["refresh-xero"]


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_gone_at_xero_already_is_as_it_was_wanted(home: House, leaving: str, status: int) -> None:
    home.web.trouble("DELETE", "", answers(status, b'{"Title": "AuthenticationUnsuccessful"}'))

    take_leave_of_all(home.core)

    assert home.get(Connection, leaving).state == "ended"


def test_a_xero_that_is_away_is_told_again_in_a_minute(home: House, leaving: str) -> None:
    home.web.trouble("DELETE", "", away)
    take_leave_of_all(home.core)
    assert home.get(Connection, leaving).state == "ending"
    assert not is_work_due(home.core)

    home.clock.advance(seconds=61)
    assert is_work_due(home.core)
    take_leave_of_all(home.core)

    assert home.get(Connection, leaving).state == "ended"


def test_a_company_that_connects_again_meanwhile_stays_connected(home: House, leaving: str) -> None:
    home.web.trouble("DELETE", "", meanwhile(lambda: home.set(Connection, leaving, state="active")))

    take_leave(home.core, connection_key=leaving)

    assert home.get(Connection, leaving).state == "active"


def test_a_revocation_that_fails_leaves_the_connection_to_the_next_try(home: House, leaving: str) -> None:
    home.xero_oauth.grants.revoke_fails_with = Unavailable(ErrorCode.XERO_UNAVAILABLE)
    take_leave_of_all(home.core)
    assert home.get(Connection, leaving).state == "ending"

    home.xero_oauth.grants.revoke_fails_with = None
    home.clock.advance(seconds=61)
    take_leave_of_all(home.core)

    assert home.get(Grant, GRANT).state == "ended"
