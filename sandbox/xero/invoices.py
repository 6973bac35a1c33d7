"""The Invoices endpoint: create, change, read, list."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from flask import Blueprint, Response, request

from sandbox.xero.errors import Refusal, not_found
from sandbox.xero.invoice_rules import InvoiceRules, find_by_key, find_target
from sandbox.xero.listing import envelope, filtered, flag, four_places, listed, modified_since, ordered, page_of
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.pdf import invoice_pdf
from sandbox.xero.render import render_invoice, render_summary
from sandbox.xero.services import Services, current
from sandbox.xero.values import Json, fold, from_ms_time, ms_time
from sandbox.xero.where import Getter, Getters
from sandbox.xero.writing import sent_rows, write_all

# From 53 ids on the real one says 404: https://github.com/XeroAPI/Xero-OpenAPI/issues/534
MOST_IDS = 52
MOST_BEFORE_414 = 210
_ATTRIBUTES = {"type": "kind", "status": "status", "invoiceid": "invoice_id", "invoicenumber": "number"}
_ATTRIBUTES |= {"reference": "reference", "date": "issued", "duedate": "due", "amountdue": "amount_due"}
_ATTRIBUTES |= {"amountpaid": "paid", "amountcredited": "credited", "total": "total", "subtotal": "sub_total"}
_ATTRIBUTES |= {"totaltax": "total_tax", "currencycode": "currency", "contact.contactid": "contact_id", "url": "url"}
_ATTRIBUTES |= {"senttocontact": "sent", "brandingthemeid": "theme_id"}
_ATTRIBUTES |= {"fullypaidondate": "fully_paid_on", "expectedpaymentdate": "expected", "lineamounttypes": "treatment"}


def _getters(org: Organisation) -> Getters:
    contact_fields = {"contact.name": "Name", "contact.contactnumber": "ContactNumber"}
    contact_fields |= {"contact.emailaddress": "EmailAddress"}

    def find(path: str) -> Getter | None:
        if path == "updateddateutc":
            return lambda invoice: from_ms_time(ms_time(invoice.updated))
        if path in contact_fields:
            return lambda invoice: org.contacts[invoice.contact_id].get(contact_fields[path])
        return attrgetter(_ATTRIBUTES[path]) if path in _ATTRIBUTES else None

    return find


class InvoiceRoutes:
    """This will answer /Invoices."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def register(self, api: Blueprint) -> None:
        """This will add the routes."""
        api.add_url_rule("/Invoices", "list_invoices", self.list_all, methods=["GET"])
        api.add_url_rule("/Invoices", "put_invoices", self.put, methods=["PUT"])
        api.add_url_rule("/Invoices", "post_invoices", self.post, methods=["POST"])
        api.add_url_rule("/Invoices/<key>", "get_invoice", self.get, methods=["GET"])
        api.add_url_rule("/Invoices/<key>", "post_invoice", self.post_one, methods=["POST"])

    def put(self) -> Response:
        """This will create, and nothing else."""
        return self._write(sent_rows("Invoices"), lambda _body: None)

    def post(self) -> Response:
        """This will change those that it finds by id or number, and create the others."""
        return self._write(sent_rows("Invoices"), lambda body: find_target(current().org, body, None))

    def post_one(self, key: str) -> Response:
        """This will change the one in the path."""
        with self._world.lock:
            found = find_by_key(current().org, key)
        if found is None:
            raise not_found()
        return self._write(sent_rows("Invoices")[:1], lambda _body: current().org.invoices[found.invoice_id])

    def _write(self, rows: list[Json], target: Callable[[Json], Invoice | None]) -> Response:
        call, places = current(), four_places()

        def work(body: Json) -> Callable[[], Json]:
            old = target(body)
            if old is None and body.get("InvoiceID") and request.method == "POST":
                raise not_found()
            rules = InvoiceRules(self._world, call.org, call.user_name, body, four_places=places)
            if old is None:
                rules.create(made_by=call.access.client_id)
            else:
                rules.change(old)

            def keep() -> Json:
                rules.keep()
                return render_invoice(call.org, rules.invoice, places)

            return keep

        with self._world.lock:
            return write_all(self._services, "Invoices", rows, work)

    def get(self, key: str) -> Response:
        """This will read one by id or number, as JSON or as PDF."""
        org = current().org
        with self._world.lock:
            invoice = find_by_key(org, key)
            if invoice is None:
                raise not_found()
            if "application/pdf" in request.headers.get("Accept", ""):
                return invoice_pdf(org, invoice)
            return envelope(self._services, "Invoices", [render_invoice(org, invoice, four_places())])

    def list_all(self) -> Response:
        """This will list, filtered in Xero's many ways."""
        call = current()
        with self._world.lock:
            found = self._found(call.org, call.access.client_id)
            forced = flag("summaryOnly") or "Statuses" in request.args
            rows, pagination = page_of(found, forced=forced)
            return envelope(self._services, "Invoices", self._shown(call.org, rows, bool(pagination)), pagination)

    # FBT001: whether the client asked for pages decides whether it gets lines, as at Xero.
    def _shown(self, org: Organisation, rows: Iterable[Invoice], paged: bool) -> list[Json]:  # noqa: FBT001
        if flag("summaryOnly"):
            return [render_summary(org, invoice) for invoice in rows]
        return [render_invoice(org, invoice, four_places(), lines=paged) for invoice in rows]

    def _found(self, org: Organisation, client_id: str) -> list[Invoice]:
        rows = filtered(self._narrowed(org, client_id), _getters(org))
        return ordered(rows, _getters(org), default=lambda one: (one.updated, one.invoice_id))

    def _narrowed(self, org: Organisation, client_id: str) -> Iterable[Invoice]:
        rows: Iterable[Invoice] = self._start(org)
        statuses, numbers, ids = listed("Statuses"), listed("InvoiceNumbers"), listed("IDs")
        contacts, since = listed("ContactIDs"), modified_since()
        tests: list[Callable[[Invoice], Any]] = []
        if statuses is not None:
            tests.append(lambda one: one.status in statuses)
        if numbers is not None:
            folded = {fold(number) for number in numbers}
            tests.append(lambda one: fold(one.number) in folded)
        if ids is not None and contacts is not None:
            tests.append(lambda one: one.contact_id in contacts)
        if since is not None:
            tests.append(lambda one: one.updated >= since)
        if flag("createdByMyApp"):
            tests.append(lambda one: one.made_by == client_id)
        term = fold(request.args.get("searchTerm", ""))
        if term:
            tests.append(lambda one: term in fold(one.number) or term in fold(one.reference))
        return (one for one in rows if all(test(one) for test in tests))

    def _start(self, org: Organisation) -> Iterable[Invoice]:
        """This will begin with the fewest invoices that an index can give."""
        ids, contacts, since = listed("IDs"), listed("ContactIDs"), modified_since()
        if ids is not None:
            if len(ids) >= MOST_BEFORE_414:
                raise too_long()
            if len(ids) > MOST_IDS:
                raise not_found()
            return [org.invoices[one] for one in dict.fromkeys(map(str.lower, ids)) if one in org.invoices]
        if contacts is not None:
            return [one for key in dict.fromkeys(contacts) for one in org.by_contact.get(key.lower(), {}).values()]
        if since is not None:
            return _newest_until(org, since)
        return org.invoices.values()


def too_long() -> Refusal:
    """This will be what the web server in front says to an address that is too long."""
    return Refusal(Response("<html><body>Request-URI Too Large</body></html>", 414, content_type="text/html"))


def _newest_until(org: Organisation, since: int) -> list[Invoice]:
    newest = []
    for invoice in reversed(org.invoices.values()):
        if invoice.updated < since:
            break
        newest.append(invoice)
    return newest
