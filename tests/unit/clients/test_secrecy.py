"""No failure and no log line shows a token, a secret or a body."""

import logging
import re
import traceback
from collections.abc import Callable

import pytest
import requests
import responses

from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.xero.oauth import XeroOAuth
from sync.domain.secret import Secret
from sync.errors import InstepError
from tests.unit.clients.vendors import Tokens, a_pipedrive_client, a_xero_client

HIDDEN = "zq7-hidden"
ANY_URL = re.compile(".*")
BODIES = {
    "json": f'{{"access_token": "{HIDDEN}", "Elements": [{{"Name": "{HIDDEN}", "ValidationErrors": []}}], "id": "{HIDDEN}"}}',
    "html": f"<html>{HIDDEN}</html>",
    "half": f'{{"data": {{"{HIDDEN}',
    "text": HIDDEN,
    "empty": "",
}


def xero_write() -> object:
    return a_xero_client(Tokens(token=HIDDEN)).create_invoice(body=HIDDEN.encode(), idempotency_key=HIDDEN)


def xero_read() -> object:
    return a_xero_client(Tokens(token=HIDDEN)).search_contacts(term=HIDDEN)


def pipedrive_write() -> object:
    return a_pipedrive_client(Tokens(token=HIDDEN)).create_webhook(
        url=f"https://{HIDDEN}", action="*", entity="deal", name="n", username="u", password=Secret(HIDDEN)
    )


def pipedrive_read() -> object:
    return a_pipedrive_client(Tokens(token=HIDDEN)).get_deal_products(deal_id=1)


def xero_exchange() -> object:
    return XeroOAuth(
        client_id="c", client_secret=Secret(HIDDEN), redirect_uri="https://i.example", scopes=("openid",)
    ).exchange(code=HIDDEN)


def pipedrive_refresh() -> object:
    return PipedriveOAuth(client_id="c", client_secret=Secret(HIDDEN), redirect_uri="https://i.example").refresh(
        refresh_token=Secret(HIDDEN)
    )


def xero_revoke() -> None:
    return XeroOAuth(
        client_id="c", client_secret=Secret(HIDDEN), redirect_uri="https://i.example", scopes=("openid",)
    ).revoke(refresh_token=Secret(HIDDEN))


CALLS = [xero_write, xero_read, pipedrive_write, pipedrive_read, xero_exchange, pipedrive_refresh, xero_revoke]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 402, 403, 404, 410, 415, 418, 422, 429, 500, 503])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("call", CALLS)
def test_a_failure_shows_nothing(
    call: Callable[[], object], body: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with responses.RequestsMock() as web:
        for method in ("GET", "PUT", "POST"):
            web.add(method, ANY_URL, status=status, body=body, headers={"X-Odd": HIDDEN})
        web.assert_all_requests_are_fired = False

        shown = outcome_of(call)

    assert HIDDEN not in shown
    assert HIDDEN not in caplog.text


@pytest.mark.parametrize("call", CALLS)
def test_a_lost_connection_shows_nothing(call: Callable[[], object], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        for method in ("GET", "PUT", "POST"):
            web.add(method, ANY_URL, body=requests.ConnectionError("reset"))

        shown = outcome_of(call)

    assert "InstepError" not in shown
    assert HIDDEN not in shown + caplog.text


def outcome_of(call: Callable[[], object]) -> str:
    try:
        return repr(call())
    except InstepError as failure:
        return "\n".join([repr(failure), str(failure), *traceback.format_exception(failure)])
