"""The vendor's own Python client against our Xero, over real HTTP: an outside judge of the simulator."""

import socket
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from xero_python.accounting import AccountingApi, Contact, CurrencyCode, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import AccountingBadRequestException
from xero_python.identity import IdentityApi

from sandbox import server
from sandbox.xero.app import create_app
from sandbox.xero.config import XeroConfig

REDIRECT = "http://localhost:8400/xero/callback"
SCOPE = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings.read"
SCOPE_LIST = SCOPE.split()


@pytest.fixture
def url() -> Iterator[str]:
    """This will run the simulator on a free port."""
    with socket.create_server((server.HOST, 0)) as free:
        port = free.getsockname()[1]
    config = XeroConfig(port, f"http://127.0.0.1:{port}", (REDIRECT,), None, "an-app", "its-secret", "a-key==")
    running = server.make(create_app(config), port=port)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield config.base_url
    running.shutdown()
    running.server_close()


@pytest.fixture
def tokens(url: str) -> dict[str, Any]:
    """This will authorise as a person would, in the pages that a browser sees."""
    query = {"response_type": "code", "client_id": "an-app", "redirect_uri": REDIRECT, "scope": SCOPE, "state": "s1"}
    consent = f"{url}/identity/connect/authorize"
    page = requests.get(consent, params=query, timeout=10)
    assert "Paper Lantern Studio Ltd" in page.text
    back = requests.post(page.url, data={"decision": "allow"}, allow_redirects=False, timeout=10)
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    found: dict[str, Any] = requests.post(
        f"{url}/connect/token", data=form, auth=("an-app", "its-secret"), timeout=10
    ).json()
    return found


@pytest.fixture
def client(tokens: dict[str, Any]) -> ApiClient:
    # The client's token takes fixed names only, and calls back for the set at every request.
    held = {key: value for key, value in tokens.items() if key != "scope"} | {"scope": SCOPE_LIST}
    oauth = OAuth2Token(client_id="an-app", client_secret="its-secret")
    made = ApiClient(Configuration(oauth2_token=oauth), oauth2_token_getter=lambda: held)
    made.oauth2_token_saver(held.update)
    return made


@pytest.fixture
def tenant_id(client: ApiClient, url: str) -> str:
    [connection] = IdentityApi(client, base_url=url).get_connections()
    assert (connection.tenant_name, connection.tenant_type) == ("Paper Lantern Studio Ltd", "ORGANISATION")
    return str(connection.tenant_id)


@pytest.fixture
def api(client: ApiClient, url: str) -> AccountingApi:
    return AccountingApi(client, base_url=f"{url}/api.xro/2.0")


def harbour_lane(api: AccountingApi, tenant_id: str) -> Contact:
    [found] = api.get_contacts(tenant_id, search_term="harbour lane").contacts
    return Contact(contact_id=found.contact_id)


def draft(contact: Contact, **more: Any) -> Invoice:
    lines = [
        LineItem(description="Print", quantity=Decimal(1500), unit_amount=Decimal("0.3475"), account_code="200"),
        LineItem(item_code="HOURS", quantity=Decimal("12.5"), discount_rate=Decimal(10)),
    ]
    return Invoice(type="ACCREC", contact=contact, line_items=lines, due_date=date(2027, 1, 31), **more)


def test_it_creates_lists_and_fetches_an_invoice(api: AccountingApi, tenant_id: str) -> None:
    wanted = Invoices(invoices=[draft(harbour_lane(api, tenant_id), reference="Deal 7")])

    [made] = api.create_invoices(tenant_id, wanted, unitdp=4, idempotency_key="k1").invoices
    [again] = api.create_invoices(tenant_id, wanted, unitdp=4, idempotency_key="k1").invoices
    listed = api.get_invoices(tenant_id, where='Reference=="Deal 7"', page=1, unitdp=4).invoices
    [fetched] = api.get_invoice(tenant_id, made.invoice_id, unitdp=4).invoices

    assert again.invoice_id == made.invoice_id
    assert [one.invoice_id for one in listed] == [made.invoice_id]
    assert (fetched.status, fetched.due_date) == ("DRAFT", date(2027, 1, 31))
    assert [Decimal(str(line.unit_amount)) for line in fetched.line_items] == [Decimal("0.3475"), Decimal(95)]
    assert (float(fetched.sub_total), float(fetched.total_tax), float(fetched.total)) == (1590.0, 318.0, 1908.0)


def test_it_approves_and_voids(api: AccountingApi, tenant_id: str) -> None:
    [made] = api.create_invoices(tenant_id, Invoices(invoices=[draft(harbour_lane(api, tenant_id))])).invoices

    for status in ("SUBMITTED", "AUTHORISED", "VOIDED"):
        [changed] = api.update_invoice(tenant_id, made.invoice_id, Invoices(invoices=[Invoice(status=status)])).invoices
        assert changed.status == status


def test_it_understands_a_refusal(api: AccountingApi, tenant_id: str) -> None:
    wanted = Invoices(invoices=[draft(harbour_lane(api, tenant_id), currency_code=CurrencyCode.GBP)])

    with pytest.raises(AccountingBadRequestException) as refusal:
        api.create_invoices(tenant_id, wanted)

    assert "not subscribed to currency GBP" in str(refusal.value)


def test_it_reads_every_setting(api: AccountingApi, tenant_id: str) -> None:
    [organisation] = api.get_organisations(tenant_id).organisations

    assert organisation.base_currency.value == "EUR"
    assert len(api.get_tax_rates(tenant_id).tax_rates) == 6
    assert len(api.get_accounts(tenant_id).accounts) == 11
    assert len(api.get_items(tenant_id).items) == 9
    assert len(api.get_branding_themes(tenant_id).branding_themes) == 3
    assert len(api.get_currencies(tenant_id).currencies) == 2
    assert len(api.get_users(tenant_id).users) == 3
    assert len(api.get_tracking_categories(tenant_id).tracking_categories) == 1
    assert len(api.get_organisation_actions(tenant_id).actions) == 13


def test_it_refreshes_and_disconnects(client: ApiClient, url: str, tokens: dict[str, Any]) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "an-app"}
    fresh = requests.post(f"{url}/connect/token", data={**form, "client_secret": "its-secret"}, timeout=10).json()
    identity = IdentityApi(client, base_url=url)
    [connection] = identity.get_connections()

    identity.delete_connection(connection.id)

    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert identity.get_connections() == []
