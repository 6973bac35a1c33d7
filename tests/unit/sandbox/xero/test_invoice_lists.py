from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.sandbox.xero.caller import Caller


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["InvoiceNumber"] for row in rows]


def test_without_a_page_there_are_no_lines(xero: Caller) -> None:
    plain, paged = xero.rows("/Invoices"), xero.rows("/Invoices?page=1")

    assert numbers(plain) == numbers(paged) == ["INV-0001", "INV-0002", "PX-88121"]
    assert all(not row["LineItems"] and "EmailAddress" not in row["Contact"] for row in plain)
    assert all(row["LineItems"] for row in paged)


def test_pages_count(xero: Caller) -> None:
    answer = xero.call("GET", "/Invoices?page=2&pageSize=2").json or {}

    assert answer["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 2, "itemCount": 3}
    assert numbers(answer["Invoices"]) == ["PX-88121"]
    assert xero.call("GET", "/Invoices?pageSize=1001").status_code == 400


def test_summary_only_leaves_out_what_is_heavy(xero: Caller) -> None:
    answer = xero.call("GET", "/Invoices?summaryOnly=true").json or {}

    assert "pagination" in answer
    assert not {"LineItems", "Payments", "HasAttachments", "CISDeduction"} & answer["Invoices"][0].keys()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Statuses=DRAFT,PAID", ["INV-0002"]),
        ("InvoiceNumbers=INV-0001,inv-0002", ["INV-0001", "INV-0002"]),
        ("Statuses=AUTHORISED&InvoiceNumbers=INV-0002", []),
        ("searchTerm=reception", ["INV-0001"]),
        ("searchTerm=0002", ["INV-0002"]),
        ("createdByMyApp=true", []),
        ("order=InvoiceNumber DESC", ["PX-88121", "INV-0002", "INV-0001"]),
        ('where=Type=="ACCREC"', ["INV-0001", "INV-0002"]),
        ('where=Type=="ACCREC" AND Status=="DRAFT"', ["INV-0002"]),
        ('where=Contact.Name=="maison dupre & fils"', ["INV-0002"]),
        ('where=Status=="DRAFT" OR (Type=="ACCPAY" && AmountDue>100)', ["INV-0002", "PX-88121"]),
        ('where=Reference.StartsWith("recep")', ["INV-0001"]),
        ("where=Date>=DateTime(2001,01,01) AND DueDate!=null AND Total<1000", ["PX-88121"]),
        ("where=SentToContact==true", []),
        ("where=UpdatedDateUTC>=DateTime(2020,1,1,0,0,0) AND Total<1000", ["PX-88121"]),
        ("where=UpdatedDateUTC<DateTime(2020,1,1)", []),
    ],
)
def test_filters(xero: Caller, query: str, found: list[str]) -> None:
    name, _, value = query.partition("=")
    encoded = query if name != "where" else f"where={quote(value)}"

    assert numbers(xero.rows(f"/Invoices?{encoded}")) == found


@pytest.mark.parametrize("text", ["Nonsense==1", 'Status="A', "Status", 'Status=="A" AND', "(Total>1", 'Total>"x"'])
def test_a_filter_that_cannot_be_read_is_refused(xero: Caller, text: str) -> None:
    answer = xero.call("GET", f"/Invoices?where={quote(text)}")

    assert answer.status_code == 400
    assert (answer.json or {})["Type"] == "QueryParseException"


def test_ids_and_contacts_narrow(xero: Caller) -> None:
    made, contact = xero.made(), xero.contact()["ContactID"]
    ids = ",".join([made["InvoiceID"], "00000000-0000-0000-0000-000000000001"])

    assert numbers(xero.rows(f"/Invoices?IDs={ids}")) == [made["InvoiceNumber"]]
    assert numbers(xero.rows(f"/Invoices?ContactIDs={contact}")) == ["INV-0001", made["InvoiceNumber"]]
    by_guid = quote(f'Contact.ContactID==guid("{contact}")')
    assert numbers(xero.rows(f"/Invoices?where={by_guid}")) == ["INV-0001", made["InvoiceNumber"]]
    assert numbers(xero.rows("/Invoices?createdByMyApp=true")) == [made["InvoiceNumber"]]


@pytest.mark.parametrize(("count", "status"), [(52, 200), (53, 404), (210, 414)])
def test_too_many_ids_are_not_found(xero: Caller, count: int, status: int) -> None:
    ids = ",".join(f"00000000-0000-0000-0000-{number:012d}" for number in range(count))

    assert xero.call("GET", f"/Invoices?IDs={ids}").status_code == status


def test_only_what_changed_since(xero: Caller) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    xero.client.post("/control/clock", json={"advance": 7200})
    xero = Caller(xero.client)
    draft = next(row for row in xero.rows("/Invoices") if row["InvoiceNumber"] == "INV-0002")
    xero.act(draft, "submit")

    since = {"If-Modified-Since": later.strftime("%Y-%m-%dT%H:%M:%S")}
    http = {"If-Modified-Since": later.strftime("%a, %d %b %Y %H:%M:%S GMT")}

    assert numbers(xero.rows("/Invoices", headers=since)) == ["INV-0002"]
    assert len(xero.rows("/Invoices", headers=http)) == 3


def test_the_default_order_is_the_order_of_change(xero: Caller) -> None:
    draft = next(row for row in xero.rows("/Invoices") if row["InvoiceNumber"] == "INV-0001")
    xero.change(draft, Reference="now last")

    assert numbers(xero.rows("/Invoices"))[-1] == "INV-0001"
