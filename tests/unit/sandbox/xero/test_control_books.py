"""What a test may set up in a Xero: books of many months, items, a lock date."""

from urllib.parse import quote

from tests.unit.sandbox.xero.caller import Caller, messages

MONTHS = [f"2026-{month:02d}" for month in range(1, 11)]


def test_many_invoices_of_a_contact_are_made_at_once(xero: Caller) -> None:
    rows = [
        xero.draft(Date=f"{month}-{day:02d}", Status="AUTHORISED", Reference=f"PO {month}")
        for month in MONTHS
        for day in (1, 15, 28)
    ]
    made = xero.client.post("/control/invoices", json={"Invoices": rows}).json or {}
    contact = xero.contact()["ContactID"]
    spring = quote(
        f'Type=="ACCREC" AND Status=="AUTHORISED" AND Contact.ContactID==guid("{contact}") '
        "AND Date>=DateTime(2026,03,01) AND Date<DateTime(2026,06,01)"
    )

    page = xero.call("GET", f"/Invoices?where={spring}&order={quote('Date DESC')}&page=2&pageSize=4").json or {}
    found = xero.rows(f"/Invoices?ContactIDs={contact}&searchTerm={quote('po 2026-04')}&summaryOnly=true")

    assert len(made["Invoices"]) == len(rows)
    assert page["pagination"] == {"page": 2, "pageSize": 4, "pageCount": 3, "itemCount": 9}
    assert [row["DateString"][:10] for row in page["Invoices"]] == [
        "2026-04-15",
        "2026-04-01",
        "2026-03-28",
        "2026-03-15",
    ]
    assert len(found) == 3
    assert xero.rows("/Invoices?createdByMyApp=true") == []


def test_items_can_be_added_and_changed(xero: Caller) -> None:
    foil = {"Code": "FOIL", "Name": "Foil", "SalesDetails": {"UnitPrice": 1.2345, "AccountCode": "200"}}
    xero.client.post("/control/organisation", json={"items": [foil, {"Code": "HOURS", "Name": "Studio hours"}]})

    items = {row["Code"]: row for row in xero.rows("/Items?unitdp=4")}

    assert (items["FOIL"]["SalesDetails"]["UnitPrice"], items["FOIL"]["IsSold"]) == (1.2345, True)
    assert (items["HOURS"]["Name"], items["HOURS"]["SalesDetails"]["UnitPrice"]) == ("Studio hours", 95.0)
    assert xero.made(LineItems=[{"ItemCode": "FOIL", "Quantity": 1}])["SubTotal"] == 1.23


def test_the_books_can_be_locked_and_opened(xero: Caller) -> None:
    xero.client.post("/control/organisation", json={"lock_date": "2026-06-30"})
    locked = xero.put(Date="2026-06-30")
    [shown] = xero.call("GET", "/Organisation").get_json()["Organisations"]
    xero.client.post("/control/organisation", json={"lock_date": None})

    assert messages(locked) == [
        "The document date cannot be before the period lock date, currently set at 30 June 2026"
    ]
    assert shown["PeriodLockDate"] == "/Date(1782777600000+0000)/"
    assert xero.put(Date="2024-01-01").status_code == 200


def test_an_organisation_has_nothing_else_to_change(xero: Caller) -> None:
    answer = xero.client.post("/control/organisation", json={"weather": "fine"})

    assert answer.status_code == 400


def test_a_credit_settles_what_it_can_and_nothing_that_is_not_due(xero: Caller) -> None:
    invoice = xero.made(Status="AUTHORISED")
    path, total = f"/control/invoices/{invoice['InvoiceID']}/credit", invoice["Total"]

    part = xero.client.post(path, json={"amount": "1"}).json or {}
    too_much = xero.client.post(path, json={"amount": str(total)})
    rest = xero.client.post(path, json={}).json or {}

    assert (part["Status"], part["AmountCredited"], part["AmountDue"]) == ("AUTHORISED", 1, total - 1)
    assert messages(too_much) == ["Amount to credit exceeds the amount outstanding on this document"]
    assert (rest["Status"], rest["AmountCredited"], rest["AmountPaid"]) == ("PAID", total, 0)
    assert xero.client.post(path, json={}).status_code == 400
