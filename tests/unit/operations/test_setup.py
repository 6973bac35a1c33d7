"""The guided chain says where a company is, and can be taken up again at each step."""

import pytest

from sync.errors import Anticipated, ErrorCode
from sync.operations.setup import SetupStep, SetupView, deal_url, show_setup
from sync.store.accounts import Connection, Grant
from sync.store.company import Company, Installation
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, GRANT, House


def test_the_chain_goes_from_connecting_to_preferences_to_the_end(home: House) -> None:
    connect(home, "ended")
    assert view(home).step is SetupStep.CONNECT
    connect(home, "offered")
    assert view(home).step is SetupStep.CHOOSE
    connect(home, "active")
    assert view(home).step is SetupStep.PREFERENCES

    home.set(Company, COMPANY, preferences_saved_at=home.clock())

    assert view(home).step is SetupStep.DONE


def test_what_there_is_to_choose_from_is_the_organisation_s_own(home: House) -> None:
    assert view(home).offers.accounts == {"200": "Sales"}


def test_a_connection_is_shown_with_who_made_it_and_its_health(home: House) -> None:
    organisation = view(home).organisation
    assert organisation is not None
    assert (organisation.name, organisation.connected_by, organisation.healthy) == ("Maple Florists", "User 1", True)

    home.set(Grant, GRANT, state="lapsed")

    organisation = view(home).organisation
    assert organisation is not None
    assert not organisation.healthy
    assert view(home).step is SetupStep.CONNECT


def test_another_company_s_setup_is_not_shown(home: House) -> None:
    home.add_company(7)

    with pytest.raises(Anticipated) as caught:
        show_setup(home.core, company_id=7, user_id=ADMIN)

    assert caught.value.code is ErrorCode.NOT_INSTALLED


def test_somebody_who_left_sees_no_setup(home: House) -> None:
    home.set(Installation, COMPANY, ADMIN, ended_at=home.clock())

    with pytest.raises(Anticipated):
        view(home)


def test_the_way_back_leads_to_the_deal_or_to_pipedrive(home: House) -> None:
    address = home.get(Company, COMPANY).api_domain

    assert deal_url(home.person(), deal_id=DEAL) == f"{address}/deal/{DEAL}"
    assert deal_url(home.person(), deal_id=None) == address


def view(home: House) -> SetupView:
    """The setup as the admin sees it."""
    return show_setup(home.core, company_id=COMPANY, user_id=ADMIN)


def connect(home: House, state: str) -> None:
    """Put the connection into a state."""
    home.set(Connection, home.all(Connection)[0].key, state=state)
