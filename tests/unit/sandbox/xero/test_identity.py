from datetime import datetime
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.sandbox.xero.caller import CONSENT, REDIRECT, SCOPES, Caller, allow

SECRET = {"client_id": "an-app", "client_secret": "its-secret"}


def redeem(client: FlaskClient, code: str, **more: str) -> TestResponse:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **SECRET, **more}
    return client.post("/connect/token", data=form)


def refresh(client: FlaskClient, token: str) -> TestResponse:
    return client.post("/connect/token", data={"grant_type": "refresh_token", "refresh_token": token, **SECRET})


def wait(client: FlaskClient, seconds: float) -> None:
    client.post("/control/clock", json={"advance": seconds})


def body(answer: TestResponse) -> dict[str, Any]:
    assert isinstance(answer.json, dict)
    return answer.json


def test_consent_shows_people_and_organisations(client: FlaskClient) -> None:
    page = client.get("/identity/connect/authorize", query_string=CONSENT)

    assert page.status_code == 200
    for text in ("Standard", "Adviser", "Invoice only", "Paper Lantern Studio Ltd", "Paper Lantern Events Ltd"):
        assert text in page.text


def test_allowing_gives_a_code_for_tokens_with_the_real_claims(client: FlaskClient) -> None:
    back = allow(client)

    answer = body(redeem(client, back["code"]))

    assert back["state"] == "s1"
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (1800, "Bearer", SCOPES)
    key = jwt.PyJWKSet.from_dict(body(client.get("/.well-known/openid-configuration/jwks"))).keys[0]
    claims = jwt.decode(answer["access_token"], key, ["RS256"], audience="https://identity.xero.com/resources")
    assert claims["scope"] == SCOPES.split()
    assert claims["exp"] - claims["nbf"] == 1800
    assert {"authentication_event_id", "xero_userid", "client_id", "jti", "global_session_id"} <= claims.keys()
    who = jwt.decode(answer["id_token"], key, ["RS256"], audience="an-app")
    assert who["email"] == "nora@paperlantern.example"
    assert "authentication_event_id" not in who


def test_cancelling_says_access_denied(client: FlaskClient) -> None:
    assert allow(client, decision="cancel")["error"] == "access_denied"


def test_an_invoice_only_user_is_refused(client: FlaskClient) -> None:
    data = {"decision": "allow", "user": "iris@paperlantern.example"}

    answer = client.post("/identity/connect/authorize", query_string=CONSENT, data=data)

    assert answer.status_code == 403
    assert "Standard user or an Adviser" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("redirect_uri", "http://127.0.0.1:8400/xero/callback", "Invalid redirect_uri"),
        ("redirect_uri", f"{REDIRECT}/", "Invalid redirect_uri"),
        ("client_id", "another", "unauthorized_client"),
        ("scope", "openid accounting.transactions", "invalid_scope"),
        ("scope", "openid accounting.reports.read", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
    ],
)
def test_a_wrong_request_never_comes_back(client: FlaskClient, field: str, value: str, error: str) -> None:
    answer = client.get("/identity/connect/authorize", query_string={**CONSENT, field: value})

    assert answer.status_code == 400
    assert error in answer.text


def test_a_code_works_once(client: FlaskClient) -> None:
    code = allow(client)["code"]
    redeem(client, code)

    again = redeem(client, code)

    assert (again.status_code, again.json) == (400, {"error": "invalid_grant"})


def test_a_code_dies_after_five_minutes(client: FlaskClient) -> None:
    code = allow(client)["code"]

    wait(client, 301)

    assert redeem(client, code).json == {"error": "invalid_grant"}


def test_client_credentials_may_come_as_basic(client: FlaskClient) -> None:
    form = {"grant_type": "authorization_code", "code": allow(client)["code"], "redirect_uri": REDIRECT}

    answer = client.post("/connect/token", data=form, auth=("an-app", "its-secret"))

    assert answer.status_code == 200
    assert client.post("/connect/token", data=form, auth=("an-app", "x")).json == {"error": "invalid_client"}


def test_a_refresh_token_rotates_and_the_old_one_has_half_an_hour(client: FlaskClient) -> None:
    first = body(redeem(client, allow(client)["code"]))["refresh_token"]
    second = body(refresh(client, first))["refresh_token"]

    wait(client, 1700)
    within = refresh(client, first)
    wait(client, 200)
    after = refresh(client, first)

    assert within.status_code == 200
    assert after.json == {"error": "invalid_grant"}
    assert refresh(client, second).status_code == 200


def test_a_refresh_token_dies_after_sixty_unused_days(client: FlaskClient) -> None:
    token = body(redeem(client, allow(client)["code"]))["refresh_token"]

    wait(client, 61 * 86_400)

    assert refresh(client, token).json == {"error": "invalid_grant"}


def test_without_offline_access_there_is_no_refresh_token(client: FlaskClient) -> None:
    query = {**CONSENT, "scope": "openid accounting.invoices"}

    assert "refresh_token" not in body(redeem(client, allow(client, query)["code"]))


def test_connections_are_of_the_user_and_can_be_narrowed_to_one_consent(client: FlaskClient) -> None:
    studio, events = Caller(client), Caller(client, organisation="Paper Lantern Events Ltd")
    headers = {"Authorization": events.headers["Authorization"]}
    event = jwt.decode(events.tokens["access_token"], options={"verify_signature": False})["authentication_event_id"]

    everything = client.get("/connections", headers=headers).json or []
    narrowed = client.get("/connections", headers=headers, query_string={"authEventId": event}).json or []

    assert {one["tenantId"] for one in everything} == {studio.tokens["tenant_id"], events.tokens["tenant_id"]}
    [one] = narrowed
    assert one["tenantName"] == "Paper Lantern Events Ltd"
    assert len(one["createdDateUtc"].partition(".")[2]) == 7
    assert datetime.fromisoformat(one["createdDateUtc"]).tzinfo is None


def test_deleting_a_connection_ends_access(xero: Caller) -> None:
    [one] = xero.client.get("/connections", headers=xero.headers).json or []

    by_tenant = xero.client.delete(f"/connections/{one['tenantId']}", headers=xero.headers)
    by_id = xero.client.delete(f"/connections/{one['id']}", headers=xero.headers)
    again = xero.client.delete(f"/connections/{one['id']}", headers=xero.headers)

    assert (by_tenant.status_code, by_id.status_code, again.status_code) == (403, 204, 404)
    refused = xero.call("GET", "/Organisation")
    assert (refused.status_code, body(refused)["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_revoking_ends_all_of_the_user(xero: Caller) -> None:
    answer = xero.client.post("/connect/revocation", data={"token": xero.tokens["refresh_token"], **SECRET})

    assert (answer.status_code, answer.data) == (200, b"")
    assert refresh(xero.client, xero.tokens["refresh_token"]).json == {"error": "invalid_grant"}
    assert xero.client.get("/connections", headers=xero.headers).json == []


def test_a_full_organisation_cannot_be_connected(client: FlaskClient) -> None:
    client.post("/control/conditions", json={"full_organisations": ["Paper Lantern Studio Ltd"]})

    answer = client.post("/identity/connect/authorize", query_string=CONSENT, data={"decision": "allow"})

    assert answer.status_code == 403
    assert "two uncertified apps" in answer.text
