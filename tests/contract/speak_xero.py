"""Everything that our clients say to Xero, said."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests

from sync.clients.failures import (
    Disconnected,
    GrantDead,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenExpired,
    Unavailable,
)
from sync.clients.transport import Transport
from sync.clients.xero.client import XeroClient
from sync.clients.xero.connections import XeroConnections
from sync.clients.xero.oauth import XeroOAuth
from sync.clients.xero.payloads import NewContact, contact_body, contact_update_body, invoice_body, status_body
from sync.domain.accounting import DraftInvoice, DraftLine
from sync.domain.crm import Address
from sync.domain.invoice import LineAmountTypes, Status
from sync.domain.secret import Secret
from sync.domain.selection import Selection, Span
from tests.contract.stands import CLIENT_ID, CLIENT_SECRET, ROOT, XERO_BACK, Stand
from tests.contract.tokens import OneToken
from tests.unit.fakes.core import OpenGate

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_OTHER_USER = "adrian@ledgerandco.example"
_UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Office:
    """A client with what it may ask about."""

    client: XeroClient
    contact_id: str

    def draft(self, treatment: LineAmountTypes = LineAmountTypes.EXCLUSIVE) -> str:
        """Create an invoice with every kind of line."""
        made = self.client.create_invoice(body=invoice_body(_draft(self.contact_id, treatment)), idempotency_key=_key())
        return made.invoice_id

    def move(self, invoice_id: str, status: Status) -> str:
        """Set an invoice's status."""
        body = status_body(invoice_id=invoice_id, status=status)
        return self.client.set_status(invoice_id=invoice_id, body=body, idempotency_key=_key()).invoice_id

    def approved(self) -> str:
        """Create an invoice that is owed."""
        return self.move(self.draft(), Status.AUTHORISED)


def _key() -> str:
    return str(uuid4())


def _draft(contact_id: str, treatment: LineAmountTypes) -> DraftInvoice:
    lines = (
        _line("Signs", "12.3456", rate=Decimal("7.5")),
        _line("Posters", "100", amount=Decimal("12.34")),
        _line("A discount on all", "-10.01"),
    )
    return DraftInvoice(
        contact_id=contact_id,
        issue_date=date(2026, 11, 22),
        due_date=date(2026, 12, 22),
        currency="EUR",
        line_amount_types=treatment,
        reference="D-1 Reception signs",
        url="https://example.com/i/1",
        lines=lines,
    )


def _line(description: str, unit_amount: str, **more: Decimal) -> DraftLine:
    return DraftLine(
        description=description,
        quantity=Decimal("2.5"),
        unit_amount=Decimal(unit_amount),
        discount_rate=more.get("rate"),
        discount_amount=more.get("amount"),
        account_code="200",
    )


def _create_contact(office: Office) -> None:
    address = Address(street="15 Quay Street", locality="Galway", region="", postal_code="H91", country="Ireland")
    new = NewContact(
        name=f"Quay Books {_key()}",
        email="books@quay.example",
        tax_number="IE1234567X",
        address=address,
    )
    office.client.create_contact(body=contact_body(new), idempotency_key=_key())


def _update_contact(office: Office) -> None:
    changes = {"EmailAddress": "bills@quay.example", "TaxNumber": "IE7654321X"}
    address = Address(street="16 Quay Street", locality="Galway", region="", postal_code="H91", country="Ireland")
    body = contact_update_body(contact_id=office.contact_id, changes=changes, address=address)
    office.client.update_contact(contact_id=office.contact_id, body=body, idempotency_key=_key())


def _walk_statuses(office: Office) -> None:
    office.move(office.draft(), Status.DELETED)
    office.move(office.move(office.draft(), Status.SUBMITTED), Status.DRAFT)
    office.move(office.approved(), Status.VOIDED)


def _list_invoices(office: Office) -> None:
    span = Span(date(2026, 1, 1), date(2026, 12, 31))
    office.client.list_invoices(selection=Selection(office.contact_id, span))
    office.client.list_invoices(selection=Selection(office.contact_id, span, Status.AUTHORISED, "INV"), page=2)


Verb = Callable[[Office], object]
#: Every verb of the client, by name.
VERBS: Mapping[str, Verb] = {
    "organisation": lambda office: office.client.organisation(),
    "actions": lambda office: office.client.actions(),
    "currencies": lambda office: office.client.currencies(),
    "tax_rates": lambda office: office.client.tax_rates(),
    "accounts": lambda office: office.client.accounts(),
    "branding_themes": lambda office: office.client.branding_themes(),
    "items": lambda office: office.client.items(),
    "create_invoice": lambda office: [office.draft(treatment) for treatment in LineAmountTypes],
    "set_status": _walk_statuses,
    "get_invoice": lambda office: office.client.get_invoice(invoice_id=office.draft()),
    "get_invoices": lambda office: office.client.get_invoices(invoice_ids=[office.draft(), office.approved()]),
    "changed_invoices": lambda office: list(office.client.changed_invoices(since=_LONG_AGO)),
    "find_own_invoice": lambda office: office.client.find_own_invoice(
        contact_id=office.contact_id, since=_LONG_AGO, url="https://instep.example/i/none"
    ),
    "list_invoices": _list_invoices,
    "online_invoice_url": lambda office: office.client.online_invoice_url(invoice_id=office.approved()),
    "search_contacts": lambda office: office.client.search_contacts(term="a"),
    "find_contacts_by_email": lambda office: office.client.find_contacts_by_email(email='odd"one@example.com'),
    "get_contact": lambda office: office.client.get_contact(contact_id=office.contact_id),
    "create_contact": _create_contact,
    "update_contact": _update_contact,
    "email_invoice": lambda office: office.client.email_invoice(
        invoice_id=office.approved(), body=b"{}", idempotency_key=_key()
    ),
    "invoice_pdf": lambda office: office.client.invoice_pdf(invoice_id=office.approved()),
}


def office_of(stand: Stand, tokens: Mapping[str, str]) -> Office:
    """Make a client for the first organisation."""
    client = client_of(stand, tokens["access_token"], tokens["tenant_id"])
    return Office(client, client.search_contacts(term="")[0].contact_id)


def client_of(stand: Stand, access_token: str, tenant_id: str) -> XeroClient:
    """Make a client with one token."""
    tokens, transport = OneToken(access_token), Transport(user_agent="contract")
    return XeroClient(api_url=stand.url, tenant_id=tenant_id, tokens=tokens, transport=transport, governor=OpenGate())


def connections_of(stand: Stand, access_token: str) -> XeroConnections:
    """Make a client of the connections."""
    tokens, transport = OneToken(access_token), Transport(user_agent="contract")
    return XeroConnections(api_url=stand.url, tokens=tokens, transport=transport, governor=OpenGate())


def meet_refusals(stand: Stand) -> None:
    """Meet every refusal that there is, and know it for what it is."""
    tokens = stand.hand_out()
    office, tenant_id = office_of(stand, tokens), tokens["tenant_id"]
    with pytest.raises(TokenExpired):
        client_of(stand, "no token", tenant_id).organisation()
    # Somebody who never consented to more: scopes add up.
    poor = stand.control("tokens", user=_OTHER_USER, scope="openid offline_access accounting.contacts")
    with pytest.raises(MissingScope):
        client_of(stand, poor["access_token"], tenant_id).organisation()
    with pytest.raises(Disconnected):
        client_of(stand, tokens["access_token"], _UNKNOWN).organisation()
    with pytest.raises(NotFound):
        office.client.get_invoice(invoice_id=_UNKNOWN)
    with pytest.raises(NotFound):
        office.client.get_contact(contact_id=_UNKNOWN)
    with pytest.raises(NotFound):
        connections_of(stand, tokens["access_token"]).delete(connection_id=_UNKNOWN)
    _write_what_is_refused(office)
    _meet_outages(stand, office)


def _write_what_is_refused(office: Office) -> None:
    deleted = office.move(office.draft(), Status.DELETED)
    with pytest.raises(Refused):
        office.move(deleted, Status.AUTHORISED)
    for_nobody = invoice_body(_draft(_UNKNOWN, LineAmountTypes.EXCLUSIVE))
    with pytest.raises(Refused):
        office.client.create_invoice(body=for_nobody, idempotency_key=_key())
    name_taken = contact_body(NewContact(name="Harbour Lane Dental"))
    with pytest.raises(Refused):
        office.client.create_contact(body=name_taken, idempotency_key=_key())


def _meet_outages(stand: Stand, office: Office) -> None:
    for do, failure in (("429", RateLimited), ("500", Unavailable)):
        stand.control("faults", method="GET", path="*/Organisation", do=do, times=1)
        with pytest.raises(failure):
            office.client.organisation()
    stand.control("faults", method="PUT", path="*/Invoices", do="500", times=1)
    with pytest.raises(OutcomeUnknown):
        office.draft()


def authorise(stand: Stand) -> None:
    """Connect through the consent page, refresh, list and end the connection, revoke; and what is not good."""
    oauth = oauth_of(stand)
    page = oauth.authorize_url(state="a state")
    assert requests.get(page, headers={"Accept": "text/html"}, timeout=30).ok
    answer = requests.post(page, data={"decision": "allow"}, allow_redirects=False, timeout=30)
    [code] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    tokens = oauth.exchange(code=code)
    tokens = oauth.refresh(refresh_token=tokens.refresh_token)
    connections = connections_of(stand, tokens.access_token.reveal())
    [tenant] = connections.list()
    assert connections.list(auth_event_id=tenant.auth_event_id) == (tenant,)
    connections.delete(connection_id=tenant.connection_id)
    oauth.revoke(refresh_token=tokens.refresh_token)
    with pytest.raises(GrantDead):
        oauth.exchange(code=code)
    with pytest.raises(GrantDead):
        oauth.refresh(refresh_token=tokens.refresh_token)


def oauth_of(stand: Stand) -> XeroOAuth:
    """Make the OAuth client with the manifest's scopes."""
    manifest = tomllib.loads((ROOT / "manifests" / "xero.toml").read_text(encoding="utf-8"))
    return XeroOAuth(
        login_url=stand.url,
        identity_url=stand.url,
        client_id=CLIENT_ID,
        client_secret=Secret(CLIENT_SECRET),
        redirect_uri=XERO_BACK,
        scopes=[scope["name"] for scope in manifest["scopes"]],
    )
