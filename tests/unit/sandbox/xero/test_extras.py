"""Settings, items, e-mail, online link, PDF and history."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.sandbox.xero.caller import SCOPES, Caller, messages, only


def test_seeded_settings(xero: Caller) -> None:
    [organisation] = (xero.call("GET", "/Organisation").json or {})["Organisations"]
    rates = xero.rows("/TaxRates?where=Status%3D%3D%22ACTIVE%22")

    assert (organisation["BaseCurrency"], organisation["CountryCode"]) == ("EUR", "FR")
    assert organisation["ShortCode"].startswith("!")
    assert {row["Code"] for row in xero.rows("/Currencies")} == {"EUR", "USD"}
    assert {(row["TaxType"], row["EffectiveRate"]) for row in rates if row["CanApplyToRevenue"]} == {
        ("OUTPUT2", 20.0),
        ("RROUTPUT", 10.0),
        ("ZERORATEDOUTPUT", 0.0),
        ("NONE", 0.0),
    }
    assert {row["Code"] for row in xero.rows("/Accounts") if row["Status"] == "ARCHIVED"} == {"265"}
    assert [row["SortOrder"] for row in xero.rows("/BrandingThemes")] == [0, 1, 2]
    assert [row["OrganisationRole"] for row in xero.rows("/Users")] == ["STANDARD", "FINANCIALADVISER", "INVOICEONLY"]
    assert xero.rows("/Items/HOURS") == xero.rows(f"/Items/{xero.rows('/Items/HOURS')[0]['ItemID']}")
    assert xero.call("GET", "/TaxRates/NOPE").status_code == 404


def test_items_can_be_made_changed_and_removed(client: FlaskClient) -> None:
    xero = Caller(client, scope="accounting.settings")
    made = only(xero.call("PUT", "/Items", json={"Code": "NEW", "Name": "New"}), "Items")
    changed = only(xero.call("POST", "/Items", json={"Code": "NEW", "Name": "Newer"}), "Items")

    assert (changed["ItemID"], changed["Name"]) == (made["ItemID"], "Newer")
    again = xero.call("PUT", "/Items", json={"Code": "NEW"})
    assert messages(again) == ["Price List Item with Code 'NEW' already exists"]
    assert only(xero.call("POST", "/Items/NEW", json={"Description": "d"}), "Items")["Code"] == "NEW"
    assert xero.call("DELETE", f"/Items/{made['ItemID']}").status_code == 204
    assert xero.call("DELETE", f"/Items/{made['ItemID']}").status_code == 404


def test_a_currency_can_be_enabled(client: FlaskClient) -> None:
    xero = Caller(client, scope=f"{SCOPES} accounting.settings")

    assert xero.call("PUT", "/Currencies", json={"Code": "GBP"}).status_code == 200
    assert xero.made(CurrencyCode="GBP")["CurrencyCode"] == "GBP"


def test_email_goes_to_the_contact_once_asked(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")

    answer = xero.call("POST", f"/Invoices/{invoice['InvoiceID']}/Email")

    assert (answer.status_code, answer.data) == (204, b"")
    [sent] = (xero.client.get("/control/state").json or {})["organisations"][0]["emails"]
    assert (sent["to"], sent["InvoiceID"]) == ("accounts@harbourlane.example", invoice["InvoiceID"])
    assert only(xero.call("GET", f"/Invoices/{invoice['InvoiceID']}"))["SentToContact"] is True


@pytest.mark.parametrize(
    ("fields", "limit", "message"),
    [
        ({}, 1000, "Invoice not of valid status for emailing"),
        ({"Status": "AUTHORISED"}, 0, "The daily email limit has been exceeded"),
        ({"Status": "AUTHORISED", "Contact": {"Name": "No Address"}}, 9, "The contact does not have an email address"),
    ],
)
def test_email_is_refused(xero: Caller, fields: dict[str, Any], limit: int, message: str) -> None:
    invoice = xero.made(**fields)
    xero.client.post("/control/organisation", json={"email_limit": limit})

    assert messages(xero.call("POST", f"/Invoices/{invoice['InvoiceID']}/Email")) == [message]


def test_the_online_invoice_is_not_for_drafts(xero: Caller) -> None:
    invoice = xero.made()
    path = f"/Invoices/{invoice['InvoiceID']}/OnlineInvoice"
    before = xero.call("GET", path)
    xero.change(invoice, Status="AUTHORISED")

    url = (xero.call("GET", path).json or {})["OnlineInvoices"][0]["OnlineInvoiceUrl"]

    assert before.status_code == 404
    assert invoice["InvoiceNumber"] in xero.client.get(url).text
    assert xero.client.get(url.replace("/online/", "/online/x")).status_code == 404


def test_a_pdf_comes_both_ways(xero: Caller) -> None:
    path = f"/Invoices/{xero.made()['InvoiceID']}"

    for answer in (xero.call("GET", f"{path}/pdf"), xero.call("GET", path, headers={"Accept": "application/pdf"})):
        assert answer.content_type == "application/pdf"
        assert answer.data.startswith(b"%PDF-")


def test_history_grows_by_changes_and_notes(xero: Caller) -> None:
    invoice = xero.made()
    xero.change(invoice, Status="SUBMITTED")
    path = f"/Invoices/{invoice['InvoiceID']}/History"

    note = xero.call("PUT", path, json={"HistoryRecords": [{"Details": "From the deal"}]})
    long = xero.call("PUT", path, json={"HistoryRecords": [{"Details": "x" * 2501}]})

    assert (note.status_code, long.status_code) == (200, 400)
    records = (xero.call("GET", path).json or {})["HistoryRecords"]
    assert [row["Changes"] for row in records] == ["Note", "Submitted", "Created"]
    assert (records[0]["User"], records[0]["Details"]) == ("System Generated", "From the deal")
    assert xero.call("GET", "/Invoices/nix/History").status_code == 404


def test_an_items_price_has_two_places_unless_four_are_asked_for(client: FlaskClient) -> None:
    xero = Caller(client, scope="accounting.settings")
    coarse = only(xero.call("PUT", "/Items", json={"Code": "FOIL", "SalesDetails": {"UnitPrice": 0.1234}}), "Items")
    prices = [
        next(row["SalesDetails"]["UnitPrice"] for row in xero.rows(f"/Items{query}") if row["Code"] == "PRINT")
        for query in ("", "?unitdp=4")
    ]

    assert (coarse["SalesDetails"]["UnitPrice"], prices) == (0.12, [0.35, 0.3475])
    wrong = xero.call("PUT", "/Items", json={"Code": "GILT", "SalesDetails": {"UnitPrice": "dear"}})
    assert messages(wrong) == ["SalesDetails UnitPrice is not a valid number"]


def test_a_demo_company_sends_no_email(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    xero.client.post("/control/organisation", json={"details": {"IsDemoCompany": True}})

    answer = xero.call("POST", f"/Invoices/{invoice['InvoiceID']}/Email")

    assert messages(answer) == ["The daily email limit has been exceeded"]
