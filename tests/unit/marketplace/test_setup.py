"""The guided way at the top level."""

import re
from dataclasses import replace

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from marketplace.preferences_schemas import SOURCES
from sync.core import Core
from sync.operations.identity import person_of
from sync.operations.preferences import Defaults, get_preferences
from sync.operations.setup import SetupStep, SetupView
from sync.operations.tickets import issue_setup_ticket
from sync.store.company import Company
from tests.unit.marketplace.conftest import COMPANY, DEAL, USER
from tests.unit.marketplace.examples import SETUP, SETUP_STEPS

PREFERENCES = {
    "to": "person.name",
    "address": "",
    "email": "person.email",
    "due_day": "7",
    "reference_template": "{deal_title}",
    "line_amount_types": "Inclusive",
    "default_account": "200",
}


@pytest.fixture
def visitor(client: FlaskClient, core: Core) -> FlaskClient:
    """A browser that came from the deal by a ticket."""
    person = person_of(core, company_id=COMPANY, user_id=USER)
    client.get(f"/setup?ticket={issue_setup_ticket(core, person=person, deal_id=DEAL)}")
    return client


@pytest.mark.parametrize("step", SetupStep)
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


def test_preferences_are_kept(visitor: FlaskClient, core: Core) -> None:
    answer = visitor.post("/setup/preferences", data=PREFERENCES)

    with core.database.reading() as session:
        kept = get_preferences(session.get_one(Company, COMPANY).preferences)
    assert answer.location == "/setup?notice=saved"
    assert (kept.to, kept.due_day) == ("person.name", 7)


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"due_day": "400"}, "Enter a number of days from 0 to 365."),
        ({"due_day": "soon"}, "Enter a number of days from 0 to 365."),
        ({"reference_template": "x" * 256}, "Use at most 255 characters."),
        ({"to": "deal.owner"}, "Choose one of the listed values."),
        ({"admin": "1"}, ""),
    ],
)
def test_refused_preferences_are_not_kept_and_stay_typed(
    visitor: FlaskClient, core: Core, wrong: dict[str, str], advice: str
) -> None:
    answer = visitor.post("/setup/preferences", data=PREFERENCES | wrong)

    with core.database.reading() as session:
        assert session.get_one(Company, COMPANY).preferences == {}
    assert answer.status_code == 422
    assert advice in answer.text
    assert 'value="person.name" selected' in answer.text or "to" in wrong


def test_changing_preferences_is_the_step_that_is_shown_and_can_be_left(app: Flask) -> None:
    page = _drawn(app, shown="preferences")

    assert re.search(r"aria-current=step><span>Preferences<", page)
    assert "Cancel" in page


def test_the_settings_are_summed_up(app: Flask) -> None:
    chosen = replace(SETUP.preferences, email="", reference_template="No. {deal_id}")

    page = _drawn(app, view=replace(SETUP, preferences=chosen, defaults=Defaults(account="200")))

    assert "200 · Sales" in page
    assert "No. {deal_id}" in page
    assert "Organization: address" in page
    assert "Leave empty" not in page


def test_an_account_that_xero_no_longer_names_is_shown_by_its_code(app: Flask) -> None:
    assert "<dd>999</dd>" in _drawn(app, view=replace(SETUP, defaults=Defaults(account="999")))


def _drawn(app: Flask, *, view: SetupView = SETUP, shown: str = "done") -> str:
    with app.test_request_context():
        return render_template(
            "setup/page.html",
            view=view,
            notice=None,
            sources=SOURCES,
            typed={},
            refusals={},
            shown=shown,
            back_url="https://nordlicht.pipedrive.com/deal/42",
        )
