"""The page of the rules: all off at first, switched by admins only, nobody's choice overwritten unseen."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.store.accounts import Connection
from sync.store.company import Audit, Company
from sync.store.rules import RuleRow
from tests.unit.clients.samples import a_user
from tests.unit.fakes.core import away
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, House
from tests.unit.fakes.rules import make_ready
from tests.unit.marketplace.preferences_page import text_at, visit

STAGE = 1


@pytest.fixture
def office(home: House) -> House:
    """A house with an admin, a colleague and two stages."""
    home.add_user(COLLEAGUE)
    home.pipedrive.stages = [
        {"id": 2, "name": "Delivered", "pipeline_id": 1, "order_nr": 2},
        {"id": STAGE, "name": "Agreed", "pipeline_id": 1, "order_nr": 1},
        {"id": 3, "name": "Forgotten", "pipeline_id": 1, "order_nr": 3, "is_deleted": True},
    ]
    return home


@pytest.fixture
def visitor(office: House) -> FlaskClient:
    """The admin's browser."""
    return visit(office, ADMIN)


def test_all_rules_are_off_at_first_and_the_setup_page_says_so(office: House, visitor: FlaskClient) -> None:
    office.set(Company, COMPANY, preferences_saved_at=office.clock())

    page = opened(visitor)

    assert chosen(page) == dict.fromkeys(("won", "stage", "lost", "deleted", "paid", "overdue"), "Do nothing")
    assert "All rules are off" in visitor.get("/setup").text


def test_stages_are_offered_in_their_order_and_asked_for_once(office: House, visitor: FlaskClient) -> None:
    page = opened(visitor)
    opened(visitor)

    assert [one.text for one in page.select("#stage_stage optgroup option")] == ["Agreed", "Delivered"]
    assert len(office.web.made("GET", "/stages")) == 1


def test_an_admin_switches_rules_on_and_the_page_says_who_did_it(office: House, visitor: FlaskClient) -> None:
    answer = save(visitor, won_does="approve", stage_does="draft", stage_stage=str(STAGE), overdue_does="remind")

    assert answer.location == "/setup/rules?notice=saved"
    rules = {row.kind: row for row in office.all(RuleRow)}
    assert {kind: (row.does, row.stage_id, row.by) for kind, row in rules.items()} == {
        "won": ("approve", None, ADMIN),
        "stage": ("draft", STAGE, ADMIN),
        "overdue": ("remind", None, ADMIN),
    }
    assert rules["won"].since == office.clock().replace(microsecond=0)
    assert [(row.verb, row.subject, row.user_id) for row in office.all(Audit)] == [
        ("switch_rule_on", "won:approve", ADMIN),
        ("switch_rule_on", "stage:draft:1", ADMIN),
        ("switch_rule_on", "overdue:remind", ADMIN),
    ]
    page = opened(visitor)
    assert chosen(page)["won"] == "Make an invoice and approve it"
    assert "Switched on by User 1" in text_at(page, "#since-won_does")


def test_who_is_no_admin_any_more_switches_nothing_on(office: House, visitor: FlaskClient) -> None:
    office.pipedrive.user = a_user(access=[])

    assert save(visitor, won_does="approve").status_code == 403

    assert office.all(RuleRow) == []
    assert not office.person().is_admin


def test_only_what_changed_begins_anew(office: House, visitor: FlaskClient) -> None:
    save(visitor, won_does="draft", lost_does="delete_drafts")
    began = office.clock().replace(microsecond=0)
    office.clock.advance(hours=1)
    office.keep_tokens_good()

    save(visitor, won_does="submit")

    since = {row.kind: row.since for row in office.all(RuleRow)}
    assert since == {"won": began + timedelta(hours=1), "lost": began}


def test_a_rule_is_switched_off(office: House, visitor: FlaskClient) -> None:
    save(visitor, won_does="draft")

    save(visitor, won_does="")

    assert office.all(RuleRow) == []
    assert [row.verb for row in office.all(Audit)] == ["switch_rule_on", "switch_rule_off"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"stage_does": "draft"}, "stage_stage"),
        ({"stage_does": "draft", "stage_stage": "99"}, "stage_stage"),
        ({"paid_does": "move"}, "paid_stage"),
        ({"stage_does": "draft", "stage_stage": "soon"}, "stage_stage"),
        ({"won_does": "dance"}, "won_does"),
    ],
)
def test_what_cannot_be_is_marked_and_nothing_is_saved(
    office: House, visitor: FlaskClient, typed: dict[str, str], field: str
) -> None:
    answer = save(visitor, lost_does="delete_drafts", **typed)

    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, office.all(RuleRow)) == (422, [])
    assert [one["id"] for one in page.select("[aria-invalid=true]")] == [field]


def test_what_was_chosen_is_still_there_when_a_stage_is_missing(visitor: FlaskClient) -> None:
    page = BeautifulSoup(save(visitor, lost_does="delete_drafts", paid_does="move").text, "html.parser")

    assert chosen(page)["lost"] == "Delete the deal's draft invoices"
    assert chosen(page)["paid"] == "Move the deal to a stage"


def test_whoever_is_no_admin_sees_the_rules_and_changes_none(office: House, visitor: FlaskClient) -> None:
    save(visitor, won_does="draft")
    colleague = visit(office, COLLEAGUE)

    page = opened(colleague)
    answer = colleague.post("/setup/rules", data=form_of(page) | {"won_does": ""})

    assert "Only an admin" in page.text
    assert page.select("fieldset:not([disabled]), [type=submit]") == []
    assert (answer.status_code, len(office.all(RuleRow))) == (403, 1)


def test_whoever_comes_second_is_told_and_overwrites_nothing(office: House, visitor: FlaskClient) -> None:
    old = form_of(opened(visitor))
    save(visitor, won_does="draft")

    answer = visitor.post("/setup/rules", data=old | {"lost_does": "delete_drafts"})

    assert answer.status_code == 409
    assert "Somebody else has changed the rules meanwhile" in answer.text
    assert [row.kind for row in office.all(RuleRow)] == ["won"]


def test_what_xero_does_not_allow_is_offered_with_its_reason(office: House, visitor: FlaskClient) -> None:
    [connection] = office.all(Connection)
    office.set(Connection, connection.key, actions=["CreateDraftInvoice"], actions_at=office.clock())

    page = opened(visitor)

    [option] = page.select("#won_does option[disabled]")
    assert option.text == "Make an invoice and approve it (not allowed in Xero)"


def test_a_pipedrive_that_gives_no_answer_leaves_the_stages_that_were_known(
    office: House, visitor: FlaskClient
) -> None:
    opened(visitor)
    office.clock.advance(minutes=11)
    office.web.trouble("GET", "/pipelines", away)

    page = opened(visitor)

    assert "Pipedrive did not tell its stages" in page.text
    assert len(page.select("#stage_stage optgroup option")) == 2


def test_the_rules_as_they_are_chosen_are_tried_on_the_last_month_and_nothing_is_saved(
    office: House, visitor: FlaskClient
) -> None:
    make_ready(office)
    office.pipedrive.change(DEAL, status="won", won_time="2026-11-15T09:00:00Z", title="Lighthouse & Sons")
    typed = form_of(opened(visitor)) | {"won_does": "approve", "lost_does": "delete_drafts"}

    answer = visitor.post("/setup/rules/trial", data=typed)

    page = BeautifulSoup(answer.text, "html.parser")
    assert [one.text for one in page.select("h3")] == [
        "When a deal is won: Make an invoice and approve it",
        "When a deal is lost: Delete the deal's draft invoices",
    ]
    assert text_at(page, ".trials li") == (
        "Lighthouse & Sons 15 Nov 2026 An invoice would have been made and approved."
    )
    assert page.select(".trials a")[0]["href"] == "https://acme.pipedrive.com/deal/42"
    assert "no deal of last month would have set it off" in page.text
    assert chosen(page)["won"] == "Make an invoice and approve it"
    assert office.all(RuleRow) == []


def test_a_trial_says_where_a_rule_would_have_stopped(office: House, visitor: FlaskClient) -> None:
    make_ready(office)
    office.xero.contacts.clear()
    office.pipedrive.change(DEAL, status="won", won_time="2026-11-15T09:00:00Z")

    answer = visitor.post("/setup/rules/trial", data=form_of(opened(visitor)) | {"won_does": "draft"})

    reason = "It would have stopped: It is not certain who the customer is in Xero."
    assert text_at(BeautifulSoup(answer.text, "html.parser"), ".stopped") == reason


def test_a_trial_without_a_stage_is_marked(visitor: FlaskClient) -> None:
    answer = visitor.post("/setup/rules/trial", data=form_of(opened(visitor)) | {"stage_does": "draft"})

    assert answer.status_code == 422
    assert "Choose a stage." in answer.text


def opened(client: FlaskClient) -> BeautifulSoup:
    """Open the page."""
    return BeautifulSoup(client.get("/setup/rules").text, "html.parser")


def form_of(page: BeautifulSoup) -> dict[str, str]:
    """What a browser would send if nobody chose anything."""
    version = page.select_one("[name=version]")
    boxes = {str(box["name"]): box.select_one("[selected]") for box in page.select("form#rules select")}
    assert version is not None
    return {name: str(one["value"]) if one else "" for name, one in boxes.items()} | {"version": str(version["value"])}


def save(client: FlaskClient, **typed: str) -> TestResponse:
    """Fill in the page and save."""
    return client.post("/setup/rules", data=form_of(opened(client)) | typed)


def chosen(page: BeautifulSoup) -> dict[str, str]:
    """What each rule does, in words."""
    found = {}
    for box in page.select("select[id$=_does]"):
        one = box.select_one("[selected]") or box.select_one("option")
        assert one is not None
        found[str(box["id"]).removesuffix("_does")] = one.text
    return found
