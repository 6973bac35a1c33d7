"""Consent, tokens and revocation of both platforms, as they are on the wire."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import responses
from responses import matchers

from sync.clients.failures import GrantDead, RateLimited, TokenRefused, Unavailable
from sync.clients.oauth import Tokens
from sync.clients.pipedrive.oauth import PipedriveOAuth, WrongApiDomain
from sync.clients.xero.oauth import XeroOAuth
from sync.domain.secret import Secret
from sync.errors import ErrorCode, Permanent
from tests.unit.clients.vendors import DROP, HOLD, ScriptedVendor

PIPEDRIVE_TOKEN = "https://oauth.pipedrive.com/oauth/token"
XERO_TOKEN = "https://identity.xero.com/connect/token"
BASIC = "Basic " + base64.b64encode(b"client-1:hush").decode()

OAuth = PipedriveOAuth | XeroOAuth


def test_pipedrives_consent_page_gets_our_address_and_state_and_no_scope() -> None:
    address = urlsplit(a_pipedrive_oauth().authorize_url(state="s1"))

    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://oauth.pipedrive.com/oauth/authorize"
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "https://instep.example/callback",
        "state": "s1",
    }


def test_xeros_consent_page_gets_the_scopes_separated_by_spaces() -> None:
    address = urlsplit(a_xero_oauth().authorize_url(state="s1"))

    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://login.xero.com/identity/connect/authorize"
    assert parse_qs(address.query)["scope"] == ["openid offline_access accounting.invoices"]
    assert parse_qs(address.query)["state"] == ["s1"]


def test_pipedrives_code_is_exchanged_by_form_and_basic_auth(web: responses.RequestsMock) -> None:
    form = {"grant_type": "authorization_code", "code": "c:1+/=", "redirect_uri": "https://instep.example/callback"}
    web.post(
        PIPEDRIVE_TOKEN,
        json=pipedrive_tokens(scope="deals:full,webhooks:full,base"),
        match=[matchers.urlencoded_params_matcher(form), matchers.header_matcher({"Authorization": BASIC})],
    )

    tokens = a_pipedrive_oauth().exchange(code="c:1+/=")

    assert tokens == Tokens(
        access_token=Secret("v1u:access+/="),
        refresh_token=Secret("1:1:refresh"),
        expires_in=3599,
        scope="deals:full webhooks:full base",
        api_domain="https://acme.pipedrive.com",
    )


def test_xeros_refresh_gives_both_new_tokens_whatever_the_order_of_scopes(web: responses.RequestsMock) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "old"}
    web.post(
        XERO_TOKEN,
        json=xero_tokens(scope="accounting.invoices offline_access openid profile", id_token="a.b.c"),
        match=[matchers.urlencoded_params_matcher(form), matchers.header_matcher({"Authorization": BASIC})],
    )

    tokens = a_xero_oauth().refresh(refresh_token=Secret("old"))

    assert (tokens.access_token.reveal(), tokens.refresh_token.reveal()) == ("access", "refresh")
    assert tokens.scope == "accounting.invoices offline_access openid profile"
    assert tokens.id_token.reveal() == "a.b.c"
    assert tokens.api_domain == ""


def test_a_refresh_that_gives_no_refresh_token_keeps_the_old_one(web: responses.RequestsMock) -> None:
    answer = pipedrive_tokens()
    del answer["refresh_token"]
    web.post(PIPEDRIVE_TOKEN, json=answer)

    assert a_pipedrive_oauth().refresh(refresh_token=Secret("old")).refresh_token.reveal() == "old"


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant"},
        {"success": False, "message": "Invalid grant: refresh token is invalid", "error": "invalid_grant"},
        {"error": "refresh_token is invalid"},
        {"message": "The authorization code has expired"},
        {"error_description": "code is not valid or was already used"},
        "refresh_token is invalid",
    ],
)
def test_pipedrive_says_in_several_ways_that_a_grant_is_dead(web: responses.RequestsMock, body: object) -> None:
    reply(web, PIPEDRIVE_TOKEN, 400, body)

    with pytest.raises(GrantDead):
        a_pipedrive_oauth().refresh(refresh_token=Secret("old"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "invalid_client", "message": "client credentials are invalid"}),
        (400, {"error": "invalid_request", "message": "Invalid grant_type parameter or parameter missing"}),
        (400, {"error": "redirect_uri does not match"}),
        (400, "<html>error code 1020, request invalid, your token expired already</html>"),
        (401, {"error": "invalid_grant"}),
    ],
)
def test_our_own_mistake_does_not_declare_an_installation_dead(
    web: responses.RequestsMock, status: int, body: object
) -> None:
    reply(web, PIPEDRIVE_TOKEN, status, body)

    with pytest.raises(TokenRefused):
        a_pipedrive_oauth().refresh(refresh_token=Secret("old"))


def test_xero_declares_a_grant_dead_with_one_word(web: responses.RequestsMock) -> None:
    web.post(XERO_TOKEN, json={"error": "invalid_grant"}, status=400)

    with pytest.raises(GrantDead):
        a_xero_oauth().exchange(code="used")


@pytest.mark.parametrize(
    ("status", "body", "known"),
    [
        (400, {"error": "invalid_client"}, " invalid_client"),
        (401, {"error": "unauthorized_client", "error_description": "client-1"}, " unauthorized_client"),
        (400, {"error": "hush is not the secret"}, ""),
    ],
)
def test_a_refusal_of_the_app_itself_is_nobody_s_to_mend_and_repeats_known_words_only(
    web: responses.RequestsMock, status: int, body: object, known: str
) -> None:
    reply(web, XERO_TOKEN, status, body)

    with pytest.raises(TokenRefused) as caught:
        a_xero_oauth().exchange(code="c")

    assert isinstance(caught.value, Permanent)
    assert str(caught.value) == f"xero POST /connect/token: {status}{known}"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>maintenance</html>"),
        (200, "access_token=a&token_type=bearer&refresh_token=r&expires_in=60"),
        (200, '{"access_token": "a", "refr'),
        (200, []),
        (200, "null"),
        (200, {}),
        (200, {"error": "temporarily_unavailable"}),
        (200, {"access_token": "a", "error": "odd", "refresh_token": "r", "token_type": "Bearer", "expires_in": 60}),
        (200, {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": "soon"}),
        (200, {"access_token": "a", "refresh_token": "r", "token_type": "MAC", "expires_in": 60}),
        (200, {"access_token": 7, "refresh_token": "r", "token_type": "Bearer", "expires_in": 60}),
        (204, ""),
        (302, ""),
        (403, "<html>blocked</html>"),
        (404, "not here"),
        (500, {"error": "invalid_grant"}),
        (503, "down"),
    ],
)
@pytest.mark.parametrize("platform", ["pipedrive", "xero"])
def test_an_answer_that_cannot_be_read_never_kills_a_grant(
    web: responses.RequestsMock, platform: str, status: int, body: object
) -> None:
    oauth, url = by_platform(platform)
    reply(web, url, status, body)

    with pytest.raises(Unavailable):
        oauth.refresh(refresh_token=Secret("old"))


def test_a_token_endpoint_that_redirects_is_not_followed(web: responses.RequestsMock) -> None:
    web.post(XERO_TOKEN, status=307, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(Unavailable):
        a_xero_oauth().exchange(code="c")


@pytest.mark.parametrize("platform", ["pipedrive", "xero"])
def test_too_many_token_requests_say_when_to_come_back(web: responses.RequestsMock, platform: str) -> None:
    oauth, url = by_platform(platform)
    web.post(url, status=429, headers={"Retry-After": "30"}, body="")

    with pytest.raises(RateLimited) as caught:
        oauth.refresh(refresh_token=Secret("old"))

    assert caught.value.retry_after == 30


@pytest.mark.parametrize("script", [DROP, HOLD])
def test_a_refresh_without_an_answer_is_sent_once_and_may_be_tried_again(
    vendor_doing: Callable[[list[bytes | None]], ScriptedVendor],
    monkeypatch: pytest.MonkeyPatch,
    script: bytes | None,
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    vendor = vendor_doing([script, script])
    oauth = a_xero_oauth(identity_url=vendor.url, timeout=(5, 0.05))

    with pytest.raises(Unavailable) as caught:
        oauth.refresh(refresh_token=Secret("old"))

    assert caught.value.code is ErrorCode.XERO_UNAVAILABLE
    assert len(vendor.requests) == 1


def test_xeros_grant_is_revoked_by_its_refresh_token(web: responses.RequestsMock) -> None:
    web.post(
        "https://identity.xero.com/connect/revocation",
        match=[matchers.urlencoded_params_matcher({"token": "r"}), matchers.header_matcher({"Authorization": BASIC})],
    )

    a_xero_oauth().revoke(refresh_token=Secret("r"))


def test_pipedrives_tokens_are_revoked_with_their_signs_encoded(web: responses.RequestsMock) -> None:
    web.post(
        "https://oauth.pipedrive.com/oauth/revoke",
        match=[matchers.urlencoded_params_matcher({"token": "v1u:a+/="})],
    )

    a_pipedrive_oauth().revoke(token=Secret("v1u:a+/="))


@pytest.mark.parametrize("failure", [{"status": 503}, {"body": requests.ConnectionError("gone")}])
def test_a_revocation_that_did_not_come_through_says_so(web: responses.RequestsMock, failure: dict[str, Any]) -> None:
    web.post("https://identity.xero.com/connect/revocation", **failure)

    with pytest.raises(Unavailable):
        a_xero_oauth().revoke(refresh_token=Secret("r"))


def test_a_refresh_without_the_domain_is_kept_but_an_installation_is_not(web: responses.RequestsMock) -> None:
    web.post(PIPEDRIVE_TOKEN, json=pipedrive_tokens(api_domain=None))
    oauth = a_pipedrive_oauth()

    assert oauth.refresh(refresh_token=Secret("old")).api_domain == ""
    with pytest.raises(WrongApiDomain):
        oauth.exchange(code="c")


def test_a_token_answer_that_points_elsewhere_is_not_taken(web: responses.RequestsMock) -> None:
    web.post(PIPEDRIVE_TOKEN, json=pipedrive_tokens(api_domain="https://evil.example"))

    with pytest.raises(WrongApiDomain):
        a_pipedrive_oauth().exchange(code="c")


def a_pipedrive_oauth() -> PipedriveOAuth:
    return PipedriveOAuth(
        client_id="client-1", client_secret=Secret("hush"), redirect_uri="https://instep.example/callback"
    )


def a_xero_oauth(**over: Any) -> XeroOAuth:
    return XeroOAuth(
        client_id="client-1",
        client_secret=Secret("hush"),
        redirect_uri="https://instep.example/callback",
        scopes=("openid", "offline_access", "accounting.invoices"),
        **over,
    )


def by_platform(platform: str) -> tuple[OAuth, str]:
    return (a_pipedrive_oauth(), PIPEDRIVE_TOKEN) if platform == "pipedrive" else (a_xero_oauth(), XERO_TOKEN)


def reply(web: responses.RequestsMock, url: str, status: int, body: object) -> None:
    if isinstance(body, str):
        kind = "text/html" if body.startswith("<") else "text/plain"
        web.post(url, status=status, body=body, content_type=kind)
    else:
        web.post(url, status=status, json=body)


def pipedrive_tokens(**over: object) -> dict[str, object]:
    # Keys as in https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    return {
        "access_token": "v1u:access+/=",
        "token_type": "Bearer",
        "refresh_token": "1:1:refresh",
        "scope": "base",
        "expires_in": 3599,
        "api_domain": "https://acme.pipedrive.com",
        **over,
    }


def xero_tokens(**over: object) -> dict[str, object]:
    return {"access_token": "access", "token_type": "bearer", "refresh_token": "refresh", "expires_in": 1800, **over}
