"""Invoices and payments as Xero's JSON shows them."""

from decimal import Decimal

from sandbox.xero.models import Invoice, Line, Organisation, Payment
from sandbox.xero.rounding import ZERO
from sandbox.xero.values import Json, day_string, ms_date, ms_time, round2, utc_string

_STUB = ("ContactID", "Name")


def contact_stub(org: Organisation, contact_id: str) -> Json:
    """This will give the few fields of a contact that lists show."""
    contact = org.contacts[contact_id]
    empty: Json = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return {key: contact[key] for key in _STUB} | empty | {"HasValidationErrors": False}


def full_contact(org: Organisation, contact_id: str) -> Json:
    """This will give a contact as its own route does."""
    empty: Json = {"BankAccountDetails": "", "Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    flags = {"IsSupplier": False, "IsCustomer": False, "HasAttachments": False, "HasValidationErrors": False}
    return {**empty, **flags, **org.contacts[contact_id]}


def render_line(line: Line, four_places: object) -> Json:
    """This will show one line; prices have two places unless four were asked for."""
    row: Json = {"LineItemID": line.line_id, "Tracking": line.tracking, "ValidationErrors": []}
    row |= {"TaxAmount": line.tax_amount, "LineAmount": line.line_amount}
    optional = {"Description": line.description, "Quantity": line.quantity, "ItemCode": line.item_code}
    optional |= {"AccountCode": line.account_code, "TaxType": line.tax_type}
    optional |= {"DiscountRate": line.discount_rate, "DiscountAmount": line.discount_amount}
    row |= {key: value for key, value in optional.items() if value is not None}
    if line.unit_amount is not None:
        row["UnitAmount"] = line.unit_amount if four_places else round2(line.unit_amount)
    return row


def _payment_inside(payment: Payment) -> Json:
    row: Json = {"PaymentID": payment.payment_id, "Date": ms_date(payment.day), "Amount": payment.amount}
    row |= {"Reference": payment.reference, "CurrencyRate": payment.invoice.rate}
    return row | {"HasAccount": False, "HasValidationErrors": False}


def _dates(invoice: Invoice) -> Json:
    row = {"Date": ms_date(invoice.issued), "DateString": day_string(invoice.issued)}
    if invoice.due:
        row |= {"DueDate": ms_date(invoice.due), "DueDateString": day_string(invoice.due)}
    named = {"ExpectedPaymentDate": invoice.expected, "PlannedPaymentDate": invoice.planned}
    named["FullyPaidOnDate"] = invoice.fully_paid_on
    return row | {key: ms_date(day) for key, day in named.items() if day}


def render_summary(org: Organisation, invoice: Invoice) -> Json:
    """This will show an invoice without lines, payments and contact details."""
    row: Json = {"Type": invoice.kind, "InvoiceID": invoice.invoice_id, "InvoiceNumber": invoice.number}
    row |= {"Reference": invoice.reference, "Prepayments": [], "Overpayments": [], "CreditNotes": []}
    row |= {"AmountDue": invoice.amount_due, "AmountPaid": invoice.paid, "AmountCredited": invoice.credited}
    row |= {"SentToContact": invoice.sent, "CurrencyRate": invoice.rate, "HasErrors": False}
    discount = _discount(invoice)
    row |= {"IsDiscounted": bool(discount)} | ({"TotalDiscount": discount} if discount else {})
    row |= {"Contact": contact_stub(org, invoice.contact_id), **_dates(invoice)}
    row |= {"Status": invoice.status, "LineAmountTypes": invoice.treatment}
    row |= {"SubTotal": invoice.sub_total, "TotalTax": invoice.total_tax, "Total": invoice.total}
    row |= {"UpdatedDateUTC": ms_time(invoice.updated), "UpdatedDateUTCString": utc_string(invoice.updated)}
    row["CurrencyCode"] = invoice.currency
    if invoice.theme_id:
        row["BrandingThemeID"] = invoice.theme_id
    if invoice.url:
        row["Url"] = invoice.url
    return row


def render_invoice(org: Organisation, invoice: Invoice, four_places: object, *, lines: bool = True) -> Json:
    """This will show an invoice; in a list without pages it has neither lines nor contact details."""
    row = render_summary(org, invoice)
    row["HasAttachments"] = False
    alive = [payment for payment in invoice.payments.values() if payment.status == "AUTHORISED"]
    row["Payments"] = [_payment_inside(payment) for payment in alive]
    row["LineItems"] = [render_line(line, four_places) for line in invoice.lines] if lines else []
    if lines:
        row["Contact"] = full_contact(org, invoice.contact_id)
    return row


def render_payment(org: Organisation, payment: Payment) -> Json:
    """This will show a payment as its own route does."""
    account = {key: payment.account[key] for key in ("AccountID", "Code", "Name") if key in payment.account}
    row: Json = {"PaymentID": payment.payment_id, "Date": ms_date(payment.day), "Amount": payment.amount}
    row |= {"BankAmount": payment.amount, "Reference": payment.reference, "CurrencyRate": payment.invoice.rate}
    kind = "ACCRECPAYMENT" if payment.invoice.kind == "ACCREC" else "ACCPAYPAYMENT"
    row |= {"PaymentType": kind, "Status": payment.status, "HasAccount": True, "IsReconciled": False}
    row |= {"UpdatedDateUTC": ms_time(payment.updated), "UpdatedDateUTCString": utc_string(payment.updated)}
    row |= {"Account": account, "HasValidationErrors": False}
    return row | {"Invoice": render_invoice(org, payment.invoice, four_places=False)}


def _discount(invoice: Invoice) -> Decimal:
    return sum(
        (
            round2((Decimal(1) if line.quantity is None else line.quantity) * line.unit_amount) - line.line_amount
            for line in invoice.lines
            if line.unit_amount is not None and (line.discount_rate or line.discount_amount)
        ),
        ZERO,
    )
