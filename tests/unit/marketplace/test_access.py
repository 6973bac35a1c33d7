"""Every door, and who is turned away at it."""

import base64
from collections.abc import Callable

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.access import Access, GuardedBlueprint
from sync.core import Core
from sync.operations.identity import person_of
from sync.operations.tickets import issue_setup_ticket
from sync.store.company import Installation
from tests.unit.marketplace.conftest import CLIENT_ID, CLIENT_SECRET, COMPANY, DEAL, USER

BEARER_ROUTES = [
    ("GET", f"/panel/invoices?deal={DEAL}"),
    ("POST", f"/panel/refresh?deal={DEAL}"),
    ("GET", f"/invoice/form?deal={DEAL}"),
    ("POST", f"/invoice?deal={DEAL}"),
    ("GET", f"/invoices/list?deal={DEAL}"),
    ("GET", f"/invoices/contacts?deal={DEAL}"),
    ("POST", f"/invoices/contact?deal={DEAL}"),
    ("POST", f"/invoices/0f0e0000-0000-4000-8000-000000000001/link?deal={DEAL}"),
    ("POST", f"/invoices/0f0e0000-0000-4000-8000-000000000001/unlink?deal={DEAL}"),
    ("POST", "/tickets"),
]
SESSION_ROUTES = [
    ("GET", "/setup"),
    ("POST", "/xero/connect"),
    ("POST", "/xero/disconnect"),
    ("POST", "/setup/organisation"),
    ("POST", "/setup/preferences"),
    ("POST", "/setup/example"),
    ("POST", "/setup/example/part"),
    ("POST", "/setup/fields"),
    ("GET", "/setup/history"),
]
SIGNED_ADDRESSES = ["/panel", "/invoice", "/invoices", "/settings"]


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            assert isinstance(app.blueprints[rule.endpoint.split(".")[0]], GuardedBlueprint), rule


def test_these_and_no_other_routes_are_open_to_anybody(app: Flask) -> None:
    open_routes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and app.blueprints[rule.endpoint.split(".")[0]].access is Access.PUBLIC  # type: ignore[attr-defined]  # a blueprint of ours has it
    }

    assert open_routes == {"/", "/i/<intent_key>", "/pipedrive/callback"}


@pytest.mark.parametrize(("method", "path"), BEARER_ROUTES)
def test_a_fragment_wants_a_token_in_the_header(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), BEARER_ROUTES)
def test_a_token_in_the_address_is_no_bearer(
    client: FlaskClient, signed: Callable[..., str], method: str, path: str
) -> None:
    separator = "&" if "?" in path else "?"

    assert client.open(f"{path}{separator}token={signed()}", method=method).status_code == 401


@pytest.mark.parametrize(("method", "path"), SESSION_ROUTES)
def test_setup_wants_a_session(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code == 401


@pytest.mark.parametrize("path", SIGNED_ADDRESSES)
@pytest.mark.parametrize("flaw", [{"secret": "k" * 32}, {"lifetime": -60}])
def test_a_token_that_is_forged_or_over_opens_nothing(
    client: FlaskClient, signed: Callable[..., str], path: str, flaw: dict[str, object]
) -> None:
    query = {"token": signed(**flaw), "selectedIds": str(DEAL)}

    assert client.get(path, query_string=query).status_code == 401


def test_a_token_without_signature_opens_nothing(client: FlaskClient) -> None:
    token = jwt.encode({"userId": USER, "companyId": COMPANY, "exp": 4_000_000_000}, "", algorithm="none")

    assert client.get("/panel", query_string={"token": token, "selectedIds": str(DEAL)}).status_code == 401


def test_a_token_of_somebody_who_never_installed_is_told_so(client: FlaskClient, signed: Callable[..., str]) -> None:
    answer = client.get("/panel", query_string={"token": signed(user_id=99), "selectedIds": str(DEAL)})

    assert answer.status_code == 403
    assert "Install Instep" in answer.text


@pytest.mark.parametrize("deal", ["", "x", "0"])
def test_a_panel_without_a_deal_is_refused(client: FlaskClient, bearer: dict[str, str], deal: str) -> None:
    assert client.get(f"/panel/invoices?deal={deal}", headers=bearer).status_code == 422


def test_a_ticket_opens_the_setup_once(client: FlaskClient, core: Core) -> None:
    person = person_of(core, company_id=COMPANY, user_id=USER)
    ticket = issue_setup_ticket(core, person=person, deal_id=DEAL)

    first = client.get(f"/setup?ticket={ticket}")
    second = client.get(f"/setup?ticket={ticket}")

    assert (first.status_code, first.location) == (302, "/setup")
    assert client.get("/setup").status_code == 200
    assert second.status_code == 401


def test_the_cookie_is_bound_to_host_and_https(client: FlaskClient) -> None:
    cookie = client.get("/pipedrive/install").headers["Set-Cookie"]

    assert cookie.startswith("__Host-instep=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_of_another_site_is_refused(client: FlaskClient, core: Core, headers: dict[str, str]) -> None:
    _sign_in(client, core)

    assert client.post("/xero/disconnect", headers=headers).status_code == 401


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://instep.example"}, {}])
def test_our_own_form_is_taken(client: FlaskClient, core: Core, headers: dict[str, str]) -> None:
    _sign_in(client, core)

    assert client.post("/xero/disconnect", headers=headers).status_code == 302


def test_pipedrive_may_uninstall_a_user(client: FlaskClient, core: Core) -> None:
    answer = client.delete("/pipedrive/callback", headers=_basic(), json=_leaving())

    with core.database.reading() as session:
        assert session.get_one(Installation, (COMPANY, USER)).ended_at is not None
        assert session.get_one(Installation, (COMPANY, USER + 1)).ended_at is None
    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        ("wrong", {"client_id": CLIENT_ID}, 401),
        (CLIENT_SECRET, {"client_id": "another-app"}, 401),
        (CLIENT_SECRET, {"client_id": CLIENT_ID, "user_id": "not a number"}, 400),
    ],
)
def test_nobody_else_may_uninstall_a_user(
    client: FlaskClient, core: Core, secret: str, body: dict[str, object], status: int
) -> None:
    answer = client.delete("/pipedrive/callback", headers=_basic(secret), json=_leaving() | body)

    with core.database.reading() as session:
        assert session.get_one(Installation, (COMPANY, USER)).ended_at is None
    assert (answer.status_code, answer.data) == (status, b"")


def test_word_of_sharing_changes_nothing(client: FlaskClient) -> None:
    body = {"company_id": COMPANY, "user_id": USER, "isShared": False}

    assert client.post("/pipedrive/callback", json=body).status_code == 204


def _sign_in(client: FlaskClient, core: Core) -> None:
    person = person_of(core, company_id=COMPANY, user_id=USER)
    client.get(f"/setup?ticket={issue_setup_ticket(core, person=person, deal_id=DEAL)}")


def _basic(secret: str = CLIENT_SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()}


def _leaving() -> dict[str, object]:
    return {"client_id": CLIENT_ID, "company_id": COMPANY, "user_id": USER, "timestamp": "2026-11-22 11:00:00"}
