import threading

import pytest
from flask.testing import FlaskClient

from tests.unit.sandbox.xero.caller import BASE, Caller, only


def test_without_a_token_nothing_is_said(client: FlaskClient) -> None:
    answer = client.get(f"{BASE}/Invoices")

    assert (answer.status_code, answer.content_type) == (401, "text/xml; charset=utf-8")


def test_an_old_token_is_called_expired(xero: Caller) -> None:
    xero.client.post("/control/clock", json={"advance": 1801})

    answer = xero.call("GET", "/Organisation")

    assert answer.status_code == 401
    assert "TokenExpired: token expired at" in answer.text


def test_another_tenant_is_forbidden(xero: Caller) -> None:
    for tenant in ("8310b885-b3ce-5a50-b917-ecd0ab5d4e91", "nonsense", ""):
        answer = xero.call("GET", "/Organisation", headers={"xero-tenant-id": tenant})

        assert answer.status_code == 403
        assert '"Detail": "AuthenticationUnsuccessful"' in answer.text


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("accounting.invoices.read", "GET", "/Invoices", 200),
        ("accounting.invoices.read", "PUT", "/Invoices", 401),
        ("accounting.invoices.read", "GET", "/Items", 200),
        ("accounting.settings.read", "GET", "/Items", 200),
        ("accounting.settings.read", "GET", "/Invoices", 401),
        ("accounting.settings.read", "PUT", "/Currencies", 401),
        ("accounting.invoices", "GET", "/Payments", 401),
        ("accounting.invoices", "GET", "/Contacts", 401),
        ("accounting.payments.read", "GET", "/Payments", 200),
    ],
)
def test_scopes_are_granular(client: FlaskClient, scope: str, method: str, path: str, status: int) -> None:
    answer = Caller(client, scope=scope).call(method, path, json={})

    assert answer.status_code == status
    if status == 401:
        assert "AuthorizationUnsuccessful" in answer.text
        assert answer.headers["WWW-Authenticate"] == "insufficient_scope"


def test_a_lost_role_forbids(xero: Caller) -> None:
    xero.client.post("/control/organisation", json={"roles": {"nora@paperlantern.example": "READONLY"}})

    answer = xero.call("GET", "/Invoices")

    assert answer.status_code == 403
    assert "not permitted to access this resource" in answer.text


def test_what_is_left_is_in_the_headers(xero: Caller) -> None:
    xero.client.post("/control/conditions", json={"limits": {"minute": 60}})

    answer = xero.call("GET", "/Organisation")

    assert answer.headers["X-MinLimit-Remaining"] == "59"
    assert answer.headers["X-DayLimit-Remaining"] == "999"
    assert answer.headers["X-AppMinLimit-Remaining"] == "9999"
    alone = xero.client.get("/connections", headers=xero.headers)
    assert "X-AppMinLimit-Remaining" in alone.headers
    assert "X-MinLimit-Remaining" not in alone.headers


@pytest.mark.parametrize(("limit", "length"), [("minute", 60), ("day", 86_400), ("appminute", 60)])
def test_over_a_limit_is_429_until_the_window_ends(xero: Caller, limit: str, length: int) -> None:
    xero.client.post("/control/conditions", json={"limits": {limit: 2}})
    xero.call("GET", "/Organisation")
    xero.call("GET", "/Organisation")

    refused = xero.call("GET", "/Organisation")

    assert (refused.status_code, refused.data) == (429, b"")
    assert refused.headers["X-Rate-Limit-Problem"] == limit
    assert length - 5 <= int(refused.headers["Retry-After"]) <= length
    state = xero.client.get("/control/state").json or {}
    assert state["limits"]["refused"] == {limit: 1}
    xero.client.post("/control/clock", json={"advance": 61})
    assert (xero.call("GET", "/Organisation").status_code == 200) == (limit != "day")


def test_more_than_five_at_once_are_refused_without_a_time(xero: Caller) -> None:
    xero.client.post("/control/faults", json={"path": f"{BASE}/*", "do": "slow", "seconds": 0.4, "times": 6})
    app, answers = xero.client.application, []

    def call() -> None:
        answers.append(app.test_client().get(f"{BASE}/Organisation", headers=xero.headers))

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [refused] = [answer for answer in answers if answer.status_code == 429]
    assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
    assert "Retry-After" not in refused.headers
    assert xero.call("GET", "/Organisation").status_code == 200


def test_a_key_gives_the_first_answer_again_for_six_minutes(xero: Caller) -> None:
    body, headers = {"Invoices": [xero.draft()]}, {"Idempotency-Key": "k1"}
    first = xero.call("PUT", "/Invoices", json=body, headers=headers)

    again = xero.call("PUT", "/Invoices", json=body, headers=headers)
    other = xero.call("PUT", "/Invoices?unitdp=4", json=body, headers=headers)
    xero.client.post("/control/clock", json={"advance": 361})
    later = xero.call("PUT", "/Invoices", json=body, headers=headers)

    assert again.data == first.data
    assert (other.status_code, "is used with a different request." in other.text) == (400, True)
    assert only(later)["InvoiceID"] != only(first)["InvoiceID"]


def test_a_duplicate_waits_for_the_first(xero: Caller) -> None:
    app, answers = xero.client.application, []
    body, headers = {"Invoices": [xero.draft()]}, {**xero.headers, "Idempotency-Key": "k3"}

    def call() -> None:
        answers.append(app.test_client().put(f"{BASE}/Invoices", json=body, headers=headers))

    threads = [threading.Thread(target=call) for _ in range(4)]
    with app.extensions["sandbox.xero"].world.lock:
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert len({only(answer)["InvoiceID"] for answer in answers}) == 1


def test_a_key_remembers_errors_too(xero: Caller) -> None:
    body, headers = {"Invoices": [xero.draft()]}, {"Idempotency-Key": "k2"}
    xero.client.post("/control/faults", json={"method": "PUT", "path": f"{BASE}/Invoices", "do": "500"})
    before = len(xero.rows("/Invoices?summaryOnly=true"))

    first, again = (xero.call("PUT", "/Invoices", json=body, headers=headers) for _ in range(2))

    assert (first.status_code, again.status_code, again.data) == (500, 500, first.data)
    assert len(xero.rows("/Invoices?summaryOnly=true")) == before


def test_a_key_has_at_most_128_characters(xero: Caller) -> None:
    answer = xero.call("PUT", "/Invoices", json={}, headers={"Idempotency-Key": "k" * 129})

    assert answer.status_code == 400


def test_a_429_fault_is_xeros_own(xero: Caller) -> None:
    xero.client.post("/control/faults", json={"path": f"{BASE}/*", "do": "429"})

    answer = xero.call("GET", "/Organisation")

    assert (answer.status_code, answer.headers["X-Rate-Limit-Problem"]) == (429, "minute")
    assert answer.headers["Retry-After"] == "1"
    state = xero.client.get("/control/state").json or {}
    assert state["limits"]["refused"] == {}


def test_xml_is_what_nobody_asked_for(xero: Caller) -> None:
    answer = xero.call("GET", "/TaxRates", headers={"Accept": "*/*"})

    assert answer.content_type == "text/xml; charset=utf-8"
    assert "<TaxRate><Name>TVA 20 % (ventes)</Name>" in answer.text


def test_an_unknown_resource_is_plain_text(xero: Caller) -> None:
    answer = xero.call("GET", "/Invoices/INV-9999")

    assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")
