"""What Xero demands of an invoice. https://developer.xero.com/documentation/api/accounting/invoices"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from sandbox.xero.contact_rules import find_contact, save_contact
from sandbox.xero.errors import Invalid, problem
from sandbox.xero.line_rules import LineRules, add_up, completeness, line_completeness, work_out_tax
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.render import render_line
from sandbox.xero.values import Json, fold, is_guid, new_id, round2, round4, to_day, to_decimal
from sandbox.xero.world import World

BAD_STATUS = "Invoice not of valid status for modification"
HAS_MONEY = "This document cannot be edited as it has a payment or credit note allocated to it."
TRANSITIONS = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID",),
}
_CHANGES = {"SUBMITTED": "Submitted", "AUTHORISED": "Approved", "VOIDED": "Voided", "DELETED": "Deleted"}
_FREE_WHEN_PAID = {"InvoiceID", "Type", "Status", "Reference", "DueDate", "InvoiceNumber", "BrandingThemeID"}
_FREE_WHEN_PAID |= {"Contact", "Url", "LineItems", "SentToContact", "ExpectedPaymentDate"}
_FREE_IN_PAID_LINES = {"LineItemID", "Description", "AccountCode", "Tracking"}
# Foreign currency for one of the base currency.
_RATES = {"EUR": Decimal("0.92"), "USD": Decimal("1.0842"), "GBP": Decimal("0.8351")}


def find_target(org: Organisation, body: Json, key: str | None) -> Invoice | None:
    """This will find the invoice that a POST means, by id or by number."""
    wanted = key or body.get("InvoiceID")
    if wanted:
        return find_by_key(org, str(wanted))
    number = body.get("InvoiceNumber")
    return org.numbers.get(fold(str(number))) if number else None


def find_by_key(org: Organisation, key: str) -> Invoice | None:
    """This will find an invoice by its id or number."""
    return org.invoices.get(key.lower()) if is_guid(key) else org.numbers.get(fold(key))


class InvoiceRules:
    """This will check one invoice that was sent and work out what it becomes; nothing is kept until `keep`."""

    def __init__(self, world: World, org: Organisation, user: str, body: Json, *, four_places: bool) -> None:
        self._world, self._org, self._user, self._body = world, org, user, body
        self._places = round4 if four_places else round2
        self._messages: list[str] = []
        self._line_messages: list[list[str]] = []
        self._echo: Json = {"InvoiceID": "00000000-0000-0000-0000-000000000000", **body}
        self._old: Invoice | None = None
        self.invoice: Invoice

    def create(self, made_by: str | None) -> Invoice:
        """This will make a new invoice.

        :raises Invalid: with every message.
        """
        kind = self._body.get("Type")
        if kind not in ("ACCREC", "ACCPAY"):
            raise Invalid(self._echo, "Invoice type must be specified" if kind is None else "Invoice type is not valid")
        self.invoice = Invoice(new_id(), kind, "", self._world.today(self._org), made_by=made_by)
        self.invoice.currency = str(self._org.details["BaseCurrency"])
        if kind == "ACCREC":
            self.invoice.theme_id = self._org.themes[0]["BrandingThemeID"]
        if not isinstance(self._body.get("Contact"), dict):
            self._messages.append("A Contact must be specified for this type of transaction")
        wanted = self._body.get("Status") or "DRAFT"
        if wanted not in ("DRAFT", "SUBMITTED", "AUTHORISED"):
            self._messages.append("Invoice not of valid status for creation")
        self._apply(str(wanted))
        return self.invoice

    def change(self, old: Invoice) -> Invoice:
        """This will work out the invoice that an existing one becomes.

        :raises Invalid: with every message.
        """
        self._old, self._echo["InvoiceID"] = old, old.invoice_id
        self.invoice = replace(old, lines=[replace(line) for line in old.lines])
        wanted = str(self._body.get("Status") or old.status)
        money = bool(old.paid or old.credited)
        if money and (wanted != old.status or self._touches_money()):
            raise Invalid(self._echo, HAS_MONEY)
        if wanted not in TRANSITIONS.get(old.status, ()):
            raise Invalid(self._echo, BAD_STATUS)
        self._apply(wanted)
        return self.invoice

    def keep(self) -> None:
        """This will store what `create` or `change` worked out."""
        invoice, old = self.invoice, self._old
        if not invoice.number and invoice.kind == "ACCREC":
            invoice.number = self._next_number()
        moved = old is None or old.status != invoice.status
        if invoice.status == "AUTHORISED" and moved and invoice.total == 0:
            # Nothing to pay: Xero takes it as paid at once (not confirmed by a primary text).
            invoice.status, invoice.fully_paid_on = "PAID", invoice.issued
        change = _CHANGES.get(invoice.status if moved else "", "Edited") if old else "Created"
        self._world.store_invoice(self._org, invoice, self._user, change, f"Total {invoice.total} {invoice.currency}")

    def _touches_money(self) -> bool:
        rows = self._body.get("LineItems") or []
        return bool(set(self._body) - _FREE_WHEN_PAID) or any(set(row) - _FREE_IN_PAID_LINES for row in rows)

    def _apply(self, wanted: str) -> None:
        self._contact()
        self._dates()
        self._texts()
        self._links()
        self._currency()
        self._treatment()
        self._lines()
        self.invoice.status = wanted
        if wanted in ("SUBMITTED", "AUTHORISED"):
            self._messages += completeness(self.invoice)
            self._line_messages = [
                found + line_completeness(line)
                for found, line in zip(self._line_messages, self.invoice.lines, strict=True)
            ]
        self._name_lines()
        self._rights(wanted)
        self._locked()
        if self._messages:
            raise Invalid(self._echo, *dict.fromkeys(self._messages))

    def _contact(self) -> None:
        sent = self._body.get("Contact")
        if not isinstance(sent, dict):
            return
        try:
            contact = find_contact(self._org, sent)
            if contact is None or set(sent) - {"ContactID", "HasAttachments", "HasValidationErrors"}:
                contact = save_contact(self._world, self._org, sent, self._user)
        except Invalid as err:
            nested = {**err.echo, "ValidationErrors": [{"Message": text} for text in err.messages]}
            raise Invalid({**self._echo, "Contact": nested}) from err
        if contact["ContactStatus"] != "ACTIVE":
            self._messages.append(
                "The contact with the specified contact details has been archived. The contact must be un-archived "
                "before creating new invoices or credit notes."
            )
        self.invoice.contact_id = contact["ContactID"]

    def _day(self, field: str, now: date | None) -> date | None:
        value = self._body.get(field)
        if value is None:
            return now
        try:
            return to_day(value)
        except ValueError:
            self._messages.append(f"{field} is not a valid date")
            return now

    def _dates(self) -> None:
        invoice = self.invoice
        invoice.issued = self._day("Date", invoice.issued) or invoice.issued
        invoice.due = self._day("DueDate", invoice.due)
        invoice.expected = self._day("ExpectedPaymentDate", invoice.expected)
        invoice.planned = self._day("PlannedPaymentDate", invoice.planned)

    def _texts(self) -> None:
        body, invoice = self._body, self.invoice
        if body.get("InvoiceNumber"):
            invoice.number = str(body["InvoiceNumber"])
            holder = self._org.numbers.get(fold(invoice.number))
            if invoice.kind == "ACCREC" and holder is not None and holder is not self._old:
                self._messages.append("Invoice # must be unique.")
        if body.get("Reference") is not None:
            invoice.reference = str(body["Reference"])
        if len(invoice.number) > 255 or len(invoice.reference) > 255:
            self._messages.append("InvoiceNumber and Reference must not be longer than 255 characters")
        if isinstance(body.get("SentToContact"), bool) and invoice.status in ("AUTHORISED", "PAID"):
            invoice.sent = body["SentToContact"]

    def _links(self) -> None:
        body, invoice = self._body, self.invoice
        if body.get("Url"):
            invoice.url = str(body["Url"])
            parts = urlsplit(invoice.url)
            if parts.scheme not in ("http", "https") or not parts.netloc or "xero" in invoice.url.lower():
                self._messages.append("Url is not valid")
        if body.get("BrandingThemeID"):
            invoice.theme_id = str(body["BrandingThemeID"])
            if all(theme["BrandingThemeID"] != invoice.theme_id for theme in self._org.themes):
                self._messages.append("The branding theme could not be found")

    def _currency(self) -> None:
        code, org, invoice = self._body.get("CurrencyCode"), self._org, self.invoice
        base = org.details["BaseCurrency"]
        if code:
            invoice.currency = str(code)
            closed = "UseMulticurrency" in org.refused_actions and code != base
            if invoice.currency not in org.currencies or closed:
                self._messages.append(f"Organisation is not subscribed to currency {code}")
        if invoice.currency == base:
            invoice.rate = Decimal(1)
        elif self._body.get("CurrencyRate"):
            invoice.rate = self._rate(self._body["CurrencyRate"])
        elif code or self._old is None:
            invoice.rate = _RATES.get(invoice.currency, Decimal(1))

    def _rate(self, value: Any) -> Decimal:
        try:
            return to_decimal(value).quantize(Decimal("0.000001"))
        except (ValueError, ArithmeticError):
            self._messages.append("CurrencyRate is not a valid number")
            return Decimal(1)

    def _treatment(self) -> None:
        wanted = self._body.get("LineAmountTypes")
        if wanted is None:
            return
        if wanted not in ("Exclusive", "Inclusive", "NoTax"):
            self._messages.append("LineAmountTypes is not valid")
            return
        self.invoice.treatment = wanted
        for line in self.invoice.lines:
            work_out_tax(self._org, self.invoice, line)

    def _lines(self) -> None:
        rows = self._body.get("LineItems")
        if isinstance(rows, list):
            rules = LineRules(self._org, self.invoice, self._places)
            self.invoice.lines = rules.build(rows)
            self._line_messages = rules.messages
        else:
            self._line_messages = [[] for _line in self.invoice.lines]
        add_up(self.invoice)

    def _name_lines(self) -> None:
        """This will say what is wrong with lines twice, as Xero does: of the document, and inside the line."""
        if not any(self._line_messages):
            return
        sent = self._body.get("LineItems")
        rows = sent if isinstance(sent, list) else [render_line(line, four_places=True) for line in self.invoice.lines]
        self._echo["LineItems"] = [
            {**row, "ValidationErrors": [{"Message": text} for text in messages]}
            for row, messages in zip(rows, self._line_messages, strict=True)
        ]
        self._messages += [text for messages in self._line_messages for text in messages]

    def _rights(self, wanted: str) -> None:
        needed = "CreateApprovedInvoice" if wanted in ("AUTHORISED", "VOIDED") else "CreateDraftInvoice"
        if self.invoice.kind == "ACCREC" and needed in self._org.refused_actions:
            raise problem(403, "Forbidden", "You are not permitted to access this resource")

    def _locked(self) -> None:
        documents = [self.invoice] if self._old is None else [self._old, self.invoice]
        for field, name in (("EndOfYearLockDate", "end of year"), ("PeriodLockDate", "period")):
            text = self._org.details.get(field)
            if text and any(document.issued <= to_day(text) for document in documents):
                day = to_day(text).strftime("%d %B %Y").lstrip("0")
                self._messages.append(
                    f"The document date cannot be before the {name} lock date, currently set at {day}"
                )

    def _next_number(self) -> str:
        while True:
            number = f"INV-{self._org.next_number:04d}"
            self._org.next_number += 1
            if fold(number) not in self._org.numbers:
                return number
