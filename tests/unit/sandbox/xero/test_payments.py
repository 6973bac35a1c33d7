from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.sandbox.xero.caller import SCOPES, Caller, messages, only


@pytest.fixture
def xero(client: FlaskClient) -> Caller:
    return Caller(client, scope=f"{SCOPES} accounting.payments")


def pay(xero: Caller, invoice: dict[str, Any], amount: object, account: str = "090") -> Any:
    body = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": {"Code": account}, "Amount": amount}
    return xero.call("PUT", "/Payments", json={"Payments": [{**body, "Date": "2026-12-01"}]})


def test_a_payment_settles_and_its_deletion_owes_again(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")

    paid = only(pay(xero, invoice, 120), "Payments")
    [settled] = xero.rows(f"/Invoices/{invoice['InvoiceID']}")
    gone = only(xero.call("POST", f"/Payments/{paid['PaymentID']}", json={"Status": "DELETED"}), "Payments")
    [owed] = xero.rows(f"/Invoices/{invoice['InvoiceID']}")

    assert (paid["PaymentType"], paid["Invoice"]["Status"]) == ("ACCRECPAYMENT", "PAID")
    assert (settled["Status"], settled["Payments"][0]["Amount"]) == ("PAID", 120.0)
    assert settled["FullyPaidOnDate"] == paid["Date"]
    assert gone["Status"] == "DELETED"
    assert (owed["Status"], owed["AmountDue"], owed["Payments"]) == ("AUTHORISED", 120.0, [])
    again = xero.call("POST", f"/Payments/{paid['PaymentID']}", json={"Status": "DELETED"})
    assert messages(again) == ["Payment not of valid status for modification"]


@pytest.mark.parametrize(
    ("status", "amount", "account", "message"),
    [
        ("DRAFT", 1, "090", "Payments can only be made against Authorised documents"),
        ("AUTHORISED", 120.01, "090", "Payment amount exceeds the amount outstanding on this document"),
        ("AUTHORISED", 0, "090", "The payment amount must be greater than zero"),
        ("AUTHORISED", 1, "200", "The account must be a bank account or allow payments"),
        ("AUTHORISED", "all", "090", "Amount and Date must be valid"),
    ],
)
def test_a_wrong_payment_is_refused(xero: Caller, status: str, amount: object, account: str, message: str) -> None:
    assert messages(pay(xero, xero.made(Status=status), amount, account)) == [message]


def test_payments_are_listed(xero: Caller) -> None:
    made = only(pay(xero, xero.made(Status="AUTHORISED"), 5), "Payments")

    assert [row["PaymentID"] for row in xero.rows("/Payments?page=1")] == [made["PaymentID"]]
    assert [row["PaymentID"] for row in xero.rows(f"/Payments/{made['PaymentID']}")] == [made["PaymentID"]]
    assert xero.call("GET", "/Payments/5e0f6c0a-6a55-4d6e-9d6a-5a9b1c8f2d10").status_code == 404


def test_a_payment_follows_an_invoice_that_was_changed_meanwhile(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    paid = only(pay(xero, invoice, 20), "Payments")
    xero.change(invoice, Reference="later")

    xero.call("POST", f"/Payments/{paid['PaymentID']}", json={"Status": "DELETED"})

    [owed] = xero.rows(f"/Invoices/{invoice['InvoiceID']}")
    assert (owed["Reference"], owed["AmountPaid"], owed["AmountDue"]) == ("later", 0.0, 120.0)
