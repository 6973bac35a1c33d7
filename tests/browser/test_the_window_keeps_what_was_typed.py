"""Whatever happens to the window or the connection, what was typed is still there, and there is one invoice."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.conftest import Complaints
from tests.browser.test_from_install_to_paid import connect, install, prefer
from tests.browser.window import InvoiceWindow, booked
from tests.support.stack import Stack
from tests.support.vendors import Bookkeeper, faults

HALF_WRITTEN, CREATED = re.compile("/invoice/half-written"), re.compile(r"/invoice\?")


@pytest.fixture(scope="module", autouse=True)
def connected(chromium: Browser, stack: Stack) -> None:
    """Somebody installed and connected before."""
    page = chromium.new_page(locale="en-GB")
    install(page, stack)
    connect(page)
    prefer(page)
    page.close()


def test_a_window_that_is_closed_opens_as_it_was_left(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=1)
    with page.expect_response(HALF_WRITTEN):
        window.box("Reference").fill("Half a thought")
        window.line(1).type(price="1,111.11")
        window.line(2).press("Remove line")
        window.press("Add line")
        window.line(2).type(description="Words to come back to")
    page.reload()

    again = InvoiceWindow.open(page, stack, deal=1)

    expect(again.frame.locator("#restored")).to_contain_text("Restored what you had typed")
    expect(again.box("Reference")).to_have_value("Half a thought")
    expect(again.line(1).box("Price")).to_have_value("1,111.11")
    assert again.descriptions() == ["Brand identity", "Words to come back to"]
    expect(again.frame.locator("#chosen, #facts").last).to_contain_text("Brightwater Studio Ltd.")

    again.press("Start again from the deal")
    expect(again.total).to_have_text("€7,042.50")
    expect(again.box("Reference")).to_have_value("Brightwater rebrand")
    anew = InvoiceWindow.open(page, stack, deal=1)
    expect(anew.frame.locator("#restored")).to_be_hidden()


@pytest.mark.parametrize(("deal", "button"), [(2, "Cancel"), (3, "Close")])
def test_the_last_word_is_kept_though_the_window_goes(page: Page, stack: Stack, deal: int, button: str) -> None:
    window = InvoiceWindow.open(page, stack, deal=deal)
    window.box("Reference").fill("The last word")

    with page.expect_request(HALF_WRITTEN):
        # Our own button, or Pipedrive's cross.
        (window.frame if button == "Cancel" else page.get_by_role("dialog")).get_by_role("button", name=button).click()
    window.expect_gone()

    expect(InvoiceWindow.open(page, stack, deal=deal).box("Reference")).to_have_value("The last word")


def test_looking_keeps_nothing(page: Page, stack: Stack) -> None:
    kept: list[Request] = []
    page.on("request", lambda request: kept.append(request) if HALF_WRITTEN.search(request.url) else None)
    window = InvoiceWindow.open(page, stack, deal=5)
    window.line(1).box("Item in Xero").click()
    window.frame.locator("#options li").first.wait_for()
    window.line(1).box("Item in Xero").press("Escape")
    window.press("Cancel")

    window.expect_gone()
    page.goto(stack.pipedrive_url)
    assert kept == []


def test_a_lost_connection_loses_nothing_and_a_second_press_asks_for_the_same(
    page: Page, stack: Stack, bookkeeper: Bookkeeper, complaints: Complaints
) -> None:
    window = InvoiceWindow.open(page, stack, deal=6)
    window.box("Reference").fill("Through the tunnel")
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "")["intent_key"])
        # What left is carried out, and its answer never comes back.
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(CREATED, lose)
    window.press("Create draft")
    expect(window.frame.get_by_role("alert")).to_contain_text("A second try never makes a second invoice.")
    expect(window.box("Reference")).to_have_value("Through the tunnel")

    window.press("Create draft")

    window.expect_gone()
    complaints.forgive("ERR_FAILED")
    assert len(set(sent)) == 1
    assert booked(bookkeeper, "Through the tunnel")["Status"] == "DRAFT"


def test_an_answer_of_xero_that_is_lost_makes_no_second_invoice(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    window = InvoiceWindow.open(page, stack, deal=8)
    window.box("Reference").fill("Heard only once")
    faults(stack.xero_url, method="PUT", path="/api.xro/2.0/Invoices", do="drop_after")

    window.frame.locator("#create").dblclick()

    window.expect_gone()
    assert booked(bookkeeper, "Heard only once")["Status"] == "DRAFT"


def test_a_click_into_an_impatient_window_sends_once(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=9)
    window.box("Reference").fill("Patience")
    faults(stack.xero_url, method="PUT", path="/api.xro/2.0/Invoices", do="slow", seconds=1)
    sent: list[Request] = []
    page.on(
        "request",
        lambda request: sent.append(request) if CREATED.search(request.url) and request.method == "POST" else None,
    )

    window.frame.locator("#create").dblclick()
    expect(window.frame.locator("#create .busy")).to_be_visible()
    window.frame.locator("#create").click()

    window.expect_gone()
    assert len(sent) == 1
    assert booked(bookkeeper, "Patience")["Status"] == "DRAFT"


def test_a_form_that_does_not_come_can_be_asked_for_again(page: Page, stack: Stack, complaints: Complaints) -> None:
    page.route(re.compile("/invoice/form"), lambda route: route.abort(), times=1)
    page.goto(f"{stack.pipedrive_url}/deal/7")
    page.frame_locator("iframe[data-extension=panel]").locator("#create").click()
    frame = page.frame_locator("iframe[data-extension=modal]")
    expect(frame.get_by_role("heading", name="No connection")).to_be_visible()

    frame.get_by_role("button", name="Try again").click()

    expect(frame.locator(".totals .sum dd")).to_be_visible()
    complaints.forgive("ERR_FAILED")


def test_contacts_that_do_not_come_can_be_asked_for_again(page: Page, stack: Stack, complaints: Complaints) -> None:
    page.route(re.compile("/invoice/customer"), lambda route: route.abort(), times=1)
    window = InvoiceWindow.open(page, stack, deal=12)
    expect(window.frame.locator("#customer-failure")).to_contain_text("No connection")

    window.frame.locator("#customer-failure").get_by_role("button", name="Try again").click()

    expect(window.frame.locator("#facts")).to_contain_text("3 Harbour Lane")
    complaints.forgive("ERR_FAILED")
