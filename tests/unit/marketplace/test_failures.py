"""What people see when something fails."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.failures import on_failure, status_of
from marketplace.guidance import GUIDANCE
from marketplace.steps import STEP_LABELS, Step
from sync.errors import Anticipated, ErrorCode, InstepError, Permanent, Transient
from tests.unit.marketplace.conftest import DEAL

INVOICE_ID = "0f0e0000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_words_and_one_next_step(code: ErrorCode, app: Flask) -> None:
    with app.test_request_context():
        guidance = GUIDANCE[code]

        assert str(guidance.title)
        assert str(guidance.text).endswith(".")
        assert guidance.step is Step.NONE or str(STEP_LABELS[guidance.step])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Anticipated(ErrorCode.XERO_REFUSED), 409),
        (Anticipated(ErrorCode.LINK_EXPIRED), 401),
        (Anticipated(ErrorCode.NO_ACCESS_TO_DEAL), 403),
        (Transient(ErrorCode.XERO_BUSY), 503),
        (Permanent(), 502),
    ],
)
def test_families_become_statuses(error: InstepError, status: int) -> None:
    assert status_of(error) == status


def test_a_panel_that_cannot_be_drawn_keeps_looking(client: FlaskClient) -> None:
    answer = client.get("/panel", query_string={"token": "over", "selectedIds": str(DEAL), "theme": "dark"})

    assert answer.status_code == 401
    assert f'hx-get="/panel/invoices?deal={DEAL}"' in answer.text
    assert 'data-theme="dark"' in answer.text
    assert "/static/panel-" in answer.text, "Pipedrive hides a frame that does not start its SDK within ten seconds"


def test_a_refused_refresh_is_told_in_pipedrives_snackbar_and_leads_to_the_truth(client: FlaskClient) -> None:
    answer = client.post(f"/panel/refresh?deal={DEAL}")

    assert json.loads(answer.headers["HX-Trigger"]) == {
        "instep:say": {"message": "This page is no longer valid"},
        "instep:look-now": {},
    }
    assert answer.headers["HX-Reswap"] == "none"


def test_a_look_that_fails_nags_nobody_and_does_not_look_again_at_once(client: FlaskClient) -> None:
    assert "HX-Trigger" not in client.get(f"/panel/invoices?deal={DEAL}").headers


def test_a_refused_deed_is_told_where_the_person_pressed(client: FlaskClient) -> None:
    answer = client.post(f"/panel/invoices/{INVOICE_ID}/change?deal={DEAL}")

    assert answer.headers["HX-Retarget"] == f"#note-{INVOICE_ID}"
    assert json.loads(answer.headers["HX-Trigger"]) == {"instep:look-now": {}}
    assert 'role="alert"' in answer.text
    assert "Dismiss" in answer.text


@pytest.mark.parametrize("code", [ErrorCode.CHANGE_UNKNOWN, ErrorCode.EMAIL_UNKNOWN, ErrorCode.IN_PROGRESS])
def test_what_is_not_over_yet_is_left_to_the_invoice_s_row(app: Flask, code: ErrorCode) -> None:
    with app.test_request_context(f"/panel/invoices/{INVOICE_ID}/email?deal={DEAL}", method="POST"):
        answer = app.make_response(on_failure(Transient(code)))

    assert answer.headers["HX-Reswap"] == "none"
    assert set(json.loads(answer.headers["HX-Trigger"])) == {"instep:say", "instep:look-now"}


@pytest.mark.parametrize("code", [ErrorCode.LINK_EXPIRED, ErrorCode.XERO_BUSY])
def test_a_document_that_does_not_open_leads_back_to_the_deal(app: Flask, code: ErrorCode) -> None:
    """The ticket is used up, so there is no second try in that tab."""
    with app.test_request_context("/pdf?ticket=used"):
        page = app.make_response(on_failure(Transient(code))).get_data(as_text=True)

    assert "Close this tab and choose Download PDF again on the deal." in page
    assert "Try again</a>" not in page


@pytest.mark.parametrize("family", [Anticipated, Transient])
def test_only_a_vendors_own_sentence_is_quoted(app: Flask, family: type[Anticipated | Transient]) -> None:
    for path in (f"/invoice?deal={DEAL}", f"/panel/unlink-contact?deal={DEAL}"):
        with app.test_request_context(path, method="POST"):
            answer = on_failure(family(ErrorCode.XERO_REFUSED, detail="PUT /Invoices"))

        assert ("PUT /Invoices" in app.make_response(answer).get_data(as_text=True)) == (family is Anticipated)


def test_a_consent_that_went_wrong_ends_in_a_redirect_without_its_code(client: FlaskClient) -> None:
    for path in ("/pipedrive/callback", "/xero/callback"):
        answer = client.get(path, query_string={"code": "secret-code", "state": "forged"})

        assert (answer.status_code, answer.location) == (302, "/?notice=link_expired")


@pytest.mark.parametrize("word", ["user_denied", "access_denied"])
def test_a_declined_consent_with_a_forged_state_is_no_consent(client: FlaskClient, word: str) -> None:
    answer = client.get("/pipedrive/callback", query_string={"error": word, "state": "forged"})

    assert answer.location == "/?notice=link_expired"


def test_a_declined_consent_is_told_calmly(client: FlaskClient) -> None:
    state = client.get("/pipedrive/install").location.split("state=")[1]

    answer = client.get("/pipedrive/callback", query_string={"error": "user_denied", "state": state})

    assert answer.location == "/?notice=consent_declined"
    assert "Nothing was connected" in client.get(answer.location).text


def test_a_notice_is_looked_up_and_never_echoed(client: FlaskClient) -> None:
    assert "evil" not in client.get("/", query_string={"notice": "<b>evil</b>"}).text


def test_an_unknown_mark_is_a_page(client: FlaskClient) -> None:
    answer = client.get("/i/nothing-of-ours")

    assert answer.status_code == 410
    assert "This deal is gone" in answer.text


def test_an_unknown_address_is_a_page(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404


def test_a_defect_is_a_page_that_says_nothing_of_itself(
    app: Flask, client: FlaskClient, frame_query: dict[str, str]
) -> None:
    del app.extensions["instep"]
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.after_request_funcs.clear()

    answer = client.get("/panel", query_string=frame_query)

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "KeyError" not in answer.text
