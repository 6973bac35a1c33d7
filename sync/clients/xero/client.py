"""Xero's connections and Accounting API in our words."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sync.clients.answers import AnswerSchema, dict_of, dicts_of, loaded, payload, under, unreadable
from sync.clients.failures import Unreadable
from sync.clients.transport import AuthorisedSession, Request, Response, TokenSource, Transport
from sync.clients.xero import _schemas
from sync.clients.xero._errors import XERO, check, refused
from sync.domain.accounting import Account, BrandingTheme, ConnectedTenant, Contact, Item, OrganisationDetails, TaxRate
from sync.domain.invoice import Invoice

log = logging.getLogger(__name__)

MOST_IDS = 40  # near 53 Xero answers a misleading 404 (XeroAPI/Xero-OpenAPI#534)
_PAGE_SIZE = 100
_SWEEP_PAGE_SIZE = 1000
_MOST_PAGES = 100
_EXACT = {"unitdp": "4"}  # without it prices are rounded to two decimals, in reads as well


@dataclass(frozen=True)
class Limits:
    """What the last answer said is left; None where it said nothing."""

    minute_remaining: int | None = None
    day_remaining: int | None = None
    app_minute_remaining: int | None = None


@dataclass(frozen=True)
class _Kind:
    """A resource that we write: where it lies in the answer and how it is read."""

    key: str
    schema: AnswerSchema
    params: Mapping[str, str]


_INVOICE = _Kind("Invoices", _schemas.InvoiceSchema(), _EXACT)
_CONTACT = _Kind("Contacts", _schemas.ContactSchema(), {})


class XeroConnections:
    """The organisations that a grant reaches."""

    def __init__(self, *, api_url: str, tokens: TokenSource, transport: Transport) -> None:
        self._url = f"{api_url.rstrip('/')}/connections"
        self._session = AuthorisedSession(transport=transport, tokens=tokens, check=check)

    # https://developer.xero.com/documentation/guides/oauth2/tenants
    def list(self, *, auth_event_id: str | None = None) -> tuple[ConnectedTenant, ...]:
        """Fetch the connected organisations, of one consent or of all; practices are left out."""
        params = {"authEventId": auth_event_id} if auth_event_id else {}
        request = Request(XERO, "GET", self._url, params=params, headers={"Accept": "application/json"})
        answer = payload(request, self._session.send(request))
        if not isinstance(answer, list):
            raise unreadable(request, "not a list")
        schema = _schemas.ConnectionSchema()
        tenants: list[ConnectedTenant] = [loaded(request, schema, row) for row in answer]
        return tuple(tenant for tenant in tenants if tenant.tenant_type == "ORGANISATION")

    # https://developer.xero.com/documentation/guides/oauth2/tenants (removing connections)
    def delete(self, *, connection_id: str) -> None:
        """Disconnect one organisation; `connection_id` is neither the tenant's id nor the consent's.

        :raises NotFound: it is disconnected already.
        """
        self._session.send(Request(XERO, "DELETE", f"{self._url}/{_segment(connection_id)}"))


class XeroClient:
    """Speaks for one grant to one organisation."""

    def __init__(self, *, api_url: str, tenant_id: str, tokens: TokenSource, transport: Transport) -> None:
        self._base = f"{api_url.rstrip('/')}/api.xro/2.0"
        self._headers = {"Accept": "application/json", "xero-tenant-id": tenant_id}
        self._session = AuthorisedSession(transport=transport, tokens=tokens, check=self._check)
        self._limits = Limits()

    @property
    def limits(self) -> Limits:
        """What the last answer said of the limits."""
        return self._limits

    # https://developer.xero.com/documentation/api/accounting/organisation
    def organisation(self) -> OrganisationDetails:
        """Fetch the organisation itself."""
        found: OrganisationDetails = self._only("/Organisation", "Organisations", _schemas.OrganisationSchema())
        return found

    # https://developer.xero.com/documentation/api/accounting/organisation (GET Actions)
    def actions(self) -> frozenset[str]:
        """Fetch what this grant may do in the organisation."""
        found = self._all("/Organisation/Actions", "Actions", _schemas.ActionSchema())
        return frozenset(one["name"] for one in found if one["status"] == "ALLOWED")

    # https://developer.xero.com/documentation/api/accounting/currencies
    def currencies(self) -> tuple[str, ...]:
        """Fetch the codes of the currencies that the organisation uses."""
        return tuple(one["code"] for one in self._all("/Currencies", "Currencies", _schemas.CurrencySchema()))

    # https://developer.xero.com/documentation/api/accounting/taxrates
    def tax_rates(self) -> tuple[TaxRate, ...]:
        """Fetch the tax rates, inactive ones included."""
        return tuple(self._all("/TaxRates", "TaxRates", _schemas.TaxRateSchema()))

    # https://developer.xero.com/documentation/api/accounting/accounts
    def accounts(self) -> tuple[Account, ...]:
        """Fetch the chart of accounts."""
        return tuple(self._all("/Accounts", "Accounts", _schemas.AccountSchema()))

    # https://developer.xero.com/documentation/api/accounting/brandingthemes
    def branding_themes(self) -> tuple[BrandingTheme, ...]:
        """Fetch the branding themes; the default one has sort order 0."""
        return tuple(self._all("/BrandingThemes", "BrandingThemes", _schemas.BrandingThemeSchema()))

    # https://developer.xero.com/documentation/api/accounting/items
    def items(self) -> tuple[Item, ...]:
        """Fetch all items; Xero does not page them."""
        return tuple(self._all("/Items", "Items", _schemas.ItemSchema(), _EXACT))

    # https://developer.xero.com/documentation/api/accounting/invoices
    def get_invoice(self, *, invoice_id: str) -> Invoice:
        """Fetch one invoice.

        :raises NotFound: it is not in this organisation.
        """
        invoice: Invoice = self._only(f"/Invoices/{_segment(invoice_id)}", "Invoices", _schemas.InvoiceSchema(), _EXACT)
        return invoice

    # https://developer.xero.com/documentation/api/accounting/invoices (IDs)
    def get_invoices(self, *, invoice_ids: Sequence[str]) -> tuple[Invoice, ...]:
        """Fetch up to forty invoices with one call; those that Xero leaves out of lists are missing."""
        if not 0 < len(invoice_ids) <= MOST_IDS:
            raise ValueError(f"{len(invoice_ids)} ids for one call")
        params = {"IDs": ",".join(invoice_ids), **_EXACT}
        return tuple(self._all("/Invoices", "Invoices", _schemas.InvoiceSchema(), params))

    # https://developer.xero.com/documentation/api/accounting/requests-and-responses (If-Modified-Since)
    def changed_invoices(self, *, since: datetime) -> Iterator[Invoice]:
        """Sweep the sales invoices changed since, oldest change first, without their lines.

        A page moves up while it is read if an invoice in it changes: let the next sweep overlap this one. An invoice
        that cannot be read is left out: it must not keep all others from being seen.
        """
        params = {"where": 'Type=="ACCREC"', "order": "UpdatedDateUTC ASC", "summaryOnly": "true"}
        pages = self._paged_invoices({**params, "pageSize": str(_SWEEP_PAGE_SIZE)}, since)
        return _readable_invoices(pages)

    # https://developer.xero.com/documentation/api/accounting/invoices (createdByMyApp)
    def find_own_invoice(self, *, contact_id: str, since: datetime, url: str) -> Invoice | None:
        """Find the invoice with this `Url` among a contact's that this app has made and that changed since.

        Only that one is read: another that cannot be read proves nothing about it.
        """
        params = {"ContactIDs": contact_id, "createdByMyApp": "true", "pageSize": str(_PAGE_SIZE), **_EXACT}
        for request, item in self._paged_invoices(params, since):
            if isinstance(item, dict) and item.get("Url") == url:
                found: Invoice = loaded(request, _INVOICE.schema, item)
                return found
        return None

    # https://developer.xero.com/documentation/api/accounting/invoices (PUT Invoices; POST would overwrite by number)
    def create_invoice(self, *, body: bytes, idempotency_key: str) -> Invoice:
        """Create the invoice that `body` says, once for all calls with this key within six minutes.

        :raises OutcomeUnknown: it may have been created.
        """
        invoice: Invoice = self._write("PUT", "/Invoices", _INVOICE, body=body, key=idempotency_key)
        return invoice

    # https://developer.xero.com/documentation/api/accounting/invoices (POST Invoices/{InvoiceID})
    def set_status(self, *, invoice_id: str, body: bytes, idempotency_key: str) -> Invoice:
        """Submit, approve, void or delete.

        :raises OutcomeUnknown: it may have been done.
        """
        invoice: Invoice = self._write(
            "POST", f"/Invoices/{_segment(invoice_id)}", _INVOICE, body=body, key=idempotency_key
        )
        return invoice

    # https://developer.xero.com/documentation/api/accounting/invoices (GET OnlineInvoice)
    def online_invoice_url(self, *, invoice_id: str) -> str:
        """Fetch the address under which the customer sees the invoice; a draft has none."""
        path = f"/Invoices/{_segment(invoice_id)}/OnlineInvoice"
        return str(self._only(path, "OnlineInvoices", _schemas.OnlineInvoiceSchema())["url"])

    # https://developer.xero.com/documentation/api/accounting/contacts (searchTerm)
    def search_contacts(self, *, term: str) -> tuple[Contact, ...]:
        """Fetch the first hundred active contacts with `term` in a name, number or e-mail address."""
        return self._contacts({"searchTerm": term})

    # https://developer.xero.com/documentation/api/accounting/contacts (where)
    def find_contacts_by_name(self, *, name: str) -> tuple[Contact, ...]:
        """Fetch the active contacts that have exactly this name, whatever its case."""
        return self._contacts_where("Name", name, lambda contact: contact.name)

    # https://developer.xero.com/documentation/api/accounting/contacts (where)
    def find_contacts_by_email(self, *, email: str) -> tuple[Contact, ...]:
        """Fetch the active contacts that have exactly this e-mail address; there may be several."""
        return self._contacts_where("EmailAddress", email, lambda contact: contact.email)

    # https://developer.xero.com/documentation/api/accounting/contacts (GET Contacts/{ContactID})
    def get_contact(self, *, contact_id: str) -> Contact:
        """Fetch one contact, archived and merged ones included.

        :raises NotFound: it is not in this organisation.
        """
        contact: Contact = self._only(f"/Contacts/{_segment(contact_id)}", "Contacts", _schemas.ContactSchema())
        return contact

    # https://developer.xero.com/documentation/api/accounting/contacts (PUT Contacts; POST would overwrite by name)
    def create_contact(self, *, body: bytes, idempotency_key: str) -> Contact:
        """Create a contact.

        :raises Refused: its name or number is taken.
        :raises OutcomeUnknown: it may have been created.
        """
        contact: Contact = self._write("PUT", "/Contacts", _CONTACT, body=body, key=idempotency_key)
        return contact

    def _contacts_where(self, element: str, value: str, of: Callable[[Contact], str]) -> tuple[Contact, ...]:
        if '"' in value or "\\" in value:
            # How Xero escapes these is not documented: such a value never becomes part of an expression.
            return tuple(one for one in self.search_contacts(term=value) if of(one).casefold() == value.casefold())
        return self._contacts({"where": f'{element}=="{value}"'})

    def _contacts(self, params: Mapping[str, str]) -> tuple[Contact, ...]:
        params = {**params, "page": "1", "pageSize": str(_PAGE_SIZE)}
        return tuple(self._all("/Contacts", "Contacts", _schemas.ContactSchema(), params))

    def _check(self, request: Request, response: Response) -> None:
        self._limits = Limits(
            minute_remaining=_number(response, "x-minlimit-remaining"),
            day_remaining=_number(response, "x-daylimit-remaining"),
            app_minute_remaining=_number(response, "x-appminlimit-remaining"),
        )
        check(request, response)

    def _listed(
        self, path: str, key: str, params: Mapping[str, str] | None = None, since: datetime | None = None
    ) -> tuple[Request, list[object]]:
        headers = dict(self._headers)
        if since:
            # ISO in UTC and whole seconds, not the date of HTTP.
            headers["If-Modified-Since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        request = Request(XERO, "GET", self._base + path, params=params or {}, headers=headers)
        found = under(request, payload(request, self._session.send(request)), key)
        if not isinstance(found, list):
            raise unreadable(request, f"{key} is not a list")
        return request, found

    def _all(self, path: str, key: str, schema: AnswerSchema, params: Mapping[str, str] | None = None) -> Iterator[Any]:
        request, found = self._listed(path, key, params)
        return (loaded(request, schema, item) for item in found)

    def _only(self, path: str, key: str, schema: AnswerSchema, params: Mapping[str, str] | None = None) -> Any:
        request, found = self._listed(path, key, params)
        if not found:
            raise unreadable(request, f"nothing in {key}")
        return loaded(request, schema, found[0])

    def _paged_invoices(self, params: Mapping[str, str], since: datetime) -> Iterator[tuple[Request, object]]:
        # https://developer.xero.com/documentation/api/accounting/requests-and-responses (paging)
        for page in range(1, _MOST_PAGES + 1):
            request, found = self._listed("/Invoices", _INVOICE.key, {**params, "page": str(page)}, since)
            yield from ((request, item) for item in found)
            if len(found) < int(params["pageSize"]):
                return
        raise unreadable(request, f"more than {_MOST_PAGES} pages")

    def _write(self, method: str, path: str, kind: _Kind, *, body: bytes, key: str) -> Any:
        request = Request(
            XERO,
            method,
            self._base + path,
            params=kind.params,
            headers={**self._headers, "Content-Type": "application/json", "Idempotency-Key": key},
            body=body,
        )
        written = dicts_of(under(request, payload(request, self._session.send(request)), kind.key))
        if not written:
            raise unreadable(request, f"nothing in {kind.key}")
        if written[0].get("StatusAttributeString") == "ERROR":
            raise refused(written[0])
        return loaded(request, kind.schema, written[0])


def _readable_invoices(found: Iterator[tuple[Request, object]]) -> Iterator[Invoice]:
    for request, item in found:
        try:
            yield loaded(request, _INVOICE.schema, item)
        except Unreadable as err:
            named = dict_of(item).get("InvoiceID")
            log.warning("%s: invoice %.36r left out", err, named if isinstance(named, str) else None)


def _segment(identifier: str) -> str:
    return quote(identifier, safe="")


def _number(response: Response, header: str) -> int | None:
    text = response.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() else None
