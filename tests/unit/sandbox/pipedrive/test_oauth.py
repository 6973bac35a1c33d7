"""Consent, tokens, and their end."""

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.sandbox.pipedrive.conftest import ADMIN, CALLBACK, CLIENT, SEES_OWN, Answer, Pipedrive

ASKED = {"client_id": CLIENT[0], "redirect_uri": CALLBACK, "state": "s&1"}
HOUR, DAY = 3600, 86400


def _decide(pipedrive: Pipedrive, decision: str, user_id: int = ADMIN) -> dict[str, list[str]]:
    form = {**ASKED, "decision": decision, "user_id": str(user_id)}
    answer = pipedrive.browser.post("/oauth/authorize", data=form)
    assert answer.status_code == 302
    assert answer.location.startswith(f"{CALLBACK}?")
    return parse_qs(urlsplit(answer.location).query)


def _token(pipedrive: Pipedrive, client: tuple[str, str] | None = CLIENT, **form: str) -> Answer:
    headers = {"Authorization": "Basic " + b64encode(":".join(client).encode()).decode()} if client else {}
    return pipedrive.browser.post("/oauth/token", data=form, headers=headers)


def _exchange(pipedrive: Pipedrive, code: str, **more: Any) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK} | more
    return _token(pipedrive, **form)


def _me(pipedrive: Pipedrive, access_token: str) -> Answer:
    return pipedrive.browser.get("/v1/users/me", headers={"Authorization": f"Bearer {access_token}"})


def test_consent_names_the_app_and_lets_a_person_choose(pipedrive: Pipedrive) -> None:
    page = pipedrive.browser.get("/oauth/authorize", query_string=ASKED).text

    assert "Instep asks for access" in page
    assert "deal-fields:full" in page
    assert page.count('name="user_id"') == 3


def test_a_code_becomes_tokens_of_the_chosen_user(pipedrive: Pipedrive) -> None:
    answer = _decide(pipedrive, "allow", SEES_OWN)
    issued = _exchange(pipedrive, answer["code"][0]).json

    assert answer["state"] == ["s&1"]
    assert set(issued) == {"access_token", "token_type", "refresh_token", "scope", "expires_in", "api_domain"}
    assert issued["api_domain"] == "http://127.0.0.1:8401"
    assert issued["scope"].startswith("base,deals:full,")
    assert _me(pipedrive, issued["access_token"]).json["data"]["id"] == SEES_OWN


def test_who_agrees_is_the_one_logged_in_afterwards(pipedrive: Pipedrive) -> None:
    _decide(pipedrive, "allow", SEES_OWN)

    assert pipedrive.browser.get("/deal/1").status_code == 403


def test_access_tokens_hold_everything_that_must_be_encoded(pipedrive: Pipedrive) -> None:
    token = pipedrive.tokens()["access_token"]

    assert token.startswith("v1u:")
    assert all(sign in token for sign in "+/=:")


def test_who_cancels_is_sent_back_without_a_code(pipedrive: Pipedrive) -> None:
    assert _decide(pipedrive, "deny") == {"error": ["user_denied"], "state": ["s&1"]}


@pytest.mark.parametrize(
    "changed", [{"client_id": "other"}, {"redirect_uri": "nonsense"}, {"redirect_uri": CALLBACK + "/"}]
)
def test_a_wrong_question_is_refused_without_redirect(pipedrive: Pipedrive, changed: dict[str, str]) -> None:
    assert pipedrive.browser.get("/oauth/authorize", query_string=ASKED | changed).status_code == 400


def test_a_code_works_once(pipedrive: Pipedrive) -> None:
    code = _decide(pipedrive, "allow")["code"][0]

    assert _exchange(pipedrive, code).status_code == 200
    assert _exchange(pipedrive, code).status_code == 400


def test_a_code_lives_for_five_minutes(pipedrive: Pipedrive) -> None:
    code = _decide(pipedrive, "allow")["code"][0]
    pipedrive.later(301)

    assert "expired" in _exchange(pipedrive, code).json["message"]


@pytest.mark.parametrize(
    ("form", "client"),
    [
        ({"grant_type": "password"}, CLIENT),
        ({}, CLIENT),
        ({"grant_type": "authorization_code", "code": "nonsense", "redirect_uri": CALLBACK}, CLIENT),
        ({"grant_type": "authorization_code", "code": "nonsense", "redirect_uri": "nonsense"}, CLIENT),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, CLIENT),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, None),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, (CLIENT[0], "wrong")),
    ],
)
def test_every_documented_mistake_is_a_400(
    pipedrive: Pipedrive, form: dict[str, str], client: tuple[str, str] | None
) -> None:
    answer = _token(pipedrive, client, **form)

    assert answer.status_code == 400
    assert answer.json["success"] is False


def test_the_token_address_may_end_in_a_slash(pipedrive: Pipedrive) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": pipedrive.tokens()["refresh_token"]}

    assert pipedrive.browser.post("/oauth/token/", data=form, auth=CLIENT).status_code == 200


def test_a_json_body_is_refused(pipedrive: Pipedrive) -> None:
    answer = pipedrive.browser.post("/oauth/token", json={"grant_type": "refresh_token"}, auth=CLIENT)

    assert answer.status_code == 400
    assert "Content-Type" in answer.json["message"]


def test_access_ends_after_an_hour_and_refresh_renews_it(pipedrive: Pipedrive) -> None:
    first = pipedrive.tokens()
    pipedrive.later(HOUR)
    second = _token(pipedrive, grant_type="refresh_token", refresh_token=first["refresh_token"]).json

    assert _me(pipedrive, first["access_token"]).status_code == 401
    assert _me(pipedrive, second["access_token"]).status_code == 200
    assert second["refresh_token"] == first["refresh_token"]


def test_each_use_gives_a_refresh_token_sixty_more_days(pipedrive: Pipedrive) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": pipedrive.tokens()["refresh_token"]}

    pipedrive.later(59 * DAY)
    assert _token(pipedrive, **refresh).status_code == 200
    pipedrive.later(59 * DAY)
    assert _token(pipedrive, **refresh).status_code == 200
    pipedrive.later(61 * DAY)
    assert _token(pipedrive, **refresh).status_code == 400


def test_refresh_tokens_rotate_where_the_switch_says_so(pipedrive: Pipedrive) -> None:
    first = pipedrive.tokens()["refresh_token"]
    pipedrive.set(rotate_refresh_tokens=1)

    second = _token(pipedrive, grant_type="refresh_token", refresh_token=first).json["refresh_token"]

    assert second != first
    assert _token(pipedrive, grant_type="refresh_token", refresh_token=first).status_code == 400


def _revoke(pipedrive: Pipedrive, token: str) -> None:
    assert pipedrive.browser.post("/oauth/revoke", data={"token": token}, auth=CLIENT).status_code == 200


def test_revoking_the_access_token_leaves_the_app_installed(pipedrive: Pipedrive) -> None:
    issued = pipedrive.tokens()
    _revoke(pipedrive, issued["access_token"])

    assert _me(pipedrive, issued["access_token"]).status_code == 401
    assert pipedrive.browser.get("/control/state").json["installed"] == [ADMIN]


def test_revoking_the_refresh_token_uninstalls(pipedrive: Pipedrive) -> None:
    issued = pipedrive.tokens()
    _revoke(pipedrive, issued["refresh_token"])
    _revoke(pipedrive, "unknown")

    assert _me(pipedrive, issued["access_token"]).status_code == 401
    assert pipedrive.browser.get("/control/state").json["installed"] == []


def test_a_second_install_leaves_the_first_tokens_alone_until_the_user_uninstalls(pipedrive: Pipedrive) -> None:
    first, second = pipedrive.tokens(), pipedrive.tokens()
    assert _token(pipedrive, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 200

    _revoke(pipedrive, second["refresh_token"])

    assert _token(pipedrive, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400
