"""A Pipedrive user installs the app."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sync.clients.failures import GrantDead
from sync.clients.pipedrive.oauth import WrongApiDomain
from sync.errors import Anticipated, ErrorCode
from sync.operations.install import begin_install, decline_install, finish_install
from sync.operations.tickets import SetupHolder
from sync.store.company import Audit, Company, Installation
from tests.unit.clients.samples import a_user
from tests.unit.fakes.core import some_tokens
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, House

TOKENS = some_tokens(1, api_domain="https://acme.pipedrive.com")


def test_an_installation_keeps_company_user_and_tokens_and_wakes_a_worker(house: House) -> None:
    holder = install(house)

    company = house.get(Company, COMPANY)
    assert (holder.company_id, holder.user_id, holder.deal_id) == (COMPANY, ADMIN, None)
    assert (company.api_domain, company.acting_user_id) == ("https://acme.pipedrive.com", ADMIN)
    assert company.tend_due_at == house.clock()
    assert house.core.vault.open(installation(house).access_token).reveal() == "access-1"
    assert [row.verb for row in house.all(Audit)] == ["install"]
    assert house.waker.wakes == 1


def test_a_state_is_good_for_one_callback(house: House) -> None:
    state = begin(house)
    decline_install(house.core, state=state, browser="b")

    with pytest.raises(Anticipated):
        finish_install(house.core, code="c", state=state, browser="b")

    assert house.pipedrive_oauth.grants.exchanged == []


def test_a_state_from_another_browser_installs_nothing(house: House) -> None:
    with pytest.raises(Anticipated):
        finish_install(house.core, code="c", state=begin(house), browser="somebody-else")

    assert house.all(Company) == []


def test_a_code_that_was_used_before_is_an_expired_link(house: House) -> None:
    house.pipedrive_oauth.grants.will_give([GrantDead("used")])

    with pytest.raises(Anticipated) as caught:
        finish_install(house.core, code="c", state=begin(house), browser="b")

    assert caught.value.code is ErrorCode.LINK_EXPIRED


def test_tokens_are_never_sent_to_a_host_that_is_not_pipedrive_s(house: House) -> None:
    house.pipedrive_oauth.grants.will_give([some_tokens(1, api_domain="https://evil.example")])

    with pytest.raises(WrongApiDomain):
        finish_install(house.core, code="c", state=begin(house), browser="b")

    assert house.web.calls == []


def test_installing_again_renews_what_is_there(house: House) -> None:
    install(house)
    house.set(Installation, COMPANY, ADMIN, state="lapsed", ended_at=house.clock(), access_token="")
    house.set(Company, COMPANY, ended_at=house.clock(), acting_user_id=None, preferences={"due_days": 30})

    install(house)

    company = house.get(Company, COMPANY)
    assert (installation(house).state, installation(house).ended_at) == ("active", None)
    assert (company.ended_at, company.acting_user_id, company.preferences) == (None, ADMIN, {"due_days": 30})


def test_a_second_user_does_not_take_the_background_work_away(house: House) -> None:
    install(house)
    house.pipedrive.user = a_user(id=COLLEAGUE)

    install(house)

    assert [row.user_id for row in house.all(Installation)] == [ADMIN, COLLEAGUE]
    assert house.get(Company, COMPANY).acting_user_id == ADMIN


def begin(house: House) -> str:
    """Start in the browser `b`; gives the state that went out."""
    address = begin_install(house.core, browser="b")
    return parse_qs(urlsplit(address).query)["state"][0]


def install(house: House) -> SetupHolder:
    """Install from start to end."""
    house.pipedrive_oauth.grants.will_give([TOKENS])
    return finish_install(house.core, code="c", state=begin(house), browser="b")


def installation(house: House) -> Installation:
    """The admin's installation."""
    return house.get(Installation, COMPANY, ADMIN)
