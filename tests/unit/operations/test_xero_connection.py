"""A company connects to a Xero organisation, chooses, and takes leave of it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from sync.clients.failures import GrantDead
from sync.clients.transport import Response
from sync.domain.secret import Secret
from sync.errors import Anticipated, ErrorCode
from sync.operations.setup import SetupStep, show_setup
from sync.operations.tickets import SetupHolder
from sync.operations.xero_connection import (
    ConnectOutcome,
    begin_connect,
    choose_organisation,
    decline_connect,
    disconnect_xero,
    finish_connect,
)
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.company import Audit
from tests.unit.fakes.core import Trouble, some_tokens
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, GRANT, OTHER_TENANT, TENANT, House, take_leave_of_all

XERO_USER = "a0b1c2d3-0000-4b0e-9d43-00000000000f"


@pytest.fixture
def installed(house: House) -> House:
    """A company that has not been to Xero yet."""
    house.add_company()
    house.add_user()
    return house


def test_a_single_organisation_is_chosen_at_once(installed: House) -> None:
    installed.xero.add_connection(TENANT, "Maple Florists")

    outcome = consent(installed)

    [organisation] = installed.all(Organisation)
    assert not outcome.choose
    assert outcome.holder == SetupHolder(company_id=COMPANY, user_id=ADMIN, deal_id=DEAL)
    assert states(installed) == {TENANT: "active"}
    assert (organisation.tenant_id, organisation.base_currency, organisation.short_code) == (TENANT, "NZD", "!mBdtL")
    assert organisation.sweep_due_at == installed.clock()


def test_with_several_organisations_one_has_to_be_chosen_and_the_others_are_left(installed: House) -> None:
    installed.xero.add_connection(TENANT, "Maple Florists")
    installed.xero.add_connection(OTHER_TENANT, "Oak Carpenters")
    assert consent(installed).choose
    view = show_setup(installed.core, company_id=COMPANY, user_id=ADMIN)
    assert (view.step, [one.name for one in view.choices]) == (SetupStep.CHOOSE, ["Maple Florists", "Oak Carpenters"])

    choose_organisation(installed.core, company_id=COMPANY, user_id=ADMIN, organisation_key=view.choices[1].key)

    assert states(installed) == {TENANT: "ending", OTHER_TENANT: "active"}
    assert show_setup(installed.core, company_id=COMPANY, user_id=ADMIN).step is SetupStep.PREFERENCES


def test_an_organisation_that_is_not_on_offer_cannot_be_chosen(home: House) -> None:
    [connection] = home.all(Connection)
    home.add_company(7)

    with pytest.raises(Anticipated) as caught:
        choose_organisation(home.core, company_id=7, user_id=ADMIN, organisation_key=connection.key)

    assert caught.value.code is ErrorCode.LINK_EXPIRED


def test_a_consent_that_reached_no_organisation_says_so(installed: House) -> None:
    with pytest.raises(Anticipated) as caught:
        consent(installed)

    assert caught.value.code is ErrorCode.XERO_NOT_CONNECTED


def test_a_declined_consent_uses_its_state_up_and_goes_back_to_the_setup(installed: House) -> None:
    state = begin(installed)

    assert decline_connect(installed.core, state=state, browser="b").deal_id == DEAL

    with pytest.raises(Anticipated):
        finish_connect(installed.core, code="c", state=state, browser="b")
    assert installed.all(Grant) == []


def test_a_code_that_was_used_before_is_an_expired_link(installed: House) -> None:
    installed.xero_oauth.grants.will_give([GrantDead("used")])

    with pytest.raises(Anticipated) as caught:
        finish_connect(installed.core, code="c", state=begin(installed), browser="b")

    assert caught.value.code is ErrorCode.LINK_EXPIRED


def test_one_xero_user_has_one_grant_however_often_they_consent(installed: House) -> None:
    installed.xero.add_connection(TENANT, "Maple Florists")
    consent(installed)

    consent(installed, number=2)

    [grant] = installed.all(Grant)
    assert installed.core.vault.open(grant.access_token).reveal() == access_token(2)
    assert states(installed) == {TENANT: "active"}


def test_connecting_again_brings_a_lost_connection_back(installed: House) -> None:
    installed.xero.add_connection(TENANT, "Maple Florists")
    consent(installed)
    installed.set(Connection, installed.all(Connection)[0].key, state="lost")
    assert show_setup(installed.core, company_id=COMPANY, user_id=ADMIN).step is SetupStep.CONNECT

    consent(installed, number=2)

    assert states(installed) == {TENANT: "active"}


def test_another_organisation_takes_the_place_of_the_first(installed: House) -> None:
    installed.xero.add_connection(TENANT, "Maple Florists")
    consent(installed)
    installed.xero.connections.clear()
    installed.xero.add_connection(OTHER_TENANT, "Oak Carpenters")

    consent(installed, number=2)

    assert states(installed) == {TENANT: "ending", OTHER_TENANT: "active"}


def test_disconnecting_leaves_the_farewell_to_a_worker(home: House) -> None:
    disconnect_xero(home.core, company_id=COMPANY, user_id=ADMIN)

    assert [row.state for row in home.all(Connection)] == ["ending"]
    assert home.web.calls == []
    assert home.waker.wakes == 1
    assert [row.verb for row in home.all(Audit)] == ["disconnect_xero"]


def test_what_is_left_and_consented_to_again_within_moments_is_connected(home: House) -> None:
    home.set(Grant, GRANT, xero_userid=XERO_USER, refreshed_at=home.clock() - timedelta(minutes=5))
    disconnect_xero(home.core, company_id=COMPANY, user_id=ADMIN)
    state = begin(home)
    home.xero_oauth.grants.will_give([some_tokens(1, access_token=Secret(access_token(1)))])

    def a_worker_comes() -> None:
        take_leave_of_all(home.core)

    # While the person is at Xero, while the tokens are fetched, and before the connections are asked for.
    a_worker_comes()
    home.clock.advance(seconds=61)
    home.xero_oauth.grants.before_answer = a_worker_comes
    home.web.trouble("GET", "/connections", after(a_worker_comes))
    outcome = finish_connect(home.core, code="c", state=state, browser="b")
    home.clock.advance(minutes=3)
    take_leave_of_all(home.core)

    assert not outcome.choose
    assert states(home) == {TENANT: "active"}
    assert len(home.xero.connections) == 1


def test_a_consent_that_nobody_finished_does_not_keep_a_connection_for_ever(home: House) -> None:
    disconnect_xero(home.core, company_id=COMPANY, user_id=ADMIN)
    begin(home)
    take_leave_of_all(home.core)
    assert states(home) == {TENANT: "ending"}

    home.clock.advance(minutes=10)
    take_leave_of_all(home.core)

    assert (states(home), home.xero.connections) == ({TENANT: "ended"}, [])


def after(happens: Callable[[], object]) -> Trouble:
    """Let something happen before the vendor answers."""

    def trouble(handle: Callable[[], Response]) -> Response:
        happens()
        return handle()

    return trouble


def begin(house: House) -> str:
    """Start in the browser `b`; gives the state that went out."""
    address = begin_connect(house.core, company_id=COMPANY, user_id=ADMIN, browser="b", deal_id=DEAL)
    return parse_qs(urlsplit(address).query)["state"][0]


def consent(house: House, *, number: int = 1) -> ConnectOutcome:
    """Consent and come back."""
    house.xero_oauth.grants.will_give([some_tokens(number, access_token=Secret(access_token(number)))])
    return finish_connect(house.core, code="c", state=begin(house), browser="b")


def access_token(number: int) -> str:
    """A token that says who consented."""
    claims = {"xero_userid": XERO_USER, "authentication_event_id": f"event-{number}", "scope": "openid"}
    return jwt.encode(claims, "k" * 32, algorithm="HS256")


def states(house: House) -> dict[str, str]:
    """The state of each connection, by tenant."""
    tenants = {row.organisation_id: row.tenant_id for row in house.all(Organisation)}
    return {tenants[row.organisation_id]: row.state for row in house.all(Connection)}
