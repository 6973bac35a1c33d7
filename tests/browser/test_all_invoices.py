"""See all invoices: of the contact, in a period, wherever they were made; linked to the deal and unlinked (F23 to F25)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.all_invoices import AllInvoices, link_contact, make_outside
from tests.browser.conftest import Complaints
from tests.browser.panel import Panel
from tests.functional.conftest import addresses_of, set_up
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, NARROW, Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls
from tests.support.waiting import wait_until

API = "/api.xro/2.0"
#: Deals by their customers; in the beginning nothing was ever invoiced to Brightwater and Oakfield.
BRIGHTWATER, BRIGHTWATER_CARE, HARBOUR_LANE, HARBOUR_LANE_TOO, OAKFIELD, DUPRE = 1, 7, 3, 12, 5, 2


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


@pytest.fixture(scope="module")
def brightwater(person: Salesperson) -> str:
    """The contact of two deals, linked."""
    return link_contact(person, deal=BRIGHTWATER)


def test_the_contact_is_chosen_and_its_invoices_of_a_period_are_seen(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    window = AllInvoices.open(page, stack, deal=OAKFIELD)
    choose = window.frame.get_by_role("button", name="Choose Oakfield Primary School")
    contact = choose.get_attribute("data-contact") or ""
    today = date.today()  # noqa: DTZ011 - the sandbox has the machine's own day
    old = date(today.year - 1, 6, 15)
    [older] = make_outside(stack, contact, reference="PO 1", day=old)
    [paid] = make_outside(stack, contact, reference="PO 2")
    [owed] = make_outside(stack, contact, reference="PO 3")
    bookkeeper.act(paid["InvoiceID"], "pay")

    choose.click()
    window.expect_invoices(owed["InvoiceNumber"], paid["InvoiceNumber"])
    expect(window.frame.get_by_role("heading", name="2 invoices · Oakfield Primary School")).to_be_focused()
    expect(window.frame.locator(".sum")).to_have_text(
        "EUR 2 invoices Total €200.00 Paid so far €100.00 To be paid €100.00"
    )

    window.filter("Status", "Paid")
    window.expect_invoices(paid["InvoiceNumber"])
    window.filter("Status", "All")
    window.frame.get_by_label("Search").fill("po 3")
    window.expect_invoices(owed["InvoiceNumber"])
    window.frame.get_by_label("Search").fill("no such words")
    window.frame.get_by_role("button", name="Show all of this period").click()
    window.expect_invoices(owed["InvoiceNumber"], paid["InvoiceNumber"])

    window.filter("Period", "Custom dates")
    expect(window.frame.get_by_label("First day")).to_have_value(f"{today.year}-01-01")
    window.frame.get_by_label("First day").fill(old.isoformat())
    window.expect_invoices(owed["InvoiceNumber"], paid["InvoiceNumber"], older["InvoiceNumber"])
    window.frame.get_by_label("Last day").fill((old - timedelta(days=1)).isoformat())
    expect(window.frame.get_by_label("Last day")).to_have_accessible_description(
        "Choose a day on or after the first one."
    )


def test_this_month_and_this_quarter_hold_what_was_issued_in_them(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    contact = link_contact(person, deal=HARBOUR_LANE_TOO)
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    month, quarter = today.replace(day=1), date(today.year, today.month - (today.month - 1) % 3, 1)
    days = (today, month - timedelta(days=1), quarter - timedelta(days=1))
    made = {day: make_outside(stack, contact, reference="Span", day=day)[0]["InvoiceNumber"] for day in days}
    window = AllInvoices.open(page, stack, deal=HARBOUR_LANE_TOO)
    window.frame.get_by_label("Search").fill("span")

    for period, first in (("This month", month), ("This quarter", quarter)):
        window.filter("Period", period)
        window.expect_invoices(*(number for day, number in made.items() if day >= first))
        expect(window.frame.locator(".whose")).to_have_attribute("data-first", first.isoformat())


def test_pages_are_turned_with_one_call_each_and_the_sums_are_of_all(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    contact = link_contact(person, deal=DUPRE)
    make_outside(stack, contact, reference="Lot 7", count=30)
    forget_calls(stack.xero_url)

    window = AllInvoices.open(page, stack, deal=DUPRE)
    window.frame.locator(".row").first.wait_for()
    window.frame.get_by_label("Search").fill("lot 7")
    expect(window.frame.get_by_role("heading", name="30 invoices")).to_be_visible()
    expect(window.frame.locator(".row")).to_have_count(25)
    window.frame.get_by_role("button", name="Older").click()

    expect(window.frame.locator(".row")).to_have_count(5)
    expect(window.frame.get_by_role("heading", name="30 invoices")).to_be_focused()
    expect(window.frame.locator(".sum strong")).to_have_text("€3,000.00")
    expect(window.frame.get_by_text("Totals of all 30 invoices, not only of this page.")).to_be_visible()
    asked = [one["query"] for one in calls(stack.xero_url, method="GET", path=f"{API}/Invoices")]
    assert len([query for query in asked if "ContactIDs" in query]) == 3


def test_an_invoice_made_outside_stays_off_the_deal_until_it_is_linked(
    page: Page, stack: Stack, person: Salesperson, brightwater: str, bookkeeper: Bookkeeper
) -> None:
    outside, known = make_outside(stack, brightwater, reference="By phone", count=2)
    person.fragment("POST", f"/invoices/{known['InvoiceID']}/link", deal_id=BRIGHTWATER).raise_for_status()
    bookkeeper.act(outside["InvoiceID"], "pay", amount="10")
    bookkeeper.act(known["InvoiceID"], "pay", amount="20")
    wait_until(lambda: "€80.00 due" in person.panel(BRIGHTWATER), seconds=10, what="the news of both has come")
    assert list(person.statuses(BRIGHTWATER)) == [known["InvoiceID"]]
    assert person.fields(BRIGHTWATER)["Xero invoice number"] == known["InvoiceNumber"]

    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    window.press(outside, "Link to this deal")

    panel = Panel(page=page, frame=page.frame_locator("iframe[data-extension=panel]"))
    panel.expect_said(f"{outside['InvoiceNumber']} is linked to this deal.")
    expect(window.row(outside).get_by_text("On this deal")).to_be_visible()
    window.close()
    panel.row(outside["InvoiceID"]).expect_status("Awaiting payment")
    wait_until(
        lambda: outside["InvoiceNumber"] in person.fields(BRIGHTWATER)["Xero invoice number"],
        seconds=10,
        what="the deal's fields follow",
    )


def test_a_linked_invoice_is_unlinked_and_the_deal_forgets_it(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    contact = link_contact(person, deal=HARBOUR_LANE_TOO)
    [invoice] = make_outside(stack, contact)
    window = AllInvoices.open(page, stack, deal=HARBOUR_LANE_TOO)
    window.press(invoice, "Link to this deal")
    wait_until(
        lambda: person.fields(HARBOUR_LANE_TOO)["Xero invoiced"] == "€100.00",
        seconds=10,
        what="the deal's fields follow",
    )

    window.press(invoice, "Unlink")

    expect(window.row(invoice).get_by_role("button", name="Link to this deal")).to_be_visible()
    window.close()
    panel = page.frame_locator("iframe[data-extension=panel]")
    expect(panel.get_by_text("No invoice yet")).to_be_visible()
    wait_until(
        lambda: person.fields(HARBOUR_LANE_TOO)["Xero invoiced"] == "-",
        seconds=10,
        what="the deal's fields are empty again",
    )
    assert bookkeeper.invoice(invoice["InvoiceID"])["Status"] == "AUTHORISED"


def test_a_double_click_links_once_and_does_not_unlink(
    page: Page, stack: Stack, person: Salesperson, brightwater: str
) -> None:
    [invoice] = make_outside(stack, brightwater)
    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    forget_calls(stack.xero_url)

    window.row(invoice).get_by_role("button", name="Link to this deal").dblclick(delay=150)

    expect(window.row(invoice).get_by_role("button", name="Unlink")).not_to_have_attribute("aria-disabled", "true")
    assert invoice["InvoiceID"] in person.statuses(BRIGHTWATER)
    assert len(calls(stack.xero_url, method="GET", path=f"{API}/Invoices/{invoice['InvoiceID']}")) == 1


def test_an_invoice_of_another_deal_is_moved_only_when_that_is_meant(
    page: Page, stack: Stack, person: Salesperson, brightwater: str
) -> None:
    [invoice] = make_outside(stack, brightwater)
    path = f"/invoices/{invoice['InvoiceID']}/link"
    person.fragment("POST", path, deal_id=BRIGHTWATER_CARE).raise_for_status()
    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    link = window.row(invoice).get_by_role("link", name="Brightwater website care")
    expect(link).to_have_attribute("href", f"{stack.pipedrive_url}/deal/{BRIGHTWATER_CARE}")
    panel = Panel(page=page, frame=page.frame_locator("iframe[data-extension=panel]"))
    question = f"Move {invoice['InvoiceNumber']} to this deal?"

    window.press(invoice, "Move to this deal")
    assert "It is on the deal Brightwater website care now" in panel.answer(question, "Go back")
    expect(window.row(invoice).get_by_role("button", name="Move to this deal")).to_be_focused()
    assert invoice["InvoiceID"] in person.statuses(BRIGHTWATER_CARE)

    window.press(invoice, "Move to this deal")
    panel.answer(question, "Move invoice")
    panel.expect_said(f"{invoice['InvoiceNumber']} is moved to this deal.")
    expect(window.row(invoice).get_by_role("button", name="Unlink")).to_be_focused()
    assert invoice["InvoiceID"] not in person.statuses(BRIGHTWATER_CARE)
    assert invoice["InvoiceID"] in person.statuses(BRIGHTWATER)


def test_what_hangs_on_a_deal_that_one_may_not_see_is_neither_named_nor_taken(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    contact = link_contact(person, deal=HARBOUR_LANE)
    [invoice] = make_outside(stack, contact)
    path = f"/invoices/{invoice['InvoiceID']}/link"
    person.fragment("POST", path, deal_id=HARBOUR_LANE_TOO).raise_for_status()
    narrow = Salesperson(addresses_of(stack), user_id=NARROW)
    narrow.install()
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(NARROW)})

    window = AllInvoices.open(page, stack, deal=HARBOUR_LANE)

    expect(window.row(invoice).locator(".deal")).to_have_text("On another deal that cannot be shown to you")
    forced = narrow.fragment("POST", path, deal_id=HARBOUR_LANE, data={"leaves": str(HARBOUR_LANE_TOO)})
    assert forced.status_code == 409
    assert "You cannot take this invoice from its deal" in forced.text


def test_an_invoice_that_was_deleted_meanwhile_is_refused_where_it_was_pressed(
    page: Page, stack: Stack, person: Salesperson, brightwater: str, bookkeeper: Bookkeeper
) -> None:
    [invoice] = make_outside(stack, brightwater, Status="DRAFT")
    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    window.row(invoice).wait_for()
    bookkeeper.act(invoice["InvoiceID"], "delete")

    window.press(invoice, "Link to this deal")

    expect(window.row(invoice).get_by_role("alert")).to_contain_text("This invoice is gone from Xero")
    window.row(invoice).get_by_role("button", name="Dismiss").click()
    expect(window.row(invoice).get_by_role("alert")).to_have_count(0)


def test_a_busy_xero_and_a_lost_connection_leave_what_is_seen(
    page: Page, stack: Stack, person: Salesperson, brightwater: str, complaints: Complaints
) -> None:
    [invoice] = make_outside(stack, brightwater)
    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    window.row(invoice).wait_for()
    faults(stack.xero_url, method="GET", path=f"{API}/Invoices", do="429")

    window.frame.get_by_role("button", name="Refresh").click()
    expect(window.frame.get_by_role("alert")).to_contain_text("Xero is taking no more calls just now")
    expect(window.row(invoice)).to_be_visible()
    window.frame.get_by_role("button", name="Try again").click()
    expect(window.frame.get_by_role("alert")).to_have_count(0)

    page.route("**/invoices/list*", lambda route: route.abort())
    window.frame.get_by_role("button", name="Refresh").click()
    expect(window.frame.get_by_role("alert")).to_contain_text("No connection")
    expect(window.row(invoice)).to_be_visible()
    page.unroute("**/invoices/list*")
    window.frame.get_by_role("button", name="Try again").click()
    expect(window.frame.get_by_role("alert")).to_have_count(0)
    assert all("ERR_FAILED" in one for one in complaints.found)
    complaints.found.clear()


def test_waiting_is_shown_and_moves_nothing(page: Page, stack: Stack, person: Salesperson, brightwater: str) -> None:
    [invoice] = make_outside(stack, brightwater)
    window = AllInvoices.open(page, stack, deal=BRIGHTWATER)
    before = window.row(invoice).bounding_box()
    faults(stack.xero_url, method="GET", path=f"{API}/Invoices/*", do="slow", seconds=1.5)

    window.press(invoice, "Link to this deal")

    expect(window.row(invoice).locator(".busy")).to_be_visible()
    expect(window.frame.get_by_role("status")).to_have_text("Linking …")
    assert window.row(invoice).bounding_box() == before
    expect(window.row(invoice).get_by_text("On this deal")).to_be_visible()
    assert window.row(invoice).bounding_box() == before


def test_everything_is_within_reach_of_the_keyboard(page: Page, stack: Stack, person: Salesperson) -> None:
    contact = link_contact(person, deal=HARBOUR_LANE)
    [invoice] = make_outside(stack, contact, reference="By keyboard")
    window = AllInvoices.open(page, stack, deal=HARBOUR_LANE)
    window.frame.locator(".row").first.wait_for()

    window.frame.get_by_label("Search").focus()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    # It may be the only one that is seen before, too.
    expect(window.frame.locator("#results")).to_have_attribute("aria-busy", "false")
    window.expect_invoices(invoice["InvoiceNumber"])
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(window.row(invoice).get_by_role("button", name="Link to this deal")).to_be_focused()
    page.keyboard.press("Enter")

    unlink = window.row(invoice).get_by_role("button", name="Unlink")
    expect(unlink).to_be_focused(timeout=15_000)
    expect(unlink).not_to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(window.row(invoice).get_by_role("button", name="Link to this deal")).to_be_focused()


def test_a_french_colleague_in_a_narrow_dark_window_has_all_of_it(
    page: Page, stack: Stack, person: Salesperson, brightwater: str
) -> None:
    [invoice] = make_outside(stack, brightwater, reference="Par téléphone")
    Salesperson(addresses_of(stack), user_id=COLLEAGUE).install()
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    page.request.post(f"{stack.pipedrive_url}/theme", form={"theme": "dark"})
    page.goto(f"{stack.pipedrive_url}/deal/{BRIGHTWATER}")
    panel = page.frame_locator("iframe[data-extension=panel]")
    panel.get_by_role("button", name="Autres actions pour cette affaire").click()
    panel.locator("#see-all").click()
    page.set_viewport_size({"width": 320, "height": 700})
    window = AllInvoices(page=page, frame=page.frame_locator("iframe[data-extension=modal]"))

    window.row(invoice).get_by_role("button", name="Associer à cette affaire").click()

    expect(window.row(invoice).get_by_text("Sur cette affaire")).to_be_visible()
    root = window.frame.locator("html")
    assert root.get_attribute("data-theme") == "dark"
    assert root.evaluate("page => page.scrollWidth <= page.clientWidth")
