"""Everything that our clients say to Pipedrive, said."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sync.clients.failures import (
    AccountClosed,
    Forbidden,
    GrantDead,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenExpired,
    Unavailable,
)
from sync.clients.pipedrive.client import PipedriveClient
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.pipedrive.payer import UserOfCompany
from sync.clients.transport import Transport
from sync.domain.secret import Secret
from tests.contract.stands import CLIENT_ID, CLIENT_SECRET, PIPEDRIVE_BACK, Stand
from tests.contract.tokens import OneToken
from tests.unit.fakes.core import OpenGate

_SEES_ONLY_OWN, _SOMEBODY_ELSES_DEAL = 12003, 1
_DEAL_WITH_EVERYTHING = 3
_DEAL_TO_SELL = 7
_GONE = 999_999
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def client_of(stand: Stand, access_token: str) -> PipedriveClient:
    """Make a client with one token."""
    transport = Transport(user_agent="contract")
    tokens, user = OneToken(access_token), UserOfCompany(company_id=1, user_id=1)
    return PipedriveClient(api_domain=stand.url, user=user, tokens=tokens, transport=transport, governor=OpenGate())


def oauth_of(stand: Stand) -> PipedriveOAuth:
    """Make the OAuth client."""
    secret = Secret(CLIENT_SECRET)
    return PipedriveOAuth(oauth_url=stand.url, client_id=CLIENT_ID, client_secret=secret, redirect_uri=PIPEDRIVE_BACK)


def _write_every_kind(client: PipedriveClient) -> None:
    status = client.create_deal_field(name="Status", field_type="enum", options=["Draft", "Paid"])
    values: dict[str, object] = {status.field_code: next(iter(status.options.values()))}
    examples: Mapping[str, object] = {
        "varchar": "INV-0001",
        "date": "2026-12-24",
        "monetary": {"value": Decimal("12.5"), "currency": "EUR"},
    }
    for field_type, example in examples.items():
        values[client.create_deal_field(name=f"A {field_type}", field_type=field_type).field_code] = example
    client.update_deal_fields(deal_id=_DEAL_WITH_EVERYTHING, values=values)
    client.get_deal(deal_id=_DEAL_WITH_EVERYTHING)
    client.update_deal_fields(deal_id=_DEAL_WITH_EVERYTHING, values=dict.fromkeys(values))


def _look_back(client: PipedriveClient) -> None:
    for status in ("", "won", "lost", "deleted"):
        client.deals_since(since=_LONG_AGO, status=status)
    client.deals_since(since=_LONG_AGO, stage_id=2)


def _remind(client: PipedriveClient) -> None:
    client.add_activity(
        deal_id=_DEAL_TO_SELL, owner_id=12001, subject="Invoice is overdue", note="<p>Ask</p>", due=date(2026, 12, 1)
    )


def _is_reminded(client: PipedriveClient) -> None:
    _remind(client)
    assert client.has_activity(deal_id=_DEAL_TO_SELL, subject="Invoice is overdue", since=_LONG_AGO)


def _subscribe(client: PipedriveClient, listener: str) -> int:
    made = client.create_webhook(
        url=listener, action="*", entity="deal", name="A listener", username="us", password=Secret("a password")
    )
    return made.webhook_id


Verb = Callable[[PipedriveClient, str], object]
#: Every verb of the client, by name.
VERBS: Mapping[str, Verb] = {
    "me": lambda client, _: client.me(),
    "get_deal": lambda client, _: [client.get_deal(deal_id=number) for number in range(1, 13)],
    "get_deals": lambda client, _: client.get_deals(deal_ids=range(1, 13)),
    "changed_deals": lambda client, _: list(
        client.changed_deals(since=datetime(2020, 1, 1, tzinfo=UTC), field_codes=["0" * 40])
    ),
    "get_deal_products": lambda client, _: [client.get_deal_products(deal_id=number) for number in range(1, 13)],
    "get_deal_discounts": lambda client, _: [client.get_deal_discounts(deal_id=number) for number in range(1, 13)],
    "has_installments": lambda client, _: client.has_installments(deal_id=1),
    "get_person": lambda client, _: [client.get_person(person_id=number) for number in (1, 5, 8)],
    "get_organization": lambda client, _: [client.get_organization(org_id=number) for number in (1, 2, 3)],
    "recent_deals": lambda client, _: client.recent_deals(limit=5),
    "get_products_of": lambda client, _: client.get_products_of(deal_ids=range(1, 6)),
    "recent_taxes": lambda client, _: client.recent_taxes(limit=100),
    "list_person_fields": lambda client, _: client.list_person_fields(),
    "list_organization_fields": lambda client, _: client.list_organization_fields(),
    "list_deal_fields": lambda client, _: client.list_deal_fields(),
    "create_deal_field": lambda client, _: client.create_deal_field(name="A number", field_type="double"),
    "update_deal_fields": lambda client, _: _write_every_kind(client),
    "set_deal_status": lambda client, _: client.set_deal_status(deal_id=_DEAL_TO_SELL, status="won"),
    "move_deal": lambda client, _: client.move_deal(deal_id=_DEAL_TO_SELL, stage_id=2),
    "deals_since": lambda client, _: _look_back(client),
    "list_stages": lambda client, _: client.list_stages(),
    "add_activity": lambda client, _: _remind(client),
    "has_activity": lambda client, _: _is_reminded(client),
    "create_webhook": _subscribe,
    "list_webhooks": lambda client, listener: (_subscribe(client, listener), client.list_webhooks()),
    "delete_webhook": lambda client, listener: client.delete_webhook(webhook_id=_subscribe(client, listener)),
    "currencies": lambda client, _: client.currencies(),
}


def meet_refusals(stand: Stand, listener: str) -> None:
    """Meet every refusal that there is, and know it for what it is."""
    good = client_of(stand, stand.hand_out()["access_token"])
    with pytest.raises(TokenExpired):
        client_of(stand, "v1u:no+such/token=").me()
    with pytest.raises(MissingScope):
        client_of(stand, _poor(stand)).list_deal_fields()
    sees_only_own = client_of(stand, stand.hand_out(user_id=_SEES_ONLY_OWN)["access_token"])
    with pytest.raises(Forbidden):
        sees_only_own.get_deal(deal_id=_SOMEBODY_ELSES_DEAL)
    with pytest.raises(Refused):
        good.update_deal_fields(deal_id=1, values={"0" * 40: "there is no such field"})
    with pytest.raises(Refused):
        _subscribe(good, "http://127.0.0.1:1/nobody-listens")
    _ask_for_what_is_gone(good)
    _meet_outages(stand, good, listener)


def _ask_for_what_is_gone(good: PipedriveClient) -> None:
    with pytest.raises(NotFound):
        good.get_deal(deal_id=_GONE)
    with pytest.raises(NotFound):
        good.get_person(person_id=_GONE)
    with pytest.raises(NotFound):
        good.get_organization(org_id=_GONE)
    with pytest.raises(NotFound):
        good.delete_webhook(webhook_id=_GONE)


def _poor(stand: Stand) -> str:
    # Its scopes stay unknown to the judge: that they do not suffice is the point.
    token: str = stand.control("tokens", scope="base")["access_token"]
    return token


def _meet_outages(stand: Stand, good: PipedriveClient, listener: str) -> None:
    # A burst is waited for once.
    for do, times, failure in (("429", 2, RateLimited), ("500", 1, Unavailable)):
        stand.control("faults", method="GET", path="/v1/users/me", do=do, times=times)
        with pytest.raises(failure):
            good.me()
    stand.control("faults", method="POST", path="/v1/webhooks", do="500", times=1)
    with pytest.raises(OutcomeUnknown):
        _subscribe(good, listener)
    stand.control("settings", company_open=0)
    with pytest.raises(AccountClosed):
        good.me()
    stand.control("settings", company_open=1)


def authorise(stand: Stand) -> None:
    """Install through the consent page, refresh, uninstall; and each with what is not good."""
    oauth = oauth_of(stand)
    page = oauth.authorize_url(state="a state")
    assert requests.get(page, headers={"Accept": "text/html"}, timeout=30).ok
    answer = requests.post(page, data={"decision": "allow"}, allow_redirects=False, timeout=30)
    [code] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    tokens = oauth.exchange(code=code)
    tokens = oauth.refresh(refresh_token=tokens.refresh_token)
    oauth.revoke(token=tokens.refresh_token)
    with pytest.raises(GrantDead):
        oauth.exchange(code=code)
    with pytest.raises(GrantDead):
        oauth.refresh(refresh_token=tokens.refresh_token)
