"""The invoice window and the settings page inside Pipedrive."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from marketplace.field_words import field_text, marks_of
from marketplace.notes import note_text
from marketplace.window import created
from marketplace.window_json import customer_json, form_json
from sync.clients.failures import Refused
from sync.domain.accounting import Contact
from sync.domain.contact_changes import ContactField, Difference
from sync.domain.crm import Address
from sync.domain.line_checks import FieldProblem, Issue
from sync.domain.matching import MatchReason
from sync.domain.notes import Note, NoteCode
from sync.errors import ErrorCode
from sync.operations.check_draft import InputRefused
from sync.operations.contacts import ContactChoice
from sync.operations.customer import CustomerView
from sync.operations.draft_invoice import DraftResult
from tests.unit.marketplace.conftest import DEAL
from tests.unit.marketplace.examples import FORM, RESULT, SETUP_STEPS

CONTENT = {
    "intent_key": "7d9a7f5e-53a2-4d1b-9a36-0f7b4f0f2a11",
    "contact_id": "25d73cc9-7c1d-5b1e-bc9a-74593b11f093",
    "treatment": "Exclusive",
    "currency": "EUR",
    "theme_id": "",
    "issue_date": "2026-11-22",
    "due_date": "2026-12-06",
    "reference": "",
    "create_as": "draft",
    "lines": [{"description": "Lens", "quantity": "2", "unit_amount": "10.5", "percent": "20"}],
    "seen_total": "21.00",
}


def test_the_outline_is_there_before_anybody_was_asked(client: FlaskClient, frame_query: dict[str, str]) -> None:
    answer = client.get("/invoice", query_string=frame_query)

    assert f'data-deal="{DEAL}"' in answer.text
    assert 'class="bone' in answer.text


def test_the_window_takes_the_deal_that_the_panel_named(client: FlaskClient, frame_query: dict[str, str]) -> None:
    query = frame_query | {"data": json.dumps({"deal": "77"})}

    assert 'data-deal="77"' in client.get("/invoice", query_string=query).text


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"deal": {}}'])
def test_a_window_without_a_deal_says_so(client: FlaskClient, frame_query: dict[str, str], data: str) -> None:
    query = frame_query | {"selectedIds": "", "data": data}

    assert "Open this window from a deal." in client.get("/invoice", query_string=query).text


def test_the_form_is_written_as_text_that_is_exact(app: Flask) -> None:
    form = _form(app)

    [line] = form["lines"]
    assert (line["quantity"], line["unit_amount"], line["discount_rate"]) == ("2", "4500.1234", "5")
    assert (line["product"], line["item_code"], line["item_name"]) == ("7:3", "LENS", "Lens")
    assert form["tax_table"] == {"20": "OUTPUT2"}
    assert form["notes"] == ["No tax rate in Xero has 7.7%; choose one on the line before approval."]
    assert form["customer"]["address"] == "1 Harbour Road, Whitby"


def test_what_may_not_be_proposed_is_not_and_says_why(app: Flask) -> None:
    create_as = _form(app)["create_as"]

    assert create_as["value"] == "draft"
    assert [choice["why_not"] for choice in create_as["choices"]] == [None, None, "Ask a Pipedrive admin to do this."]


def test_what_stands_in_the_way_is_told_with_its_field(app: Flask) -> None:
    problem = _form(app, problem=ErrorCode.CURRENCY_NOT_ENABLED)["problem"]

    assert (problem["title"], problem["field"]) == ("This currency is not switched on in Xero", "currency")


def test_a_customer_is_written_with_what_differs(app: Flask) -> None:
    contact = Contact("c-1", "Acme", "a@x.example", "ACTIVE", "", "", postal=Address(street="Quay", locality="Whitby"))
    view = CustomerView(
        candidates=(ContactChoice("c-1", "Acme", "a@x.example", MatchReason.LINK),),
        contact=contact,
        differences=(Difference(ContactField.EMAIL, "new@x.example", "a@x.example"),),
        due_rule=None,
        xero_url="https://go.xero.com/x",
    )
    with app.test_request_context():
        written = customer_json(view)

    assert written["candidates"] == [
        {"contact_id": "c-1", "name": "Acme", "email": "a@x.example", "reason": "linked to this customer"}
    ]
    assert written["contact"] == {
        "contact_id": "c-1",
        "name": "Acme",
        "email": "a@x.example",
        "address": "Quay, Whitby",
        "tax_number": "",
        "xero_url": "https://go.xero.com/x",
    }
    assert written["differences"] == [
        {"field": "email", "label": "E-mail", "pipedrive": "new@x.example", "xero": "a@x.example"}
    ]


@pytest.mark.parametrize(
    ("wrong", "field", "advice"),
    [
        ({"due_date": "2026-11-01"}, "due_date", "Choose a due date on or after the issue date."),
        ({"issue_date": "soon"}, "issue_date", "Choose a date."),
        ({"reference": "x" * 256}, "reference", "Use at most 255 characters."),
        ({"contact_id": ""}, "contact_id", "Choose the customer in Xero."),
        ({"lines": [{"description": "x", "quantity": "two"}]}, "lines.0.quantity", "Enter a number."),
        ({"lines": [{"description": "x", "unit_amount": "NaN"}]}, "lines.0.unit_amount", "Enter a number."),
        (
            {"lines": [{"description": "x", "quantity": "1e999999"}]},
            "lines.0.quantity",
            "This is more than Xero can bill in one line.",
        ),
        (
            {"lines": [{"description": "x", "unit_amount": "0.00001"}]},
            "lines.0.unit_amount",
            "Use at most 4 decimals.",
        ),
        (
            {"lines": [{"description": "x", "discount_amount": "0.001"}]},
            "lines.0.discount",
            "Use at most 2 decimals.",
        ),
        (
            {"lines": [{"description": "x", "discount_amount": "1", "discount_rate": "1"}]},
            "lines.0.discount",
            "Give a percentage or an amount, not both.",
        ),
        ({"lines": [{"description": "x" * 4001}]}, "lines.0.description", "Use at most 4000 characters."),
        ({"lines": [{"description": "x"}] * 501}, "lines", "Use at most 500 lines."),
    ],
)
def test_a_refused_form_names_the_field_and_what_to_do(
    client: FlaskClient, bearer: dict[str, str], wrong: dict[str, object], field: str, advice: str
) -> None:
    answer = client.post(f"/invoice?deal={DEAL}", headers=bearer, json=CONTENT | wrong)

    assert answer.status_code == 422
    assert answer.get_json()["title"] == "Something needs your attention"
    assert answer.get_json()["fields"] == {field: [advice]}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null"])
def test_a_body_that_is_no_form_is_refused_calmly(client: FlaskClient, bearer: dict[str, str], body: bytes) -> None:
    answer = client.post(f"/invoice?deal={DEAL}", headers=bearer | {"Content-Type": "application/json"}, data=body)

    assert answer.status_code == 422
    assert answer.get_json()["fields"]


def test_a_field_that_the_operation_refuses_is_named_in_the_person_s_words(app: Flask) -> None:
    problems = (
        FieldProblem("issue_date", Issue.PERIOD_LOCKED, detail="2026-03-31"),
        FieldProblem("lines.0.tax_type", Issue.RATE_REFUSED_BY_ACCOUNT, detail="830 Deposits"),
    )
    with app.test_request_context(f"/invoice?deal={DEAL}", method="POST"):
        marks = marks_of(InputRefused(problems))

    assert marks == {
        "issue_date": ["Xero is locked up to Mar 31, 2026. Choose a later date."],
        "lines.0.tax_type": ["The account 830 Deposits does not take this tax rate. Choose another rate or account."],
    }


def test_a_field_that_xero_refuses_is_marked_in_our_words_where_we_have_some(app: Flask) -> None:
    places = {"issue_date": ("The document date cannot be before the period lock date",)}

    with app.test_request_context():
        known = marks_of(Refused(ErrorCode.PERIOD_LOCKED, places=places))
        unknown = marks_of(Refused(ErrorCode.XERO_REFUSED, places=places))

    assert known == {"issue_date": ["Choose a later issue date, or ask your accountant to move the lock date."]}
    assert unknown == {"issue_date": ["The document date cannot be before the period lock date"]}


@pytest.mark.parametrize("issue", Issue)
def test_every_issue_has_words(app: Flask, issue: Issue) -> None:
    with app.test_request_context():
        text = field_text(FieldProblem("x", issue, detail="2026-03-31"))

    assert text.endswith(".")
    assert "%(" not in text


def test_half_written_content_comes_and_goes(client: FlaskClient, bearer: dict[str, str]) -> None:
    url = f"/invoice/half-written?deal={DEAL}"

    assert client.put(url, headers=bearer, json=[1]).status_code == 422
    assert client.put(url, headers=bearer, json={"reference": "x" * 500_000}).status_code == 422
    assert client.delete(url, headers=bearer).status_code == 204


def test_what_was_created_is_told_and_the_window_may_go(app: Flask) -> None:
    assert _created(app, RESULT) == {"message": "Draft INV-0045 created in Xero.", "stay": False, "html": ""}


def test_a_total_that_differs_keeps_the_window_open(app: Flask) -> None:
    told = _created(app, replace(RESULT, xero_total=Decimal("1190.01")))

    assert told["stay"]
    assert "Xero computed €1,190.01 where we computed €1,190.00" in str(told["html"])


def test_what_was_not_approved_as_asked_says_why(app: Flask) -> None:
    told = _created(app, replace(RESULT, problem=ErrorCode.XERO_REFUSED, detail="No, because."))

    assert told["stay"]
    assert "Xero refused this" in str(told["html"])
    assert "No, because." in str(told["html"])


def test_an_earlier_click_is_told(app: Flask) -> None:
    told = _created(app, replace(RESULT, repeated=True))

    assert told["message"] == "INV-0045 was created by an earlier click; there is only this one."


@pytest.mark.parametrize("code", NoteCode)
def test_every_remark_has_words(app: Flask, code: NoteCode) -> None:
    values: dict[str, Decimal | str] = {"difference": Decimal("-0.01"), "percent": Decimal("7.7"), "names": "A, B"}
    with app.test_request_context():
        text = note_text(Note(code, subject="Lens", values=values), "EUR")

    assert "%" not in text.replace("7.7%", "")


def test_a_remark_writes_an_amount_with_its_currency(app: Flask) -> None:
    with app.test_request_context():
        text = note_text(Note(NoteCode.TREATMENT_CONVERTED, values={"difference": Decimal("-83.4")}), "EUR")

    assert "differs by -€83.40." in text


def test_a_ticket_leads_to_the_setup_at_the_top_level(client: FlaskClient, bearer: dict[str, str]) -> None:
    url = client.post(f"/tickets?deal={DEAL}", headers=bearer).get_json()["url"]

    assert url.startswith("https://instep.example/setup?ticket=")


@pytest.mark.parametrize("step", SETUP_STEPS)
def test_settings_show_both_connections(app: Flask, step: str) -> None:
    with app.test_request_context():
        page = render_template("settings.html", view=SETUP_STEPS[step], theme="light")  # type: ignore[index]  # any step

    assert "Pipedrive" in page
    assert page.count("button primary") == 1


def _form(app: Flask, **over: Any) -> dict[str, Any]:
    with app.test_request_context():
        return form_json(replace(FORM, **over))


def _created(app: Flask, result: DraftResult) -> dict[str, object]:
    with app.test_request_context():
        answer = created(result)
    assert answer.status_code == 201
    told: dict[str, object] = answer.get_json()
    return told
