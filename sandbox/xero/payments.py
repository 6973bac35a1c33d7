"""Money against invoices: the Payments endpoint, and what pages and the control API do with it."""

from collections.abc import Callable
from decimal import Decimal

from flask import Blueprint, Response

from sandbox.xero.errors import Invalid, not_found
from sandbox.xero.invoice_rules import BAD_STATUS, find_target
from sandbox.xero.listing import dict_getters, envelope, filtered, modified_since, ordered, page_of
from sandbox.xero.models import Invoice, Organisation, Payment
from sandbox.xero.render import render_payment
from sandbox.xero.services import Services, current
from sandbox.xero.values import Json, ms_time, new_id, round2, to_day, to_decimal
from sandbox.xero.world import World
from sandbox.xero.writing import sent_body, sent_rows, write_all

_GETTERS = dict_getters(
    "PaymentID", "Status", "PaymentType", "Amount", "Reference", "Invoice.InvoiceID", "UpdatedDateUTC"
)


def apply_payment(world: World, org: Organisation, payment: Payment, user: str) -> None:
    """This will put money on an invoice; all of it makes it paid.

    :raises Invalid: when the invoice takes no money, or not so much.
    """
    invoice = payment.invoice
    echo = {"PaymentID": payment.payment_id, "Amount": payment.amount}
    if invoice.status != "AUTHORISED":
        raise Invalid(echo, "Payments can only be made against Authorised documents")
    if payment.amount <= 0:
        raise Invalid(echo, "The payment amount must be greater than zero")
    if payment.amount > invoice.amount_due:
        raise Invalid(echo, "Payment amount exceeds the amount outstanding on this document")
    invoice.payments[payment.payment_id] = org.payments[payment.payment_id] = payment
    invoice.paid += payment.amount
    if invoice.amount_due == 0:
        invoice.status, invoice.fully_paid_on = "PAID", payment.day
    world.store_invoice(org, invoice, user, "Payment received", f"{payment.amount} {invoice.currency}")
    payment.updated = invoice.updated


def remove_payment(world: World, org: Organisation, payment: Payment, user: str) -> None:
    """This will take money off an invoice, which is then owed again.

    :raises Invalid: when it is gone already.
    """
    if payment.status != "AUTHORISED":
        raise Invalid({"PaymentID": payment.payment_id}, "Payment not of valid status for modification")
    invoice = payment.invoice
    payment.status = "DELETED"
    invoice.paid -= payment.amount
    invoice.status, invoice.fully_paid_on = "AUTHORISED", None
    world.store_invoice(org, invoice, user, "Payment deleted", f"{payment.amount} {invoice.currency}")
    payment.updated = invoice.updated


def bank_account(org: Organisation, wanted: Json | None = None) -> Json | None:
    """This will find the account that money goes to: by id or code, else the first bank."""
    for account in org.accounts.values():
        if wanted:
            if account["AccountID"] == wanted.get("AccountID") or account.get("Code", "") == wanted.get("Code"):
                return account
        elif account["Type"] == "BANK":
            return account
    return None


class PaymentRoutes:
    """This will answer /Payments."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def register(self, api: Blueprint) -> None:
        """This will add the routes."""
        api.add_url_rule("/Payments", "list_payments", self.list_all, methods=["GET"])
        api.add_url_rule("/Payments", "write_payments", self.write, methods=["PUT", "POST"])
        api.add_url_rule("/Payments/<key>", "get_payment", self.get, methods=["GET"])
        api.add_url_rule("/Payments/<key>", "delete_payment", self.delete, methods=["POST"])

    def _find(self, key: str) -> Payment:
        payment = current().org.payments.get(key.lower())
        if payment is None:
            raise not_found()
        return payment

    def list_all(self) -> Response:
        """This will list payments."""
        org, since = current().org, modified_since()
        with self._world.lock:
            rows = [render_payment(org, payment) for payment in org.payments.values()]
        rows = [row for row in rows if since is None or row["UpdatedDateUTC"] >= ms_time(since)]
        rows, pagination = page_of(ordered(filtered(rows, _GETTERS), _GETTERS))
        return envelope(self._services, "Payments", rows, pagination)

    def get(self, key: str) -> Response:
        """This will read one payment."""
        with self._world.lock:
            return envelope(self._services, "Payments", [render_payment(current().org, self._find(key))])

    def write(self) -> Response:
        """This will put money on invoices."""
        call = current()

        def work(body: Json) -> Callable[[], Json]:
            payment = self._payment(call.org, body)
            apply_payment(self._world, call.org, payment, call.user_name)
            return lambda: render_payment(call.org, payment)

        with self._world.lock:
            return write_all(self._services, "Payments", sent_rows("Payments"), work)

    def _payment(self, org: Organisation, body: Json) -> Payment:
        wanted = body.get("Invoice") or {"InvoiceNumber": body.get("InvoiceNumber")}
        invoice = find_target(org, wanted, None)
        account = bank_account(org, body.get("Account") or {"Code": body.get("Code")})
        if invoice is None:
            raise Invalid(body, "The specified invoice could not be found")
        if account is None or not (account["Type"] == "BANK" or account["EnablePaymentsToAccount"]):
            raise Invalid(body, "The account must be a bank account or allow payments")
        try:
            amount, day = to_decimal(body.get("Amount")), body.get("Date")
            made = to_day(day) if day else self._world.today(org)
        except ValueError as err:
            raise Invalid(body, "Amount and Date must be valid") from err
        return Payment(new_id(), invoice, round2(amount), made, account, str(body.get("Reference") or ""))

    def delete(self, key: str) -> Response:
        """This will take a payment back; nothing else about it can change."""
        call, payment, body = current(), self._find(key), sent_body()
        rows = body.get("Payments", [body]) if isinstance(body, dict) else [{}]

        def work(row: Json) -> Callable[[], Json]:
            if row.get("Status") != "DELETED":
                raise Invalid(row, BAD_STATUS.replace("Invoice", "Payment"))
            remove_payment(self._world, call.org, payment, call.user_name)
            return lambda: render_payment(call.org, payment)

        with self._world.lock:
            return write_all(self._services, "Payments", rows[:1], work)


def credit(world: World, org: Organisation, invoice: Invoice, amount: Decimal | None, user: str) -> None:
    """This will set off all that is due, or a part, against a credit note, which no payment shows.

    :raises Invalid: when the invoice takes no credit, or not so much.
    """
    given = invoice.amount_due if amount is None else round2(amount)
    if invoice.status != "AUTHORISED":
        raise Invalid({}, "Credit can only be allocated to Authorised documents")
    if not 0 < given <= invoice.amount_due:
        raise Invalid({}, "Amount to credit exceeds the amount outstanding on this document")
    invoice.credited += given
    if invoice.amount_due == 0:
        invoice.status, invoice.fully_paid_on = "PAID", world.today(org)
    world.store_invoice(org, invoice, user, "Credit applied", f"{given} {invoice.currency}")


def pay(world: World, org: Organisation, invoice: Invoice, amount: Decimal | None, user: str) -> Payment:
    """This will pay all that is due, or a part, into the first bank account, as a person in Xero would."""
    account = bank_account(org) or {}
    due = invoice.amount_due if amount is None else amount
    payment = Payment(new_id(), invoice, round2(due), world.today(org), account)
    apply_payment(world, org, payment, user)
    return payment
