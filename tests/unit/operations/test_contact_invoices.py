"""The list of everything that was ever invoiced to a deal's contact, wherever it was made."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.invoice import Status
from sync.domain.selection import CurrencySums, Period, Span
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.contact_invoices import Listing, Place, Wish, find_contact_invoices, get_listed
from sync.store.accounts import Connection
from sync.store.invoices import ContactLink, DealInvoice, DealRow, InvoiceRecord
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COLLEAGUE, COMPANY, CONTACT, DEAL, ORGANISATION, House

OTHER_DEAL = 43


@pytest.fixture
def linked(home: House) -> House:
    """A house whose deal's customer is a contact in Xero, where invoices can be drafted."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=["CreateDraftInvoice"])
    home.set(DealRow, COMPANY, DEAL, org_id=9)
    link = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    home.add(ContactLink(**link, contact_id=CONTACT, contact_name="Barney", linked_at=home.clock()))
    return home


def test_without_a_linked_contact_there_is_no_list_and_no_call(home: House) -> None:
    assert find_contact_invoices(home.core, person=home.person(), deal_id=DEAL, wish=Wish()) is None
    assert home.web.calls == []


def test_invoices_made_outside_are_listed_with_one_call_and_stay_off_the_deal(linked: House) -> None:
    older, newer = made(linked, "2026-03-01"), made(linked, "2026-11-02", InvoiceNumber="INV-2")
    made(linked, "2025-12-31")
    made(linked, "2026-05-05", Contact={"ContactID": "c-2", "Name": "Betty"})

    listing = listed(linked)

    assert [one.row.key for one in listing.invoices] == [newer, older]
    assert {one.place for one in listing.invoices} == {Place.NOWHERE}
    assert (listing.count, listing.pages, listing.contact_name) == (2, 1, "Barney Rubble-83203")
    assert (listing.span, listing.as_of) == (Span(date(2026, 1, 1), date(2026, 12, 31)), linked.clock())
    assert [call.method for call in linked.web.calls] == ["GET"]
    assert (linked.all(InvoiceRecord), linked.all(DealInvoice)) == ([], [])


def test_a_period_is_the_organisation_s_own(linked: House) -> None:
    # In New Zealand it is the first of December already.
    linked.clock.advance(days=8, hours=2)
    linked.keep_tokens_good()

    assert listed(linked, period=Period.MONTH).span == Span(date(2026, 12, 1), date(2026, 12, 31))


def test_a_custom_period_status_and_words_narrow_it_down(linked: House) -> None:
    wanted = made(linked, "2026-03-05", Reference="PO 77", Status="PAID")
    made(linked, "2026-03-05", Reference="PO 77", Status="DRAFT")
    made(linked, "2026-03-05", Reference="PO 78", Status="PAID")
    made(linked, "2026-03-06", Reference="PO 77", Status="PAID")
    span = Span(date(2026, 3, 5), date(2026, 3, 5))

    listing = listed(linked, period=Period.CUSTOM, span=span, status=Status.PAID, term="po 77")

    assert [one.row.key for one in listing.invoices] == [wanted]


def test_the_sums_are_of_the_whole_selection_and_not_of_the_page(linked: House) -> None:
    for number in range(30):
        made(linked, "2026-02-03", Total=10.10, AmountDue=10.10, AmountPaid=0, InvoiceNumber=f"INV-{number:03}")
    made(linked, "2026-02-03", CurrencyCode="EUR", Total=5, AmountDue=0, AmountPaid=5, Status="PAID")
    made(linked, "2026-02-03", Status="VOIDED")

    listing = listed(linked, page=2)

    assert listing.sums == (
        CurrencySums("EUR", 1, Decimal(5), Decimal(5), Decimal(0)),
        CurrencySums("NZD", 30, Decimal("303.00"), Decimal(0), Decimal("303.00")),
    )
    assert (listing.over, listing.count, listing.read) == (1, 32, 32)
    assert (listing.page, listing.pages, listing.first, len(listing.invoices)) == (2, 2, 26, 7)


def test_a_page_after_the_last_one_is_the_last_one(linked: House) -> None:
    made(linked, "2026-02-03")

    listing = listed(linked, page=9)

    assert (listing.page, len(listing.invoices)) == (1, 1)


def test_of_more_than_a_thousand_it_says_what_the_sums_are_of(linked: House) -> None:
    for number in range(1003):
        made(linked, "2026-02-03", Total=1, InvoiceNumber=f"INV-{number:04}")

    first, last = listed(linked), listed(linked, page=41)

    assert (first.count, first.read_from, first.read) == (1003, 1, 1000)
    assert (last.read_from, last.read, len(last.invoices), last.sums[0].total) == (1001, 3, 3, Decimal(3))


def test_the_other_deal_is_named_to_who_may_see_it(linked: House) -> None:
    linked.add_deal(OTHER_DEAL, title="Lighthouse")
    invoice_id = made(linked, "2026-11-02")
    linked.keep_invoice(invoice_id)
    linked.hang(invoice_id, deal_id=OTHER_DEAL)

    [one] = listed(linked).invoices

    assert (one.place, one.deal_id, one.deal_title) == (Place.ELSEWHERE, OTHER_DEAL, "Lighthouse")
    assert one.deal_url == f"https://acme.pipedrive.com/deal/{OTHER_DEAL}"


@pytest.mark.parametrize("is_down", [True, False])
def test_a_deal_that_may_not_be_seen_or_asked_about_stays_unnamed(linked: House, *, is_down: bool) -> None:
    linked.add_deal(OTHER_DEAL, title="Secret plan")
    hang_elsewhere(linked)
    if is_down:
        linked.web.trouble("GET", "/api/v2/deals", away)
    else:
        linked.pipedrive.hidden.add(OTHER_DEAL)

    [one] = listed(linked).invoices

    assert (one.place, one.deal_id, one.deal_title, one.deal_url) == (Place.HIDDEN, None, "", "")


def test_deals_are_asked_about_at_once_and_remembered(linked: House) -> None:
    for deal_id in (OTHER_DEAL, 44):
        linked.add_deal(deal_id)
        hang_elsewhere(linked, deal_id=deal_id)

    listed(linked)
    listed(linked)

    assert [call.params["ids"] for call in linked.web.made("GET", "/api/v2/deals")] == ["43,44"]


def test_what_one_person_may_see_is_nothing_to_another(linked: House) -> None:
    linked.add_deal(OTHER_DEAL)
    hang_elsewhere(linked)
    listed(linked)
    colleague = linked.add_user(COLLEAGUE)
    linked.pipedrive.hidden.add(OTHER_DEAL)

    found = find_contact_invoices(linked.core, person=colleague, deal_id=DEAL, wish=Wish())

    assert found is not None
    assert [one.place for one in found.invoices] == [Place.HIDDEN]


def test_an_invoice_of_a_deleted_deal_is_free_again(linked: House) -> None:
    linked.add_deal(OTHER_DEAL, is_deleted=True)
    hang_elsewhere(linked)

    assert [one.place for one in listed(linked).invoices] == [Place.GONE]
    assert linked.web.made("GET", "/api/v2/deals") == []


def test_another_company_s_deal_is_none_of_ours(linked: House) -> None:
    linked.add_company(7)
    linked.add_deal(OTHER_DEAL, company_id=7)
    invoice_id = made(linked, "2026-11-02")
    linked.keep_invoice(invoice_id)
    linked.hang(invoice_id, deal_id=OTHER_DEAL, company_id=7)

    assert [one.place for one in listed(linked).invoices] == [Place.NOWHERE]


def test_what_hangs_on_a_deal_is_brought_up_to_date(linked: House) -> None:
    invoice_id = made(linked, "2026-11-02", Status="PAID")
    linked.keep_invoice(invoice_id)
    linked.hang(invoice_id)

    [one] = listed(linked).invoices

    assert (one.place, one.row.status) == (Place.HERE, Status.PAID)
    assert linked.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
    assert linked.get(DealRow, COMPANY, DEAL).due_at == linked.clock()
    assert linked.waker.wakes == 1


def test_a_contact_that_was_merged_is_followed(linked: House) -> None:
    linked.xero.contacts = {
        CONTACT: a_contact(ContactID=CONTACT, ContactStatus="ARCHIVED", MergedToContactID="c-2"),
        "c-2": a_contact(ContactID="c-2", Name="Betty"),
    }
    invoice_id = made(linked, "2026-11-02", Contact={"ContactID": "c-2", "Name": "Betty"})

    listing = listed(linked)

    assert [one.row.key for one in listing.invoices] == [invoice_id]
    [link] = linked.all(ContactLink)
    assert (link.contact_id, link.contact_name, listing.contact_name) == ("c-2", "Betty", "Betty")


@pytest.mark.parametrize("narrowed", [{"term": "INV-7"}, {"status": Status.DRAFT}])
def test_a_contact_that_was_merged_is_followed_with_the_filter_that_found_nothing(
    linked: House, narrowed: dict[str, Any]
) -> None:
    linked.xero.contacts = {
        CONTACT: a_contact(ContactID=CONTACT, ContactStatus="ARCHIVED", MergedToContactID="c-2"),
        "c-2": a_contact(ContactID="c-2", Name="Betty"),
    }
    betty = {"ContactID": "c-2", "Name": "Betty"}
    wanted = made(linked, "2026-11-02", Contact=betty, InvoiceNumber="INV-7", Status="DRAFT")
    made(linked, "2026-11-03", Contact=betty, InvoiceNumber="INV-8", Status="PAID")

    assert [one.row.key for one in listed(linked, **narrowed).invoices] == [wanted]


@pytest.mark.parametrize(
    ("narrowed", "calls"),
    [({}, 2), ({"term": "nothing has this"}, 2), ({"page": 2}, 3), ({"term": "nothing has this", "page": 2}, 2)],
)
def test_only_a_contact_without_any_invoice_is_looked_at(linked: House, narrowed: dict[str, Any], calls: int) -> None:
    linked.xero.contacts = {CONTACT: a_contact(ContactID=CONTACT, Name="Barney")}

    listing = listed(linked, **narrowed)

    assert (listing.count, listing.pages, listing.contact_name, len(linked.web.calls)) == (0, 0, "Barney", calls)


def test_a_contact_that_is_gone_has_no_invoices(linked: House) -> None:
    assert listed(linked).invoices == ()


@pytest.mark.parametrize(
    ("actions", "is_admin", "why_not"),
    [(["CreateDraftInvoice"], False, None), ([], True, ErrorCode.NOT_ALLOWED_IN_XERO)],
)
def test_it_says_why_somebody_may_not_link(
    linked: House, actions: list[str], *, is_admin: bool, why_not: ErrorCode | None
) -> None:
    [connection] = linked.all(Connection)
    linked.set(Connection, connection.key, actions=actions)
    person = linked.add_user(COLLEAGUE, is_admin=is_admin)

    found = find_contact_invoices(linked.core, person=person, deal_id=DEAL, wish=Wish())

    assert found is not None
    assert found.why_not_link is why_not


def test_a_lost_connection_is_noticed(linked: House) -> None:
    body = json.dumps({"Title": "Forbidden", "Detail": "AuthenticationUnsuccessful"}).encode()
    linked.web.trouble("GET", "/Invoices", answers(403, body))

    with pytest.raises(Anticipated) as caught:
        listed(linked)

    assert caught.value.code is ErrorCode.XERO_RECONNECT
    assert [one.state for one in linked.all(Connection)] == ["lost"]


def test_a_busy_xero_says_when_to_come_again(linked: House) -> None:
    linked.web.trouble("GET", "/Invoices", answers(429, retry_after="12"))

    with pytest.raises(Transient) as caught:
        listed(linked)

    assert (caught.value.code, caught.value.retry_after) == (ErrorCode.XERO_BUSY, 12)


def test_one_invoice_is_shown_from_what_is_kept(linked: House) -> None:
    invoice_id = made(linked, "2026-11-02")
    linked.keep_invoice(invoice_id, number="INV-7", updated_at=linked.clock() - timedelta(days=1))
    linked.hang(invoice_id)

    one = get_listed(linked.core, person=linked.person(), deal_id=DEAL, invoice_id=invoice_id)

    assert (one.place, one.row.number, linked.web.calls) == (Place.HERE, "INV-7", [])


def listed(house: House, **wish: Any) -> Listing:
    found = find_contact_invoices(house.core, person=house.person(), deal_id=DEAL, wish=Wish(**wish))
    assert found is not None
    return found


def made(house: House, day: str, **over: Any) -> str:
    """Make an invoice in Xero itself."""
    return house.xero.add_invoice(DateString=f"{day}T00:00:00", **over)


def hang_elsewhere(house: House, *, deal_id: int = OTHER_DEAL) -> str:
    invoice_id = made(house, "2026-11-02")
    house.keep_invoice(invoice_id)
    house.hang(invoice_id, deal_id=deal_id)
    return invoice_id
