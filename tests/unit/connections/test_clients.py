"""Which tokens reach what, for whom."""

from datetime import timedelta

import pytest

from sync.clients.failures import GrantDead
from sync.connections import pipedrive, xero
from sync.errors import Anticipated, ErrorCode
from sync.store.accounts import Connection, Grant
from sync.store.company import Company, Installation
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, GRANT, House


def test_background_work_uses_the_acting_user_s_token(home: House) -> None:
    pipedrive.acting_client(home.core, company_id=COMPANY).get_deal(deal_id=DEAL)

    [call] = home.web.calls
    assert call.headers["Authorization"] == f"Bearer access-{ADMIN}"


def test_a_company_without_an_acting_user_has_no_client(home: House) -> None:
    home.set(Company, COMPANY, acting_user_id=None)

    with pytest.raises(GrantDead):
        pipedrive.acting_client(home.core, company_id=COMPANY)


def test_an_unknown_company_has_no_client(home: House) -> None:
    with pytest.raises(GrantDead):
        pipedrive.client_for(home.core, company_id=404, user_id=ADMIN)


def test_a_token_that_was_just_handed_over_cannot_be_renewed() -> None:
    with pytest.raises(GrantDead):
        pipedrive.KnownToken("fresh").renewed(stale="fresh")


def test_whoever_acts_stays(home: House) -> None:
    home.add_user(COLLEAGUE)
    home.set(Company, COMPANY, acting_user_id=COLLEAGUE)

    assert elected(home) == COLLEAGUE


def test_an_admin_takes_over_before_an_older_colleague(home: House) -> None:
    home.add_user(COLLEAGUE, installed_at=home.clock() - timedelta(days=9))
    home.set(Company, COMPANY, acting_user_id=None)

    assert elected(home) == ADMIN


def test_nobody_is_elected_where_nobody_is_left(home: House) -> None:
    home.set(Installation, COMPANY, ADMIN, state="lapsed")

    assert elected(home) is None


@pytest.mark.parametrize(
    ("state", "code"), [("lost", ErrorCode.XERO_RECONNECT), ("ended", ErrorCode.XERO_NOT_CONNECTED)]
)
def test_a_connection_that_is_gone_says_what_to_do(home: House, state: str, code: ErrorCode) -> None:
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, state=state)

    with pytest.raises(Anticipated) as caught:
        xero.get_active(home.core, company_id=COMPANY)

    assert caught.value.code is code


def test_a_grant_that_lapsed_reaches_nothing(home: House) -> None:
    home.set(Grant, GRANT, state="lapsed")

    with home.core.database.reading() as session:
        assert xero.find_active(session, company_id=COMPANY) is None


def elected(home: House) -> int | None:
    """Hold an election and give who acts."""
    with home.core.database.writing() as session:
        pipedrive.elect_acting(session, company=session.get_one(Company, COMPANY), now=home.clock())
    return home.get(Company, COMPANY).acting_user_id
