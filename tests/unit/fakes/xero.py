"""A Xero that fits on a page: invoices with idempotency keys, contacts, connections and reference lists."""

import json
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from sync.clients.transport import Request, Response
from tests.unit.clients.samples import a_connection, a_contact, an_invoice, an_organisation
from tests.unit.fakes.core import Clock

HOST = "api.xero.com"
THEME = "a94a78db-5cc6-4e26-a52b-045237e56e6e"
_KEPT_FOR = timedelta(minutes=6)


def an_item(**over: Any) -> dict[str, Any]:
    """Give one of `Items`."""
    sale = {"UnitPrice": 10, "AccountCode": "200", "TaxType": "OUTPUT2"}
    return {"ItemID": "i-1", "Code": "LENS", "Name": "Lens", "IsSold": True, "SalesDetails": sale, **over}


def xero_date(moment: datetime) -> str:
    """Write a moment as Xero does in JSON."""
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


class FakeXero:
    """Answers the calls that the core makes, from what the test has put in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[str, tuple[datetime, Response]] = {}
        self.invoices: dict[str, dict[str, Any]] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.connections: list[dict[str, Any]] = []
        self.unlisted: set[str] = set()
        self.lock_date: str | None = None
        self.currencies = ["NZD", "EUR"]
        self.surcharge = Decimal(0)
        self.items: list[dict[str, Any]] = []
        self.actions = ["CreateDraftInvoice", "CreateApprovedInvoice"]

    def add_invoice(self, **over: Any) -> str:
        """Put an invoice in, changed now unless said otherwise; gives its id."""
        invoice = an_invoice(
            **{"InvoiceID": str(uuid.uuid4()), "UpdatedDateUTC": xero_date(self._clock()), "Url": ""} | over
        )
        self.invoices[str(invoice["InvoiceID"])] = invoice
        return str(invoice["InvoiceID"])

    def change(self, invoice_id: str, **over: Any) -> None:
        """Change an invoice, now."""
        self.invoices[invoice_id] |= {"UpdatedDateUTC": xero_date(self._clock())} | over

    def add_connection(self, tenant_id: str, name: str) -> str:
        """Connect an organisation; gives the connection's id."""
        connection_id = str(uuid.uuid4())
        row = {"id": connection_id, "tenantId": tenant_id, "tenantName": name}
        self.connections.append(a_connection() | row)
        return connection_id

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path = unquote(urlsplit(request.url).path).removeprefix("/api.xro/2.0")
        key = request.headers.get("Idempotency-Key", "")
        if key in self._keys and self._clock() - self._keys[key][0] <= _KEPT_FOR:
            return self._keys[key][1]
        answer = self._route(request, path)
        if key:
            self._keys[key] = (self._clock(), answer)
        return answer

    def _route(self, request: Request, path: str) -> Response:
        _, first, *rest = path.split("/")
        if first == "connections":
            return self._connections(request, rest)
        if request.method == "PUT":
            made = self._make_invoice if first == "Invoices" else self._make_contact
            return _json({first: [made(json.loads(request.body or b"")[first][0])]})
        if request.method == "POST" and len(rest) == 1:
            self._post(first, rest[0], json.loads(request.body or b"")[first][0])
        if first == "Contacts" and rest:
            found = self.contacts.get(rest[0])
            return _json({"Contacts": [found]}) if found else Response(404, {}, b"")
        if first == "Invoices" and rest:
            one = self.invoices.get(rest[0])
            return _json({"Invoices": [one]}) if one else Response(404, {}, b"")
        if path == "/Invoices" and "where" in request.params and "ContactIDs" in request.params:
            return _json(self._listed_invoices(request))
        if path == "/Invoices":
            return _json({"Invoices": self._asked_invoices(request)})
        lists: dict[str, Iterable[object]] = {
            "/Contacts": self.contacts.values(),
            "/Organisation": [an_organisation(PeriodLockDate=self.lock_date)],
            "/Organisation/Actions": [{"Name": name, "Status": "ALLOWED"} for name in self.actions],
            "/Currencies": [{"Code": code} for code in self.currencies],
            "/TaxRates": [_TAX_RATE],
            "/Accounts": [_ACCOUNT],
            "/BrandingThemes": [{"BrandingThemeID": THEME, "Name": "Standard", "SortOrder": 0}],
            "/Items": self.items,
        }
        key = "Organisations" if path == "/Organisation" else path.rsplit("/", 1)[-1]
        return _json({key: list(lists[path])})

    def _connections(self, request: Request, rest: list[str]) -> Response:
        if request.method == "GET":
            return _json(self.connections)
        kept = [one for one in self.connections if one["id"] != rest[0]]
        gone, self.connections = len(kept) < len(self.connections), kept
        return Response(204 if gone else 404, {}, b"")

    def _asked_invoices(self, request: Request) -> list[dict[str, Any]]:
        since = request.headers.get("If-Modified-Since", "")
        found = [
            one for one in self.invoices.values() if _updated(one) >= since and one["InvoiceID"] not in self.unlisted
        ]
        if "IDs" in request.params:
            return [one for one in found if one["InvoiceID"] in request.params["IDs"].split(",")]
        if "ContactIDs" in request.params:
            return [one for one in found if one["Contact"]["ContactID"] == request.params["ContactIDs"]]
        size = int(request.params["pageSize"])
        first = (int(request.params["page"]) - 1) * size
        return sorted(found, key=_updated)[first : first + size]

    def _listed_invoices(self, request: Request) -> dict[str, Any]:
        """List a contact's invoices of a span of days, with the count of all pages."""
        asked = request.params
        first, last = (
            date(*map(int, found.split(","))) for found in re.findall(r"Date[<>]=DateTime\(([\d,]+)\)", asked["where"])
        )
        statuses, term = asked.get("Statuses", ""), asked.get("searchTerm", "").lower()
        found = [
            one
            for one in self.invoices.values()
            if one["Contact"]["ContactID"] == asked["ContactIDs"]
            and first <= date.fromisoformat(one["DateString"][:10]) <= last
            and one["Status"] in (statuses or one["Status"])
            and term in f"{one['InvoiceNumber']} {one['Reference']}".lower()
        ]
        size = int(asked["pageSize"])
        start = (int(asked["page"]) - 1) * size
        return {"pagination": {"itemCount": len(found)}, "Invoices": found[start : start + size]}

    def _post(self, first: str, key: str, asked: dict[str, Any]) -> None:
        rows = self.invoices if first == "Invoices" else self.contacts
        if key in rows:
            rows[key] |= {"UpdatedDateUTC": xero_date(self._clock())} | asked

    def _make_invoice(self, asked: dict[str, Any]) -> dict[str, Any]:
        total = sum(
            (
                Decimal(str(line.get("Quantity", 0))) * Decimal(str(line.get("UnitAmount", 0)))
                for line in asked["LineItems"]
            ),
            self.surcharge,
        )
        contact = self.contacts.get(asked["Contact"]["ContactID"], {})
        sums = {
            "SubTotal": float(total),
            "TotalTax": 0,
            "Total": float(total),
            "AmountDue": float(total),
            "AmountPaid": 0,
        }
        made = {**asked, **sums, "InvoiceNumber": f"INV-{len(self.invoices) + 1:04}", "SentToContact": False}
        made["Contact"] = {**asked["Contact"], "Name": contact.get("Name", "Barney Rubble")}
        made |= {"DateString": f"{asked['Date']}T00:00:00", "DueDateString": f"{asked['DueDate']}T00:00:00"}
        return self.invoices[self.add_invoice(**made)]

    def _make_contact(self, asked: dict[str, Any]) -> dict[str, Any]:
        made = a_contact(**asked | {"ContactID": str(uuid.uuid4())})
        self.contacts[str(made["ContactID"])] = made
        return made


def _updated(invoice: dict[str, Any]) -> str:
    milliseconds = int(str(invoice["UpdatedDateUTC"])[6:].split("+")[0])
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _json(content: object) -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(content).encode())


_TAX_RATE = {
    "TaxType": "OUTPUT2",
    "Name": "15% GST on Income",
    "EffectiveRate": 15,
    "Status": "ACTIVE",
    "CanApplyToRevenue": True,
}
_ACCOUNT = {"Code": "200", "Name": "Sales", "TaxType": "OUTPUT2", "Status": "ACTIVE", "Class": "REVENUE"}
