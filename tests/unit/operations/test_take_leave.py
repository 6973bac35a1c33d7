"""Xero is told that a connection has ended, as far as nobody else uses it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sync.clients.failures import Unavailable
from sync.connections.keeper import seal_tokens
from sync.domain.secret import Secret
from sync.errors import ErrorCode
from sync.operations.take_leave import take_leave
from sync.operations.work_off import is_work_due
from sync.store.accounts import Connection, Grant
from tests.unit.fakes.core import FakeXeroOAuth, answers, away, meanwhile, some_tokens
from tests.unit.fakes.house import GRANT, OTHER_TENANT, House, take_leave_of_all

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


def test_a_consent_whose_connections_are_still_asked_for_keeps_its_tokens_and_its_connection(
    home: House, leaving: str
) -> None:
    home.clock.advance(seconds=1)
    consent_again(home)

    take_leave_of_all(home.core)

    assert (home.web.made("DELETE", ""), home.xero_oauth.grants.revoked) == ([], [])
    assert (home.get(Grant, GRANT).state, home.get(Connection, leaving).state) == ("active", "ending")


def test_a_consent_that_came_to_nothing_is_revoked_when_its_time_is_over(home: House, leaving: str) -> None:
    home.clock.advance(seconds=1)
    consent_again(home)
    home.clock.advance(minutes=2)

    take_leave_of_all(home.core)

    assert home.xero_oauth.grants.revoked == ["refresh-9"]
    assert home.get(Connection, leaving).state == "ended"


def test_a_consent_while_xero_is_told_keeps_its_tokens(home: House, leaving: str) -> None:
    home.clock.advance(seconds=1)
    home.web.trouble("DELETE", "", meanwhile(lambda: consent_again(home)))

    take_leave_of_all(home.core)

    assert home.xero_oauth.grants.revoked == []
    assert home.core.vault.open(home.get(Grant, GRANT).refresh_token).reveal() == "refresh-9"


def test_a_consent_while_the_old_token_is_revoked_keeps_its_tokens(home: House, leaving: str) -> None:
    slow = SlowToRevoke(lambda: consent_again(home))

    take_leave_of_all(replace(home.core, xero_oauth=slow))

    grant = home.get(Grant, GRANT)
    assert slow.grants.revoked == ["refresh-xero"]
    assert (grant.state, home.core.vault.open(grant.refresh_token).reveal()) == ("active", "refresh-9")


def test_a_token_that_was_refreshed_on_the_way_is_revoked_a_little_later(home: House, leaving: str) -> None:
    home.xero_oauth.grants.will_give([some_tokens(2)])
    home.clock.advance(minutes=31)
    take_leave_of_all(home.core)
    assert (home.xero.connections, home.xero_oauth.grants.revoked) == ([], [])

    home.clock.advance(minutes=2)
    take_leave_of_all(home.core)

    assert home.xero_oauth.grants.revoked == ["refresh-2"]
    assert home.get(Connection, leaving).state == "ended"


def test_a_seal_that_no_key_opens_does_not_keep_the_others_from_leaving(home: House, leaving: str) -> None:
    home.add_company(7)
    home.add_organisation(OTHER, OTHER_TENANT)
    home.add_grant("another")
    other = home.connect(7, OTHER, grant_id="another", state="ending")
    home.set(Grant, GRANT, access_token="sealed elsewhere")

    take_leave_of_all(home.core)

    assert (home.get(Connection, leaving).state, home.get(Connection, other).state) == ("ending", "ended")
    assert not is_work_due(home.core)


class SlowToRevoke(FakeXeroOAuth):
    """Something else happens while a token is being revoked."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self._happens = happens

    def revoke(self, *, refresh_token: Secret) -> None:
        """Remember what was revoked, after the other thing."""
        self._happens()
        super().revoke(refresh_token=refresh_token)


def consent_again(home: House) -> None:
    """The Xero user consents: the tokens are stored, and the connections are still to be asked for."""
    with home.core.database.writing() as session:
        seal_tokens(home.core, row=session.get_one(Grant, GRANT), tokens=some_tokens(9))
