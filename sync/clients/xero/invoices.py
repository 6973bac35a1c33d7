"""Invoices in Xero."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sync.clients.answers import dict_of, dicts_of, loaded, under, unreadable
from sync.clients.failures import Unreadable
from sync.clients.transport import Request
from sync.clients.xero import _schemas
from sync.clients.xero._calls import EXACT, Calls, Kind, segment
from sync.clients.xero._errors import XERO
from sync.domain.invoice import Invoice
from sync.domain.selection import Selection

log = logging.getLogger(__name__)

MOST_IDS = 40  # near 53 Xero answers a misleading 404 (XeroAPI/Xero-OpenAPI#534)
_PAGE_SIZE = 100
_SWEEP_PAGE_SIZE = 1000
LISTED_AT_ONCE = 1000  # the most that Xero puts into one answer
_MOST_PAGES = 100
_INVOICE = Kind("Invoices", _schemas.InvoiceSchema(), EXACT)


@dataclass(frozen=True)
class InvoicePage:
    """A part of a selection; `count` is how many invoices the whole of it has."""

    invoices: tuple[Invoice, ...]
    count: int


class InvoiceCalls(Calls):
    """Finds, reads and writes invoices."""

    # https://developer.xero.com/documentation/api/accounting/invoices
    def get_invoice(self, *, invoice_id: str) -> Invoice:
        """Fetch one invoice.

        :raises NotFound: it is not in this organisation.
        """
        invoice: Invoice = self._only(f"/Invoices/{segment(invoice_id)}", "Invoices", _schemas.InvoiceSchema(), EXACT)
        return invoice

    # https://developer.xero.com/documentation/api/accounting/invoices (IDs)
    def get_invoices(self, *, invoice_ids: Sequence[str]) -> tuple[Invoice, ...]:
        """Fetch up to forty invoices with one call; those that Xero leaves out of lists are missing."""
        if not 0 < len(invoice_ids) <= MOST_IDS:
            raise ValueError(f"{len(invoice_ids)} ids for one call")
        params = {"IDs": ",".join(invoice_ids), **EXACT}
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

    # https://developer.xero.com/documentation/api/accounting/invoices (optimised filtering, SearchTerm, summaryOnly)
    def list_invoices(self, *, selection: Selection, page: int = 1) -> InvoicePage:
        """Fetch a thousand invoices of a selection, the newest first, without their lines.

        One that cannot be read is left out: it must not keep all others from being seen.
        """
        params = {
            "ContactIDs": selection.contact_id,
            "where": f'Type=="ACCREC" AND {_between(selection.span.first, selection.span.last)}',
            **({"Statuses": selection.status.value} if selection.status else {}),
            **({"searchTerm": selection.term} if selection.term else {}),
            "order": "Date DESC",
            "summaryOnly": "true",
            "page": str(page),
            "pageSize": str(LISTED_AT_ONCE),
        }
        request, answer = self._asked("/Invoices", params)
        found = dicts_of(under(request, answer, _INVOICE.key))
        count = dict_of(dict_of(answer).get("pagination")).get("itemCount")
        if not isinstance(count, int):
            raise unreadable(request, "no count of the whole selection")
        return InvoicePage(tuple(_readable_invoices((request, item) for item in found)), count)

    # https://developer.xero.com/documentation/api/accounting/invoices (createdByMyApp)
    def find_own_invoice(self, *, contact_id: str, since: datetime, url: str) -> Invoice | None:
        """Find the invoice with this `Url`, query apart, among a contact's that this app has made and that changed since.

        Only that one is read: another that cannot be read proves nothing about it.
        """
        params = {"ContactIDs": contact_id, "createdByMyApp": "true", "pageSize": str(_PAGE_SIZE), **EXACT}
        for request, item in self._paged_invoices(params, since):
            if str(dict_of(item).get("Url")).partition("?")[0] == url:
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
            "POST", f"/Invoices/{segment(invoice_id)}", _INVOICE, body=body, key=idempotency_key
        )
        return invoice

    # https://developer.xero.com/documentation/api/accounting/invoices (GET OnlineInvoice)
    def online_invoice_url(self, *, invoice_id: str) -> str:
        """Fetch the address under which the customer sees the invoice; a draft has none."""
        path = f"/Invoices/{segment(invoice_id)}/OnlineInvoice"
        return str(self._only(path, "OnlineInvoices", _schemas.OnlineInvoiceSchema())["url"])

    # https://developer.xero.com/documentation/api/accounting/invoices (emailing)
    def email_invoice(self, *, invoice_id: str, body: bytes, idempotency_key: str) -> None:
        """Have Xero send the invoice to its contact.

        :raises Refused: with Xero's own sentence: no address, the day's limit, a demo organisation.
        :raises OutcomeUnknown: it may have been sent.
        """
        self._session.send(self._write_request("POST", f"/Invoices/{segment(invoice_id)}/Email", body, idempotency_key))

    # https://developer.xero.com/documentation/api/accounting/invoices (retrieving as PDF)
    def invoice_pdf(self, *, invoice_id: str) -> bytes:
        """Fetch the invoice as Xero prints it.

        :raises NotFound: it is not in this organisation.
        """
        headers = {**self._headers, "Accept": "application/pdf"}
        request = Request(XERO, "GET", f"{self._base}/Invoices/{segment(invoice_id)}/pdf", headers=headers)
        content = self._session.send(request).body
        if not content.startswith(b"%PDF-"):
            raise unreadable(request, "not a PDF")
        return content

    def _paged_invoices(self, params: Mapping[str, str], since: datetime) -> Iterator[tuple[Request, object]]:
        # https://developer.xero.com/documentation/api/accounting/requests-and-responses (paging)
        for page in range(1, _MOST_PAGES + 1):
            request, found = self._listed("/Invoices", _INVOICE.key, {**params, "page": str(page)}, since)
            yield from ((request, item) for item in found)
            if len(found) < int(params["pageSize"]):
                return
        raise unreadable(request, f"more than {_MOST_PAGES} pages")


def _between(first: date, last: date) -> str:
    return f"Date>={_day(first)} AND Date<={_day(last)}"


def _day(day: date) -> str:
    return f"DateTime({day.year},{day.month},{day.day})"


def _readable_invoices(found: Iterator[tuple[Request, object]]) -> Iterator[Invoice]:
    for request, item in found:
        try:
            yield loaded(request, _INVOICE.schema, item)
        except Unreadable as err:
            named = dict_of(item).get("InvoiceID")
            log.warning("%s: invoice %.36r left out", err, named if isinstance(named, str) else None)
