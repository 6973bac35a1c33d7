"""What people see when something fails."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.failures import on_failure, status_of
from marketplace.messages import GUIDANCE, STEP_LABELS, Step
from sync.errors import Anticipated, ErrorCode, InstepError, Permanent, Transient
from tests.unit.marketplace.conftest import DEAL


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
    assert "frame-" in answer.text, "Pipedrive hides a frame that does not start its SDK within ten seconds"


def test_a_refused_fragment_says_so_in_pipedrives_snackbar_too(client: FlaskClient) -> None:
    refresh = client.post(f"/panel/refresh?deal={DEAL}")
    news = client.get(f"/panel/invoices?deal={DEAL}")

    said = {"instep:say": {"message": "This page is no longer valid"}}
    assert json.loads(refresh.headers["HX-Trigger"]) == said | {"instep:look-now": {}}
    assert json.loads(news.headers["HX-Trigger"]) == said, "or the panel would look again and again"


@pytest.mark.parametrize("family", [Anticipated, Transient])
def test_only_a_vendors_own_sentence_is_quoted(app: Flask, family: type[Anticipated | Transient]) -> None:
    with app.test_request_context(f"/invoice?deal={DEAL}", method="POST"):
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
