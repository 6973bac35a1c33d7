"""The invoice window and the settings page inside Pipedrive."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from marketplace.notes import note_text
from marketplace.window import created
from sync.domain.notes import Note, NoteCode
from sync.errors import ErrorCode
from tests.unit.marketplace.conftest import DEAL
from tests.unit.marketplace.examples import FORM, RESULT, SETUP_STEPS

FORM_FIELDS = {
    "intent_key": "7d9a7f5e-53a2-4d1b-9a36-0f7b4f0f2a11",
    "contact_id": "25d73cc9-7c1d-5b1e-bc9a-74593b11f093",
    "issue_date": "2026-11-22",
    "due_date": "2026-12-06",
    "reference": "",
}


def test_the_outline_is_there_before_anybody_was_asked(client: FlaskClient, frame_query: dict[str, str]) -> None:
    answer = client.get("/invoice", query_string=frame_query)

    assert f'hx-get="/invoice/form?deal={DEAL}"' in answer.text
    assert "skeleton" in answer.text


def test_the_window_takes_the_deal_that_the_panel_named(client: FlaskClient, frame_query: dict[str, str]) -> None:
    query = frame_query | {"data": json.dumps({"deal": "77"})}

    assert "/invoice/form?deal=77" in client.get("/invoice", query_string=query).text


@pytest.mark.parametrize("data", ["", "not json", "[]", '{"deal": {}}'])
def test_a_window_without_a_deal_says_so(client: FlaskClient, frame_query: dict[str, str], data: str) -> None:
    query = frame_query | {"selectedIds": "", "data": data}

    assert "Open this window from a deal." in client.get("/invoice", query_string=query).text


def test_the_form_shows_what_will_be_sent(app: Flask) -> None:
    page = _form(app)

    assert 'value="c-1" required checked' in page
    assert "linked to this customer" in page
    assert "4,500.1234" in page
    assert "€10,260.28" in page
    assert "No tax rate in Xero has 7.7%;" in page
    assert 'name="intent_key" value="intent-1"' in page


def test_a_new_contact_is_chosen_only_where_none_fits(app: Flask) -> None:
    with app.test_request_context():
        page = render_template(
            "invoice/_form.html", form=replace(FORM, contacts=(), chosen_contact_id=""), deal_id=DEAL
        )

    assert 'value="" required checked' in page
    assert 'value="" required checked' not in _form(app)


def test_what_stands_in_the_way_is_told_and_nothing_can_be_sent(app: Flask) -> None:
    with app.test_request_context():
        page = render_template(
            "invoice/_form.html", form=replace(FORM, problem=ErrorCode.CURRENCY_NOT_ENABLED), deal_id=DEAL
        )

    assert "This currency is not switched on in Xero" in page
    assert '<button type="submit" class="button primary" disabled>' in page


@pytest.mark.parametrize(
    ("wrong", "field", "advice"),
    [
        ({"due_date": "2026-11-01"}, "due_date", "Choose a due date on or after the issue date."),
        ({"issue_date": "soon"}, "issue_date", "Enter a date, for example 2026-12-31."),
        ({"reference": "x" * 256}, "reference", "Use at most 255 characters."),
        ({"surprise": "x"}, "surprise", ""),
    ],
)
def test_a_refused_form_names_the_field_and_leaves_the_rest_alone(
    client: FlaskClient, bearer: dict[str, str], wrong: dict[str, str], field: str, advice: str
) -> None:
    answer = client.post(f"/invoice?deal={DEAL}", headers=bearer, data=FORM_FIELDS | wrong)

    assert answer.status_code == 422
    assert f'data-field="{field}">{advice}' in answer.text
    assert "<form" not in answer.text, "what was typed stays in the page"


def test_a_created_draft_is_told_and_the_window_may_go(app: Flask) -> None:
    with app.test_request_context():
        answer = created(RESULT)

    assert answer.status_code == 201
    assert json.loads(answer.headers["HX-Trigger"]) == {
        "instep:created": {"message": "Draft INV-0045 created in Xero.", "stay": False}
    }


def test_a_total_that_differs_keeps_the_window_open(app: Flask) -> None:
    with app.test_request_context():
        answer = created(replace(RESULT, xero_total=Decimal("1190.01")))

    assert json.loads(answer.headers["HX-Trigger"])["instep:created"]["stay"]
    assert "Xero computed €1,190.01 where we computed €1,190.00" in answer.get_data(as_text=True)


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


@pytest.mark.parametrize(
    ("warning", "words"), [("unlinked", "No item or account yet"), ("tax_open", "Tax rate open"), ("", None)]
)
def test_a_line_says_what_it_lacks(app: Flask, warning: str, words: str | None) -> None:
    with app.test_request_context():
        form = replace(FORM, lines=(replace(FORM.lines[0], warning=warning),))
        page = render_template("invoice/_form.html", form=form, deal_id=DEAL)

    assert (words or "") in page
    assert ('class="mark"' in page) == bool(words)


def test_a_ticket_leads_to_the_setup_at_the_top_level(client: FlaskClient, bearer: dict[str, str]) -> None:
    url = client.post(f"/tickets?deal={DEAL}", headers=bearer).get_json()["url"]

    assert url.startswith("https://instep.example/setup?ticket=")


@pytest.mark.parametrize("step", SETUP_STEPS)
def test_settings_show_both_connections(app: Flask, step: str) -> None:
    with app.test_request_context():
        page = render_template("settings.html", view=SETUP_STEPS[step], theme="light")  # type: ignore[index]

    assert "Pipedrive" in page
    assert page.count("button primary") == 1


def _form(app: Flask) -> str:
    with app.test_request_context():
        return render_template("invoice/_form.html", form=FORM, deal_id=DEAL)
