from typing import Any

import pytest

from tests.unit.sandbox.xero.caller import Caller, messages, only

PLAIN_LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
HAS_MONEY = ["This document cannot be edited as it has a payment or credit note allocated to it."]
BAD_STATUS = ["Invoice not of valid status for modification"]


def lines(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"LineItems": [{**PLAIN_LINE, **row} for row in rows]}


def test_a_draft_gets_number_totals_and_defaults(xero: Caller) -> None:
    made = xero.made(**lines({"UnitAmount": 25.06}, {"UnitAmount": 10, "Quantity": 3, "TaxType": "RROUTPUT"}))

    assert made["Status"] == "DRAFT"
    assert made["InvoiceNumber"] == "INV-0003"
    assert (made["SubTotal"], made["TotalTax"], made["Total"], made["AmountDue"]) == (55.06, 8.01, 63.07, 63.07)
    assert (made["CurrencyCode"], made["CurrencyRate"], made["LineAmountTypes"]) == ("EUR", 1.0, "Exclusive")
    assert [line["TaxType"] for line in made["LineItems"]] == ["OUTPUT2", "RROUTPUT"]
    assert made["DueDateString"] == "2027-01-31T00:00:00"
    assert made["DueDate"] == "/Date(1801353600000+0000)/"


def test_money_is_written_exactly(xero: Caller) -> None:
    answer = xero.put(**lines({"Quantity": 3, "UnitAmount": 1234567.89, "TaxType": "NONE"}))

    assert b'"Total": 3703703.67,' in answer.data


def test_a_draft_may_lack_accounts_but_not_a_contact(xero: Caller) -> None:
    bare = xero.made(LineItems=[{"Description": "Only words"}, {"Description": "Priced", "UnitAmount": 5}])

    assert (bare["Total"], "Quantity" in bare["LineItems"][0]) == (5.0, False)
    assert messages(xero.put(Contact=None)) == ["A Contact must be specified for this type of transaction"]


def test_approval_needs_more(xero: Caller) -> None:
    answer = xero.put(Status="AUTHORISED", DueDate=None, LineItems=[{"Description": "x", "UnitAmount": 5}])

    assert messages(answer) == [
        "Due Date cannot be empty",
        "Quantity must be specified",
        "Account code must be specified",
    ]
    nothing = xero.put(Status="SUBMITTED", LineItems=[])
    assert messages(nothing) == ["One or more line items must be specified"]


def test_prices_have_two_places_unless_four_are_asked_for(xero: Caller) -> None:
    body = {"Invoices": [xero.draft(**lines({"UnitAmount": 0.3475, "Quantity": 3}))]}

    two = only(xero.call("PUT", "/Invoices", json=body))
    four = only(xero.call("PUT", "/Invoices?unitdp=4", json=body))

    assert (two["LineItems"][0]["UnitAmount"], two["SubTotal"]) == (0.35, 1.05)
    assert (four["LineItems"][0]["UnitAmount"], four["SubTotal"]) == (0.3475, 1.04)
    assert only(xero.call("GET", f"/Invoices/{four['InvoiceID']}"))["LineItems"][0]["UnitAmount"] == 0.35


def test_an_item_fills_in_what_is_missing(xero: Caller) -> None:
    made = xero.made(LineItems=[{"ItemCode": "HOURS", "Quantity": 2}, {"ItemCode": "HOURS", "UnitAmount": 80}])

    first, second = made["LineItems"]
    assert (first["UnitAmount"], first["AccountCode"], first["TaxType"]) == (95.0, "200", "OUTPUT2")
    assert first["Description"] == "Design, per hour"
    assert second["UnitAmount"] == 80.0


def test_of_two_discounts_the_rate_wins(xero: Caller) -> None:
    made = xero.made(
        **lines({"DiscountRate": 12.5}, {"DiscountAmount": 30}, {"DiscountRate": 10, "DiscountAmount": 50})
    )

    assert [line["LineAmount"] for line in made["LineItems"]] == [87.5, 70.0, 90.0]
    assert (made["IsDiscounted"], made["TotalDiscount"]) == (True, 52.5)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document."),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
        ({"AccountCode": "265"}, "Account code '265' has been archived."),
        ({"TaxType": "INPUT2"}, "The TaxType code 'INPUT2' cannot be used with account code '200'."),
        (
            {"TaxType": "TAX001"},
            "The TaxType code 'TAX001' does not exist or cannot be used for this type of transaction.",
        ),
        ({"ItemCode": "NIX"}, "Item code 'NIX' is not valid"),
        ({"LineAmount": 99}, "The line total 99.00 does not match the expected line total 100.00"),
        ({"UnitAmount": -5, "DiscountAmount": 0}, "Discounts can not be applied to lines with a negative amount"),
        ({"Description": "x" * 4001}, "Description must not be longer than 4000 characters"),
        ({"Quantity": "many"}, "Quantity is not a valid number"),
        ({"Tracking": [{"Name": "Region", "Option": "West"}]}, "The tracking option 'West' does not exist"),
    ],
)
def test_a_wrong_line_is_named_inside_and_outside(xero: Caller, row: dict[str, Any], message: str) -> None:
    answer = xero.put(**lines(row))

    assert message in messages(answer)
    body = answer.json or {}
    assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
    assert {"Message": message} in body["Elements"][0]["LineItems"][0]["ValidationErrors"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Type": None}, "Invoice type must be specified"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"CurrencyCode": "GBP"}, "Organisation is not subscribed to currency GBP"),
        ({"InvoiceNumber": "inv-0001"}, "Invoice # must be unique."),
        ({"Reference": "x" * 256}, "InvoiceNumber and Reference must not be longer than 255 characters"),
        ({"Url": "https://xero.example/1"}, "Url is not valid"),
        ({"Url": "deal 7"}, "Url is not valid"),
        ({"LineAmountTypes": "exclusive"}, "LineAmountTypes is not valid"),
        ({"Date": "tomorrow"}, "Date is not a valid date"),
        (
            {"Date": "2024-12-31"},
            "The document date cannot be before the period lock date, currently set at 31 December 2024",
        ),
        ({"BrandingThemeID": "5e0f6c0a-6a55-4d6e-9d6a-5a9b1c8f2d10"}, "The branding theme could not be found"),
    ],
)
def test_a_wrong_invoice_is_refused(xero: Caller, fields: dict[str, Any], message: str) -> None:
    assert messages(xero.put(**fields)) == [message]


def test_an_archived_contact_cannot_be_invoiced(xero: Caller) -> None:
    assert "has been archived" in messages(xero.put(Contact=xero.contact("Tidewater Gallery")))[0]


def test_a_contacts_error_is_nested(xero: Caller) -> None:
    answer = xero.put(Contact={"Name": "Newcomer", "EmailAddress": "üml@x"})

    [element] = (answer.json or {})["Elements"]
    assert element["ValidationErrors"] == []
    assert element["Contact"]["ValidationErrors"] == [{"Message": "Email address must be valid."}]


def test_a_name_alone_finds_or_makes_a_contact(xero: Caller) -> None:
    found = xero.made(Contact={"Name": "harbour lane DENTAL"})
    made = xero.made(Contact={"Name": "Newcomer"})

    assert found["Contact"]["ContactID"] == xero.contact()["ContactID"]
    assert made["Contact"]["ContactID"] == xero.contact("Newcomer")["ContactID"]


def test_foreign_currency_gets_a_rate(xero: Caller) -> None:
    assert xero.made(CurrencyCode="USD")["CurrencyRate"] == 1.0842
    assert xero.made(CurrencyCode="USD", CurrencyRate=1.25)["CurrencyRate"] == 1.25


def test_inclusive_and_no_tax(xero: Caller) -> None:
    inclusive = xero.made(LineAmountTypes="Inclusive")
    none = xero.made(LineAmountTypes="NoTax")

    assert (inclusive["SubTotal"], inclusive["TotalTax"], inclusive["Total"]) == (83.33, 16.67, 100.0)
    assert (none["TotalTax"], none["Total"], none["LineItems"][0]["TaxType"]) == (0.0, 100.0, "NONE")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ([], {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
        (["SUBMITTED"], {"SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"}),
        (["AUTHORISED"], {"AUTHORISED", "VOIDED"}),
        (["DELETED"], set()),
        (["AUTHORISED", "VOIDED"], set()),
    ],
)
def test_the_whole_status_machine(xero: Caller, path: list[str], allowed: set[str]) -> None:
    for wanted in ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED", "PAID"):
        invoice = xero.made()
        for step in path:
            assert xero.change(invoice, Status=step).status_code == 200

        answer = xero.change(invoice, Status=wanted)

        if wanted in allowed:
            assert only(answer)["Status"] == wanted
        else:
            assert messages(answer) == BAD_STATUS


def test_money_on_it_keeps_an_invoice_from_being_voided(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    part = xero.act(invoice, "pay", amount=20).json or {}
    refused = xero.change(invoice, Status="VOIDED")
    full = xero.act(invoice, "pay").json or {}

    assert (part["Status"], part["AmountPaid"], part["AmountDue"]) == ("AUTHORISED", 20.0, 100.0)
    assert messages(refused) == HAS_MONEY
    assert (full["Status"], full["AmountDue"], len(full["Payments"])) == ("PAID", 0.0, 2)
    assert "FullyPaidOnDate" in full
    assert messages(xero.change(invoice, Status="VOIDED")) == HAS_MONEY
    xero.act(invoice, "unpay")
    assert only(xero.change(invoice, Status="VOIDED"))["AmountDue"] == 0.0


def test_a_paid_invoice_still_takes_a_reference_and_a_due_date(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    xero.act(invoice, "pay")

    changed = only(xero.change(invoice, Reference="PO 7", DueDate="2027-03-01"))

    assert (changed["Status"], changed["Reference"]) == ("PAID", "PO 7")
    assert messages(xero.change(invoice, CurrencyCode="USD")) == HAS_MONEY
    assert messages(xero.change(invoice, LineItems=[PLAIN_LINE])) == HAS_MONEY


def test_lines_left_out_stay_and_lines_not_named_go(xero: Caller) -> None:
    invoice = xero.made(**lines({}, {"Description": "More", "UnitAmount": 7}))
    kept = invoice["LineItems"][1]

    untouched = only(xero.change(invoice, Reference="r"))
    changed = only(xero.change(invoice, LineItems=[{"LineItemID": kept["LineItemID"], "Quantity": 2}, PLAIN_LINE]))

    assert len(untouched["LineItems"]) == 2
    assert [line["LineItemID"] == kept["LineItemID"] for line in changed["LineItems"]] == [True, False]
    assert changed["LineItems"][0]["LineAmount"] == 14.0


def test_post_overwrites_by_number_and_put_does_not(xero: Caller) -> None:
    invoice = xero.made(Reference="first")
    body = xero.draft(InvoiceNumber=invoice["InvoiceNumber"], Reference="second")

    posted = only(xero.call("POST", "/Invoices", json=body))

    assert (posted["InvoiceID"], posted["Reference"]) == (invoice["InvoiceID"], "second")
    xero.change(invoice, Status="DELETED")
    assert messages(xero.call("POST", "/Invoices", json=body)) == BAD_STATUS
    assert messages(xero.call("PUT", "/Invoices", json=body)) == ["Invoice # must be unique."]


def test_errors_can_be_summed_up_or_not(xero: Caller) -> None:
    body = {"Invoices": [xero.draft(), xero.draft(CurrencyCode="GBP")]}
    before = len(xero.rows("/Invoices?summaryOnly=true"))

    together = xero.call("PUT", "/Invoices", json=body)
    nothing_made = len(xero.rows("/Invoices?summaryOnly=true")) == before
    apart = xero.call("PUT", "/Invoices?summarizeErrors=false", json=body)

    assert (together.status_code, nothing_made, apart.status_code) == (400, True, 200)
    assert [row["StatusAttributeString"] for row in (apart.json or {})["Invoices"]] == ["OK", "ERROR"]


def test_a_missing_date_is_today_where_the_organisation_is(xero: Caller) -> None:
    xero.client.post("/control/organisation", json={"details": {"Timezone": "NEWZEALANDSTANDARDTIME"}})
    seconds = (xero.client.get("/control/clock").json or {})["now"]
    hour = int(seconds[11:13])
    xero.client.post("/control/clock", json={"advance": ((23 - hour) % 24) * 3600})
    now = (xero.client.get("/control/clock").json or {})["now"][:10]
    xero = Caller(xero.client)

    assert xero.made()["DateString"][:10] > now


def test_what_the_user_may_not_do_is_forbidden(xero: Caller) -> None:
    xero.client.post("/control/organisation", json={"refused_actions": ["CreateApprovedInvoice", "UseMulticurrency"]})

    actions = {row["Name"]: row["Status"] for row in (xero.call("GET", "/Organisation/Actions").json or {})["Actions"]}

    assert (actions["CreateApprovedInvoice"], actions["CreateDraftInvoice"]) == ("NOT-ALLOWED", "ALLOWED")
    assert xero.put(Status="AUTHORISED").status_code == 403
    assert messages(xero.put(CurrencyCode="USD")) == ["Organisation is not subscribed to currency USD"]


def test_an_approved_invoice_of_nothing_is_paid(xero: Caller) -> None:
    assert xero.made(Status="AUTHORISED", **lines({"DiscountRate": 100}))["Status"] == "PAID"


@pytest.mark.parametrize(
    "fields",
    [
        {"LineItems": {}},
        {"LineItems": [1]},
        {"Contact": "Harbour"},
        {"Reference": ["r"]},
        {"Contact": {"Addresses": 1}},
    ],
)
def test_a_wrong_shape_cannot_even_be_read(xero: Caller, fields: dict[str, Any]) -> None:
    answer = xero.put(**fields)

    assert answer.status_code == 400
    assert (answer.json or {})["Type"] == "PostDataInvalidException"


def test_what_a_line_lacks_is_said_in_the_line(xero: Caller) -> None:
    rows = [PLAIN_LINE, {"Description": "No account", "Quantity": 1, "UnitAmount": 5}]

    refused = xero.put(Status="SUBMITTED", LineItems=rows)
    made = xero.made(LineItems=rows)
    not_approved = xero.change(made, Status="AUTHORISED")

    for answer in (refused, not_approved):
        [element] = (answer.json or {})["Elements"]
        inside = [[one["Message"] for one in line["ValidationErrors"]] for line in element["LineItems"]]
        assert inside == [[], ["Account code must be specified"]]
        assert messages(answer) == ["Account code must be specified"]
