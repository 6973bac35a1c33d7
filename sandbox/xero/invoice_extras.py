"""What hangs on an invoice: e-mail, public link, PDF, history."""

import hashlib

from flask import Blueprint, Response

from sandbox.xero.errors import Refusal, element, json_answer, not_found, validation_body
from sandbox.xero.invoice_rules import find_by_key
from sandbox.xero.listing import envelope
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.pdf import invoice_pdf
from sandbox.xero.services import Services, current
from sandbox.xero.writing import sent_rows

_LONGEST_NOTE = 2500


def _refuse(invoice: Invoice, message: str) -> Refusal:
    return Refusal(json_answer(validation_body([element({"InvoiceID": invoice.invoice_id}, (message,))]), 400))


def online_key(invoice: Invoice) -> str:
    """This will give the secret part of the address under which a customer sees the invoice."""
    return hashlib.sha256(f"online {invoice.invoice_id}".encode()).hexdigest()[:40]


class InvoiceExtras:
    """This will answer what stands behind /Invoices/{id}/."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def register(self, api: Blueprint) -> None:
        """This will add the routes."""
        api.add_url_rule("/Invoices/<key>/Email", "email_invoice", self.email, methods=["POST"])
        api.add_url_rule("/Invoices/<key>/OnlineInvoice", "online_invoice", self.online, methods=["GET"])
        api.add_url_rule("/Invoices/<key>/pdf", "pdf_invoice", self.pdf, methods=["GET"])
        for name in ("Invoices", "Contacts", "Items", "Payments"):
            api.add_url_rule(f"/{name}/<key>/History", f"get_history_{name}", self.history, methods=["GET"])
            api.add_url_rule(f"/{name}/<key>/History", f"put_history_{name}", self.add_note, methods=["PUT"])

    def _invoice(self, key: str) -> tuple[Organisation, Invoice]:
        org = current().org
        invoice = find_by_key(org, key)
        if invoice is None:
            raise not_found()
        return org, invoice

    def email(self, key: str) -> Response:
        """This will send the invoice to its contact: nothing leaves this machine, it is only written down."""
        with self._world.lock:
            org, invoice = self._invoice(key)
            address = org.contacts[invoice.contact_id].get("EmailAddress")
            if invoice.kind != "ACCREC" or invoice.status not in ("SUBMITTED", "AUTHORISED", "PAID"):
                raise _refuse(invoice, "Invoice not of valid status for emailing")
            if not address:
                raise _refuse(invoice, "The contact does not have an email address")
            today = self._world.clock.now().date().isoformat()
            # A demo company sends nothing (https://developer.xero.com/documentation/api/accounting/invoices).
            limit = 0 if org.details["IsDemoCompany"] else org.email_limit
            if sum(one["day"] == today for one in org.emails) >= limit:
                raise _refuse(invoice, "The daily email limit has been exceeded")
            org.emails.append({"day": today, "to": address, "InvoiceID": invoice.invoice_id})
            if invoice.status != "SUBMITTED":
                invoice.sent = True
            self._world.store_invoice(org, invoice, current().user_name, "Invoice sent", f"Sent to {address}")
        return Response(status=204)

    def online(self, key: str) -> Response:
        """This will give the link that a customer would get."""
        with self._world.lock:
            _org, invoice = self._invoice(key)
        if invoice.kind != "ACCREC" or invoice.status in ("DRAFT", "DELETED"):
            raise not_found()
        url = f"{self._services.config.base_url}/online/{online_key(invoice)}?InvoiceID={invoice.invoice_id}"
        return envelope(self._services, "OnlineInvoices", [{"OnlineInvoiceUrl": url}])

    def pdf(self, key: str) -> Response:
        """This will give the invoice on paper."""
        with self._world.lock:
            return invoice_pdf(*self._invoice(key))

    def _target(self, key: str) -> tuple[Organisation, str]:
        org = current().org
        invoice = find_by_key(org, key)
        if invoice is not None:
            return org, invoice.invoice_id
        if not any(key in known for known in (org.contacts, org.items, org.payments)):
            raise not_found()
        return org, key

    def history(self, key: str) -> Response:
        """This will list what happened, newest first."""
        with self._world.lock:
            org, resource_id = self._target(key)
            return envelope(self._services, "HistoryRecords", org.history.get(resource_id, [])[::-1])

    def add_note(self, key: str) -> Response:
        """This will append notes; nothing can be taken away again."""
        rows = sent_rows("HistoryRecords")
        with self._world.lock:
            org, resource_id = self._target(key)
            if any(not 0 < len(str(row.get("Details") or "")) <= _LONGEST_NOTE for row in rows):
                wrong = element(rows[0], (f"Details must have 1 to {_LONGEST_NOTE} characters",))
                raise Refusal(json_answer(validation_body([wrong]), 400))
            made = [self._world.note(org, resource_id, "System Generated", "Note", str(row["Details"])) for row in rows]
        return envelope(self._services, "HistoryRecords", [{**record, "ValidationErrors": []} for record in made])
