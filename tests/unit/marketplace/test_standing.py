"""How a company stands, as its admins read it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g, render_template
from flask.testing import FlaskClient

from marketplace.standing_words import TROUBLES
from sync.core import Core
from sync.domain.troubles import Case, Trouble, TroubleKind
from sync.errors import ErrorCode
from sync.operations.company_standing import CompanyStanding
from sync.operations.identity import person_of
from sync.operations.setup import ConnectionsView, deal_url
from sync.operations.tickets import issue_setup_ticket
from sync.store.company import Company, Installation
from sync.store.invoices import DealRow
from tests.unit.marketplace.conftest import COMPANY, DEAL, NOW, USER
from tests.unit.marketplace.examples import ORGANISATION, SETUP
from tests.unit.marketplace.test_timeline import a_person

WELL = CompanyStanding(
    connections=ConnectionsView("Nordlicht", SETUP.installers, ORGANISATION),
    troubles=(),
    heard_from_xero=NOW,
    heard_from_pipedrive=NOW,
    swept_to=NOW,
    compared_to=None,
)
CASE = Case(DEAL, "Lighthouse <b>", NOW, number="INV-1")


@pytest.fixture
def visitor(client: FlaskClient, core: Core) -> FlaskClient:
    """A browser of an admin's that came from the deal by a ticket."""
    person = person_of(core, company_id=COMPANY, user_id=USER)
    client.get(f"/setup?ticket={issue_setup_ticket(core, person=person, deal_id=DEAL)}")
    return client


def test_where_all_is_well_that_is_said_with_the_last_word_of_both(app: Flask) -> None:
    page = drawn(app, WELL)

    assert "All is well" in page.text
    assert len(page.select("#heard ~ dl time, section[aria-labelledby=heard] time")) == 3
    assert "Not yet" in page.text


@pytest.mark.parametrize("kind", TroubleKind)
def test_every_trouble_has_words_and_what_can_help_has_a_button(app: Flask, kind: TroubleKind) -> None:
    can_help = kind not in (TroubleKind.XERO_RESTS, TroubleKind.PIPEDRIVE_RESTS)
    until = None if can_help else NOW + timedelta(hours=3)

    page = drawn(app, replace(WELL, troubles=(Trouble(kind, until=until, count=1, cases=(CASE,), can_help=can_help),)))

    section = page.select_one(".troubles section")
    assert section is not None
    assert str(TROUBLES[kind].title) in section.text
    assert str(TROUBLES[kind].text) in section.text
    assert [field["value"] for field in section.select("input[name=kind]")] == ([kind.value] if can_help else [])
    assert ("Next try:" in section.text) is not can_help
    link = section.select_one("a")
    assert link is not None
    assert (link["href"], link.text) == (f"https://nordlicht.pipedrive.com/deal/{DEAL}", "Lighthouse <b>")


def test_what_is_being_tried_says_so_instead_of_a_button(app: Flask) -> None:
    page = drawn(app, replace(WELL, troubles=(Trouble(TroubleKind.FIELDS, count=1, cases=(CASE,), is_tried=True),)))

    assert "Trying again …" in page.text
    assert page.select("input[name=kind]") == []


def test_a_rule_that_stopped_is_named_with_its_reason(app: Flask) -> None:
    stopped = replace(CASE, code=ErrorCode.NO_CUSTOMER, rule="won")

    page = drawn(app, replace(WELL, troubles=(Trouble(TroubleKind.RULES, count=1, cases=(stopped,)),)))

    assert "When a deal is won: The deal has no customer" in page.text


def test_fields_are_told_with_what_to_do_on_the_deal(app: Flask) -> None:
    failed = replace(CASE, code=ErrorCode.NO_ACCESS_TO_DEAL)

    page = drawn(app, replace(WELL, troubles=(Trouble(TroubleKind.FIELDS, count=1, cases=(failed,)),)))

    assert "may not edit this deal" in page.text


def test_a_long_list_is_cut_and_counted(app: Flask) -> None:
    page = drawn(app, replace(WELL, troubles=(Trouble(TroubleKind.RULES, count=100, cases=(CASE,) * 10),)))

    assert [pill.text for pill in page.select(".troubles .pill")] == ["100+"]
    assert "The 10 oldest are shown." in page.text


def test_an_admin_has_a_trouble_tried_again_and_is_told_so(visitor: FlaskClient, core: Core) -> None:
    with core.database.writing() as session:
        deal = session.get_one(DealRow, (COMPANY, DEAL))
        deal.problem_code, deal.problem_since = "no_access_to_deal", NOW - timedelta(hours=1)
    shown = BeautifulSoup(visitor.get("/setup/standing").text, "html.parser")
    assert [link["href"] for link in shown.select(".cases a")] == [f"https://nordlicht.pipedrive.com/deal/{DEAL}"]

    answer = visitor.post("/setup/standing/retry", data={"kind": "fields"})

    assert answer.location == "/setup/standing?notice=retried"
    page = visitor.get(answer.location).text
    assert "Instep tries again now." in page
    assert "Trying again …" in page


def test_what_nobody_knows_cannot_be_tried_again(visitor: FlaskClient) -> None:
    assert visitor.post("/setup/standing/retry", data={"kind": "weather"}).status_code == 422


def test_who_is_no_admin_is_told_kindly_whom_to_ask(visitor: FlaskClient, core: Core) -> None:
    with core.database.writing() as session:
        session.get_one(Installation, (COMPANY, USER)).is_admin = False
        session.get_one(Company, COMPANY).acting_user_id = USER

    for answer in (visitor.get("/setup/standing"), visitor.post("/setup/standing/retry", data={"kind": "fields"})):
        assert answer.status_code == 403
        assert "Ask Ada." in answer.text


def test_only_admins_find_the_way_there(app: Flask) -> None:
    shown = [_manage(app, is_admin=is_admin) for is_admin in (True, False)]

    assert ["Is everything in step?" in page for page in shown] == [True, False]


def drawn(app: Flask, view: CompanyStanding) -> BeautifulSoup:
    """Draw the page."""
    with app.test_request_context():
        g.person = a_person()
        page = render_template("setup/standing.html", view=view, deal_url=partial(deal_url, g.person))
    return BeautifulSoup(page, "html.parser")


def _manage(app: Flask, *, is_admin: bool) -> str:
    with app.test_request_context():
        return render_template("setup/_manage.html", view=replace(SETUP, is_admin=is_admin))
