"""The guided way at the top level."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template
from flask.testing import FlaskClient

from sync.core import Core
from sync.operations.identity import person_of
from sync.operations.preferences import Defaults
from sync.operations.setup import SetupStep, SetupView
from sync.operations.tickets import issue_setup_ticket
from tests.unit.marketplace.conftest import COMPANY, DEAL, USER
from tests.unit.marketplace.examples import ORGANISATION, SETUP, SETUP_STEPS


@pytest.fixture
def visitor(client: FlaskClient, core: Core) -> FlaskClient:
    """A browser that came from the deal by a ticket."""
    person = person_of(core, company_id=COMPANY, user_id=USER)
    client.get(f"/setup?ticket={issue_setup_ticket(core, person=person, deal_id=DEAL)}")
    return client


@pytest.mark.parametrize("step", [step for step in SetupStep if step is not SetupStep.PREFERENCES])
def test_every_step_has_one_main_action(app: Flask, step: SetupStep) -> None:
    page = _drawn(app, view=SETUP_STEPS[step], shown=step.value)

    assert page.count("button primary") == 1
    assert page.count("aria-current=step") == 1


def test_the_way_back_leads_to_the_deal(visitor: FlaskClient) -> None:
    assert "https://nordlicht.pipedrive.com/deal/42" in visitor.get("/setup").text


def test_connecting_stays_in_the_tab_and_carries_a_state(visitor: FlaskClient) -> None:
    answer = visitor.post("/xero/connect")

    assert answer.status_code == 303
    assert answer.location.startswith("https://login.xero.com/identity/connect/authorize?")
    assert "state=" in answer.location


def test_a_declined_connection_leads_back_to_the_step(visitor: FlaskClient) -> None:
    state = visitor.post("/xero/connect").location.split("state=")[1].split("&")[0]

    answer = visitor.get("/xero/callback", query_string={"error": "access_denied", "state": state})

    assert answer.location == "/setup?notice=consent_declined"
    assert "Nothing was connected" in visitor.get(answer.location).text


def test_a_state_is_no_good_in_another_browser(app: Flask, visitor: FlaskClient) -> None:
    state = visitor.post("/xero/connect").location.split("state=")[1].split("&")[0]
    stranger = app.test_client()
    stranger.environ_base["wsgi.url_scheme"] = "https"

    answer = stranger.get("/xero/callback", query_string={"error": "access_denied", "state": state})

    assert answer.location == "/?notice=link_expired"


def test_what_cannot_be_disconnected_by_this_person_says_who_can(app: Flask) -> None:
    theirs = replace(SETUP, organisation=replace(ORGANISATION, may_disconnect=False))

    assert "button negative" in _drawn(app, shown="disconnect")
    page = _drawn(app, view=theirs, shown="disconnect")
    assert "button negative" not in page
    assert "Only Ada, who connected it, or an admin of Nordlicht in Pipedrive" in page


def test_both_connections_are_shown_with_who_since_when_and_whether_they_hold(app: Flask) -> None:
    lapsed = replace(SETUP.installers[0], user_name="Tom", healthy=False, is_acting=False)
    ended = replace(ORGANISATION, healthy=False)
    words = _words(_drawn(app, view=replace(SETUP, installers=(*SETUP.installers, lapsed), organisation=ended)))

    assert "Installed by Ada on Nov 22, 2026. Updates to deals are made in this user's name." in words
    assert "Installed by Tom on Nov 22, 2026. Access has ended: this user has to install Instep again." in words
    assert "Connected by Ada on Nov 22, 2026. In Xero, Instep works as Ada Lunt." in words
    assert "Xero does not let Instep in any more." in words
    assert "Connect to Xero" in words


def test_the_settings_are_summed_up(app: Flask) -> None:
    chosen = replace(SETUP.preferences, email="", reference_template="No. {deal_id}")

    page = _drawn(app, view=replace(SETUP, preferences=chosen, defaults=Defaults(account="200")))

    assert "200 · Sales" in page
    assert "No. {deal_id}" in page
    assert "Organization: address" in page
    assert "Leave empty" not in page


def test_an_account_that_xero_no_longer_names_is_shown_by_its_code(app: Flask) -> None:
    assert "<dd>999</dd>" in _drawn(app, view=replace(SETUP, defaults=Defaults(account="999")))


def _words(page: str) -> str:
    return " ".join(BeautifulSoup(page, "html.parser").get_text().split())


def _drawn(app: Flask, *, view: SetupView = SETUP, shown: str = "done") -> str:
    with app.test_request_context():
        return render_template(
            "setup/page.html",
            view=view,
            notice=None,
            refusals={},
            shown=shown,
            back_url="https://nordlicht.pipedrive.com/deal/42",
        )
