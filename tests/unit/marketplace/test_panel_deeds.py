"""What can be done from the panel: offered where it makes sense, asked about first, and explained where it may not be done."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template

from sync.domain.actions import Action, ActionChoice
from sync.domain.invoice import Standing, Status
from sync.domain.problems import Problem
from sync.errors import ErrorCode
from sync.operations.panel import InvoiceRow, PanelState, PanelView
from tests.unit.marketplace.conftest import DEAL
from tests.unit.marketplace.examples import INVOICE, PANEL

SINCE = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
DRAFT = replace(
    INVOICE,
    status=Status.DRAFT,
    standings=frozenset(),
    contact_name="Brightwater Studio Ltd.",
    actions=(
        ActionChoice(Action.SUBMIT),
        ActionChoice(Action.APPROVE),
        ActionChoice(Action.EMAIL, ErrorCode.WRONG_STATUS),
        ActionChoice(Action.PDF),
        ActionChoice(Action.DELETE),
    ),
)


def test_the_next_steps_are_buttons_with_names_of_their_own(app: Flask) -> None:
    two = (DRAFT, replace(DRAFT, key="0f0f", number="INV-0046"))

    buttons = _shown(app, *two).select(".steps-on button")

    assert [" ".join(button.get_text().split()) for button in buttons] == [
        "Submit for approval INV-0045",
        "Approve INV-0045",
        "Submit for approval INV-0046",
        "Approve INV-0046",
    ]


def test_a_step_that_may_not_be_taken_is_in_the_menu_with_its_reason(app: Flask) -> None:
    page = _shown(app, replace(DRAFT, actions=(ActionChoice(Action.APPROVE, ErrorCode.NOT_ALLOWED),)))

    item = _one(page, "[role=menuitem][aria-disabled=true]")

    assert page.select(".steps-on") == []
    assert _words(item) == "Approve"
    assert _one(page, f"#{item['aria-describedby']}").get_text() == "Ask a Pipedrive admin to do this."
    assert item.attrs.keys().isdisjoint({"hx-post", "data-do", "disabled"})


def test_a_menu_is_one_for_assistive_technology_too(app: Flask) -> None:
    page = _shown(app, DRAFT)
    button = _one(page, ".invoice [aria-haspopup=menu]")
    menu = _one(page, f"#{button['aria-controls']}")

    assert menu["role"] == "menu"
    assert menu["aria-labelledby"] == button["id"]
    assert {str(row.get("role")) for row in menu.find_all("li")} == {"none", "separator"}
    assert [_words(item) for item in menu.select("[role=menuitem]")] == [
        "E-mail to customer",
        "Download PDF",
        "Open in Xero",
        "History",
        "Delete",
    ]


@pytest.mark.parametrize(("action", "asks"), [("approve", True), ("submit", False), ("delete", True)])
def test_what_cannot_be_undone_asks_first(app: Flask, action: str, asks: bool) -> None:  # noqa: FBT001 - a case, not a switch
    button = _one(_shown(app, DRAFT), f"#{action}-{DRAFT.key}")

    assert button.has_attr("hx-confirm") is asks
    if asks:
        assert "INV-0045" in button["hx-confirm"]
        assert "For Brightwater Studio Ltd.: €1,190.00. " in button["data-means"]
        assert action in str(button["data-ok"]).lower()


def test_what_runs_is_said_and_nothing_else_can_be_begun(app: Flask) -> None:
    page = _shown(app, replace(DRAFT, under_way="approve"))

    assert _one(page, ".meta")["data-runs"] == "Approving …"
    assert all(button["aria-disabled"] == "true" for button in page.select(".steps-on button"))
    assert page.select("[hx-vals]") == []


def test_a_problem_with_an_invoice_stands_at_the_invoice(app: Flask) -> None:
    problem = Problem(ErrorCode.EMAIL_UNKNOWN, "", SINCE, invoice_key=DRAFT.key)

    page = _shown(app, DRAFT, problems=(problem,))

    assert [_words(strong) for strong in page.select(".banner strong")] == ["We cannot tell whether the e-mail went"]
    assert page.select(f"#invoice-{DRAFT.key} .banner time[datetime='{SINCE.isoformat()}']")


def test_a_refusal_and_an_open_history_outlive_news(app: Flask) -> None:
    page = _shown(app, DRAFT)

    kept = [str(place["id"]) for place in page.select("[hx-morph-skip]")]
    assert kept == [f"note-{DRAFT.key}", f"past-of-{DRAFT.key}", "note-deal"]


def test_who_may_not_make_invoices_is_told_whom_to_ask(app: Flask) -> None:
    page = _shown(app, can_create=False, why_not_create=ErrorCode.NOT_ALLOWED, state=PanelState.EMPTY)

    assert page.select("#create") == []
    assert "You can see invoices here, but not make or change them. Ask a Pipedrive admin" in _words(page)


@pytest.mark.parametrize(
    ("status", "is_main"), [("DRAFT", False), ("PAID", False), ("VOIDED", True), ("DELETED", True)]
)
def test_another_invoice_is_the_main_action_only_where_none_is_alive(
    app: Flask,
    status: str,
    is_main: bool,  # noqa: FBT001 - a case, not a switch
) -> None:
    page = _shown(app, replace(DRAFT, status=Status(status), actions=()))

    assert ("primary" in _one(page, "#create")["class"]) is is_main


def test_the_contact_is_unlinked_by_name(app: Flask) -> None:
    item = _one(_shown(app, contact_name="Brightwater Studio Ltd."), "#unlink")

    assert _words(item) == "Unlink Brightwater Studio Ltd."
    assert item["hx-confirm"] == "Unlink Brightwater Studio Ltd.?"


def test_without_a_linked_contact_there_is_none_to_unlink(app: Flask) -> None:
    assert _shown(app).select("#unlink") == []


def test_an_invoice_says_when_it_is_due_what_was_credited_and_how_old_that_is(app: Flask) -> None:
    standings = frozenset({Standing.OVERDUE, Standing.CREDITED, Standing.SENT})
    row = replace(INVOICE, standings=standings, overdue_days=3, amount_credited=Decimal(50))

    words = _words(_one(_shown(app, row), ".invoice"))

    for expected in ("Due Dec 6, 2026", "3 days overdue", "€50.00 credited", "Sent", "As of 10:42"):
        assert expected in words


def test_a_reference_that_only_repeats_the_deal_is_left_out(app: Flask) -> None:
    assert _shown(app, replace(INVOICE, reference=PANEL.deal_title)).select(".reference") == []
    assert _words(_one(_shown(app, INVOICE), ".reference")) == "Lighthouse refit"


def _shown(app: Flask, *invoices: InvoiceRow, **changes: object) -> BeautifulSoup:
    view: PanelView = replace(PANEL, invoices=invoices, **changes)  # type: ignore[arg-type]  # as the test asks
    with app.test_request_context():
        return BeautifulSoup(render_template("panel/_deal.html", view=view, deal_id=DEAL), "html.parser")


def _one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    [found] = page.select(selector)
    return found


def _words(tag: BeautifulSoup | Tag) -> str:
    return " ".join(tag.get_text(" ").split())
