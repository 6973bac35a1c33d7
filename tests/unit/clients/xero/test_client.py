"""The Xero verbs: what goes out, and what the answers become."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import responses
from responses import matchers

from sync.clients.failures import NotFound, Unreadable
from sync.domain.accounting import Account, BrandingTheme, Item, OrganisationDetails, TaxRate
from sync.domain.due import DueKind, DueRule
from sync.domain.invoice import Invoice, Status
from sync.domain.selection import Selection, Span
from tests.unit.clients.samples import an_invoice, an_organisation
from tests.unit.clients.vendors import ACCOUNTING, a_xero_client

INVOICES, CONTACTS = f"{ACCOUNTING}/Invoices", f"{ACCOUNTING}/Contacts"

TERMS = {"Bills": {"Day": 1, "Type": "DAYSAFTERBILLDATE"}, "Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}


def test_an_invoice_as_xero_knows_it(web: responses.RequestsMock) -> None:
    headers = {"Authorization": "Bearer token-1", "xero-tenant-id": "tenant-1", "Accept": "application/json"}
    web.get(
        f"{INVOICES}/i-1",
        json={"Id": "x", "Status": "OK", "Invoices": [an_invoice()]},
        match=[matchers.header_matcher(headers), matchers.query_param_matcher({"unitdp": "4"})],
    )

    assert a_xero_client().get_invoice(invoice_id="i-1") == Invoice(
        invoice_id="i-1",
        type="ACCREC",
        number="INV-0002",
        status=Status.AUTHORISED,
        contact_id="c-1",
        contact_name="Barney Rubble-83203",
        currency="NZD",
        sub_total=Decimal("40.05"),
        total_tax=Decimal("6.01"),
        total=Decimal("46.06"),
        amount_due=Decimal("6.06"),
        amount_paid=Decimal("40.0"),
        amount_credited=Decimal(0),
        issue_date=date(2018, 10, 20),
        due_date=date(2018, 12, 30),
        reference="Red Fish",
        url="https://instep.example/i/abc",
        sent_to_contact=True,
        updated_at=datetime(2018, 11, 2, 16, 36, 32, 590000, tzinfo=UTC),
    )


def test_an_invoice_of_which_little_is_said(web: responses.RequestsMock) -> None:
    bare = an_invoice(Type="ACCPAY", Total="46.06", Contact={"ContactID": "c-1"})
    for absent in ("InvoiceNumber", "Reference", "Url", "SentToContact", "AmountPaid", "AmountCredited", "DateString"):
        del bare[absent]
    bare |= {"DueDate": None, "DueDateString": None, "UpdatedDateUTC": None}
    web.get(f"{INVOICES}/i-1", json={"Invoices": [bare | {"UpdatedDateUTCString": "2018-11-02T16:36:32"}]})

    found = a_xero_client().get_invoice(invoice_id="i-1")

    assert (found.is_sales, found.total, found.amount_paid, found.number) == (False, Decimal("46.06"), Decimal(0), "")
    assert (found.issue_date, found.due_date) == (date(2018, 10, 20), None)
    assert found.updated_at == datetime(2018, 11, 2, 16, 36, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    "odd",
    [
        {"Status": "ARCHIVED"},
        {"InvoiceID": None},
        {"Total": "much"},
        {"Total": True},
        {"Contact": {}},
        {"Contact": "c-1"},
        {"UpdatedDateUTC": "yesterday"},
        {"UpdatedDateUTC": "/Date(99999999999999999)/"},
        {"DateString": "the 5th"},
        {"CurrencyCode": 5},
    ],
)
def test_an_invoice_that_is_not_as_documented_is_unreadable(
    web: responses.RequestsMock, odd: dict[str, object]
) -> None:
    web.get(f"{INVOICES}/i-1", json={"Invoices": [an_invoice(**odd)]})

    with pytest.raises(Unreadable):
        a_xero_client().get_invoice(invoice_id="i-1")


def test_an_invoice_of_another_organisation_is_not_found(web: responses.RequestsMock) -> None:
    web.get(f"{INVOICES}/i-1", status=404, body="The resource you're looking for cannot be found")

    with pytest.raises(NotFound):
        a_xero_client().get_invoice(invoice_id="i-1")


def test_an_id_stays_one_piece_of_the_path(web: responses.RequestsMock) -> None:
    asked = web.get(f"{INVOICES}/..%2FContacts%3Fx", status=404)

    with pytest.raises(NotFound):
        a_xero_client().get_invoice(invoice_id="../Contacts?x")

    assert asked.calls[0].request.url == f"{INVOICES}/..%2FContacts%3Fx?unitdp=4"


def test_forty_invoices_are_one_call_with_raw_commas(web: responses.RequestsMock) -> None:
    asked = web.get(INVOICES, json={"Invoices": [an_invoice(), an_invoice(InvoiceID="i-2")]})
    ids = [f"i-{number}" for number in range(40)]

    found = a_xero_client().get_invoices(invoice_ids=ids)

    assert [invoice.invoice_id for invoice in found] == ["i-1", "i-2"]
    assert f"IDs={','.join(ids)}&" in str(asked.calls[0].request.url)


@pytest.mark.parametrize("count", [0, 41])
def test_more_than_forty_or_none_are_our_own_mistake(count: int) -> None:
    with pytest.raises(ValueError, match="ids for one call"):
        a_xero_client().get_invoices(invoice_ids=["i"] * count)


def test_a_sweep_goes_on_while_pages_are_full(web: responses.RequestsMock) -> None:
    full = [an_invoice(InvoiceID=f"i-{number}") for number in range(1000)]
    query = {"where": 'Type=="ACCREC"', "order": "UpdatedDateUTC ASC", "summaryOnly": "true", "pageSize": "1000"}
    modified = matchers.header_matcher({"If-Modified-Since": "2026-11-22T05:00:00"})
    for page, invoices in (("1", full), ("2", [an_invoice(InvoiceID="last")])):
        params = matchers.query_param_matcher({**query, "page": page})
        web.get(INVOICES, json={"Invoices": invoices}, match=[params, modified])
    since = datetime(2026, 11, 22, 6, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))

    found = [invoice.invoice_id for invoice in a_xero_client().changed_invoices(since=since)]

    assert (len(found), found[0], found[-1]) == (1001, "i-0", "last")


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        (an_invoice(InvoiceID="i-odd", Status="BILLED-LATER"), "'i-odd'"),
        (an_invoice(InvoiceID={"Name": "Barney Rubble-83203"}), "None"),
        (["Barney Rubble-83203"], "None"),
    ],
)
def test_a_sweep_leaves_out_what_it_cannot_read_and_names_it(
    web: responses.RequestsMock, caplog: pytest.LogCaptureFixture, odd: object, named: str
) -> None:
    full = [odd, *(an_invoice(InvoiceID=f"i-{number}") for number in range(999))]
    for page, invoices in (("1", full), ("2", [an_invoice(InvoiceID="last")])):
        params = matchers.query_param_matcher({"page": page}, strict_match=False)
        web.get(INVOICES, json={"Invoices": invoices}, match=[params])

    found = [one.invoice_id for one in a_xero_client().changed_invoices(since=datetime(2026, 11, 22, tzinfo=UTC))]

    assert (len(found), found[0], found[-1]) == (1000, "i-0", "last")
    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert f"invoice {named} left out" in warning
    assert "Barney" not in warning


def test_a_sweep_whose_list_is_none_is_unreadable(web: responses.RequestsMock) -> None:
    web.get(INVOICES, json={"Invoices": {"InvoiceID": "i-1"}})

    with pytest.raises(Unreadable, match="not a list"):
        list(a_xero_client().changed_invoices(since=datetime(2026, 11, 22, tzinfo=UTC)))


def test_a_sweep_without_end_is_given_up(web: responses.RequestsMock) -> None:
    page = [an_invoice() for _ in range(100)]
    asked = web.get(INVOICES, json={"Invoices": page})

    with pytest.raises(Unreadable, match="more than 100 pages"):
        a_xero_client().find_own_invoice(contact_id="c-1", since=datetime(2026, 11, 22, tzinfo=UTC), url="another")

    assert asked.call_count == 100


def test_a_lost_invoice_is_looked_for_among_the_contacts_own(web: responses.RequestsMock) -> None:
    query = {"ContactIDs": "c-1", "createdByMyApp": "true", "pageSize": "100", "page": "1", "unitdp": "4"}
    headers = matchers.header_matcher({"If-Modified-Since": "2026-11-22T00:00:00"})
    page = [{"InvoiceID": "one that cannot be read"}, an_invoice()]
    web.get(INVOICES, json={"Invoices": page}, match=[matchers.query_param_matcher(query), headers])

    found = a_xero_client().find_own_invoice(
        contact_id="c-1", since=datetime(2026, 11, 22, tzinfo=UTC), url="https://instep.example/i/abc"
    )

    assert found is not None
    assert found.url == "https://instep.example/i/abc"


SPAN = Span(date(2026, 10, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({}, {}),
        ({"status": Status.PAID, "term": 'PO "7"'}, {"Statuses": "PAID", "searchTerm": 'PO "7"'}),
    ],
)
def test_a_contacts_invoices_are_listed_with_their_count(
    web: responses.RequestsMock, more: dict[str, Any], asked: dict[str, str]
) -> None:
    query = {
        "ContactIDs": "c-1",
        "where": 'Type=="ACCREC" AND Date>=DateTime(2026,10,1) AND Date<=DateTime(2026,12,31)',
        "order": "Date DESC",
        "summaryOnly": "true",
        "page": "2",
        "pageSize": "1000",
    }
    answer = {"pagination": {"itemCount": 1002}, "Invoices": [{"InvoiceID": "cannot be read"}, an_invoice()]}
    web.get(INVOICES, json=answer, match=[matchers.query_param_matcher(query | asked)])

    found = a_xero_client().list_invoices(selection=Selection("c-1", SPAN, **more), page=2)

    assert ([one.invoice_id for one in found.invoices], found.count) == (["i-1"], 1002)


@pytest.mark.parametrize("odd", [{}, {"pagination": {}}, {"pagination": {"itemCount": "many"}}])
def test_a_list_that_does_not_say_how_many_there_are_is_unreadable(
    web: responses.RequestsMock, odd: dict[str, object]
) -> None:
    web.get(INVOICES, json={"Invoices": [], **odd})

    with pytest.raises(Unreadable, match="no count"):
        a_xero_client().list_invoices(selection=Selection("c-1", SPAN))


def test_an_invoice_is_created_by_put_with_the_bytes_that_were_written_down(web: responses.RequestsMock) -> None:
    headers = {"Idempotency-Key": "intent-1", "Content-Type": "application/json", "xero-tenant-id": "tenant-1"}
    sent = web.put(
        INVOICES,
        json={"Invoices": [an_invoice(Status="DRAFT")]},
        match=[matchers.header_matcher(headers), matchers.query_param_matcher({"unitdp": "4"})],
    )

    created = a_xero_client().create_invoice(body=b'{"Invoices":[]}', idempotency_key="intent-1")

    assert created.status is Status.DRAFT
    assert sent.calls[0].request.body == b'{"Invoices":[]}'


def test_a_status_is_set_by_post_to_the_one_invoice(web: responses.RequestsMock) -> None:
    headers = matchers.header_matcher({"Idempotency-Key": "intent-2"})
    web.post(f"{INVOICES}/i-1", json={"Invoices": [an_invoice(Status="SUBMITTED")]}, match=[headers])

    after = a_xero_client().set_status(invoice_id="i-1", body=b"{}", idempotency_key="intent-2")

    assert after.status is Status.SUBMITTED


@pytest.mark.parametrize(("url", "readable"), [("https://in.xero.com/bCW", True), ("javascript:alert(1)", False)])
def test_the_customers_link_is_a_web_address(web: responses.RequestsMock, url: str, *, readable: bool) -> None:
    web.get(f"{INVOICES}/i-1/OnlineInvoice", json={"OnlineInvoices": [{"OnlineInvoiceUrl": url}]})
    client = a_xero_client()

    if readable:
        assert client.online_invoice_url(invoice_id="i-1") == url
    else:
        with pytest.raises(Unreadable):
            client.online_invoice_url(invoice_id="i-1")


@pytest.mark.parametrize(
    ("lock_date", "day"),
    [
        ("/Date(1546214400000+0000)/", date(2018, 12, 31)),  # UTC midnight
        ("/Date(1546167600000)/", date(2018, 12, 31)),  # 11:00 UTC of the day before: midnight in New Zealand
        ("/Date(1546232400000)/", date(2018, 12, 31)),  # 05:00 UTC: midnight in New York
        ("2018-12-31T00:00:00", date(2018, 12, 31)),
        (None, None),
    ],
)
def test_the_organisation_and_its_lock_dates(
    web: responses.RequestsMock, lock_date: str | None, day: date | None
) -> None:
    web.get(
        f"{ACCOUNTING}/Organisation",
        json={"Organisations": [an_organisation(PeriodLockDate=lock_date, PaymentTerms=TERMS)]},
    )

    assert a_xero_client().organisation() == OrganisationDetails(
        name="Maple Florists",
        short_code="!mBdtL",
        base_currency="NZD",
        country_code="NZ",
        timezone="NEWZEALANDSTANDARDTIME",
        period_lock_date=day,
        end_of_year_lock_date=None,
        sales_terms=DueRule(kind=DueKind.OF_FOLLOWING_MONTH, day=20),
    )


def test_only_allowed_actions_are_told(web: responses.RequestsMock) -> None:
    actions = [
        {"Name": "CreateDraftInvoice", "Status": "ALLOWED"},
        {"Name": "CreateApprovedInvoice", "Status": "NOT-ALLOWED"},
    ]
    web.get(f"{ACCOUNTING}/Organisation/Actions", json={"Actions": actions})

    assert a_xero_client().actions() == frozenset({"CreateDraftInvoice"})


def test_the_organisations_own_lists(web: responses.RequestsMock) -> None:
    rate = {"Name": "15% GST on Income", "TaxType": "OUTPUT2", "EffectiveRate": 15.25, "DisplayTaxRate": 15,
            "CanApplyToRevenue": True, "Status": "ACTIVE"}  # fmt: skip
    sales = {"Code": "200", "Name": "Sales", "TaxType": "OUTPUT2", "Class": "REVENUE", "Status": "ACTIVE"}
    debtors = {"Code": "610", "Name": "Debtors", "Class": "ASSET", "Status": "ARCHIVED", "SystemAccount": "DEBTORS"}
    theme = {"BrandingThemeID": "b-1", "Name": "Standard", "SortOrder": 0, "CreatedDateUTC": "/Date(1464967643813)/"}
    web.get(f"{ACCOUNTING}/Currencies", json={"Currencies": [{"Code": "NZD"}, {"Code": "USD"}]})
    web.get(f"{ACCOUNTING}/TaxRates", json={"TaxRates": [rate]})
    web.get(f"{ACCOUNTING}/Accounts", json={"Accounts": [sales, debtors]})
    web.get(f"{ACCOUNTING}/BrandingThemes", json={"BrandingThemes": [theme]})
    item = {"ItemID": "i-1", "Code": "HOURS", "Name": "Hours", "IsSold": True,
            "SalesDetails": {"UnitPrice": 95.1234, "AccountCode": "200", "TaxType": "OUTPUT2"}}  # fmt: skip
    web.get(f"{ACCOUNTING}/Items", json={"Items": [item, {"ItemID": "i-2", "Code": "PAPER", "IsSold": False}]})

    client = a_xero_client()

    assert client.currencies() == ("NZD", "USD")
    assert client.tax_rates() == (
        TaxRate("OUTPUT2", "15% GST on Income", Decimal("15.25"), is_active=True, classes=frozenset({"REVENUE"})),
    )
    assert client.accounts() == (
        Account("200", "Sales", "OUTPUT2", is_active=True, account_class="REVENUE", is_system=False),
        Account("610", "Debtors", "", is_active=False, account_class="ASSET", is_system=True),
    )
    assert client.branding_themes() == (BrandingTheme("b-1", "Standard", 0),)
    assert client.items() == (
        Item("i-1", "HOURS", "Hours", "", Decimal("95.1234"), "200", "OUTPUT2", is_sold=True),
        Item("i-2", "PAPER", "", "", None, "", "", is_sold=False),
    )
