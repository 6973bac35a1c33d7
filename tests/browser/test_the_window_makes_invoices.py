"""A salesperson makes invoices in the window, by mouse and by keyboard, and Xero's books hold what they saw."""

import re
from decimal import Decimal
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_from_install_to_paid import connect, install, panel_of, prefer
from tests.browser.window import InvoiceWindow, amount, booked
from tests.support.axe import violations
from tests.support.stack import Stack
from tests.support.vendors import Bookkeeper


@pytest.fixture(scope="module", autouse=True)
def connected(chromium: Browser, stack: Stack) -> None:
    """Somebody installed and connected before."""
    page = chromium.new_page(locale="en-GB")
    install(page, stack)
    connect(page)
    prefer(page)
    page.close()


def test_everything_is_changed_by_mouse_and_submitted(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=1)
    expect(window.total).to_have_text("€7,042.50")

    window.line(1).link("brand", "Brand identity")
    window.line(2).link("hour", "Design hours")
    window.line(2).type(quantity="10", price="1,099.5", discount="5%")
    expect(window.line(2).amount).to_have_text("10,445.25")
    window.line(2).press("Move up")
    window.press("Add line")
    window.line(3).type(description="As agreed in Dublin")
    window.box("Add a line from an item in Xero").click()
    window.frame.locator("#options li", has_text="WORKSHOP").click()
    window.line(4).choose("Account", "260")
    window.box("Update the contact in Xero").check()
    expect(window.frame.locator("#differences")).to_contain_text("niamh@brightwater.example")
    window.box("Reference").fill("By mouse")
    window.box("Submitted for approval").check()
    seen = amount(window.total.inner_text())
    window.press("Submit for approval")

    window.expect_gone()
    invoice = booked(bookkeeper, "By mouse")
    assert (invoice["Status"], invoice["Total"]) == ("SUBMITTED", seen)
    assert [told(line) for line in invoice["LineItems"]] == [
        ("Design hours", "HOURS", "200", "OUTPUT2", Decimal("10445.25")),
        ("Brand identity", "BRAND-ID", "200", "OUTPUT2", Decimal(4800)),
        ("As agreed in Dublin", None, None, None, Decimal(0)),
        ("Workshop, per day", "WORKSHOP", "260", "ZERORATEDOUTPUT", Decimal(900)),
    ]
    assert invoice["Contact"]["EmailAddress"] == "niamh@brightwater.example"


def test_what_was_linked_once_is_linked_the_next_time(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=1)

    expect(window.line(1).box("Item in Xero")).to_have_value("BRAND-ID · Brand identity")
    expect(window.line(2).box("Item in Xero")).to_have_value("HOURS · Design hours")
    expect(window.frame.locator("#chosen")).to_contain_text("Brightwater Studio Ltd.")
    assert window.frame.locator(".open-mark:visible").count() == 0


def test_all_of_it_by_keyboard(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/8")
    tab_to_create(page)
    page.keyboard.press("Enter")
    window = InvoiceWindow(page=page, frame=page.frame_locator("iframe[data-extension=modal]"))
    window.frame.locator("#facts").wait_for()
    page.keyboard.press("Tab")
    keys = Keys(page, window)

    keys.tab_to("Change the contact in Xero")
    page.keyboard.press("Enter")
    keys.tab_to("Search contacts in Xero", back=True)
    page.keyboard.type("harb")
    window.expect_said("1 found")
    page.keyboard.press("Enter")
    expect(window.frame.locator("#facts")).to_contain_text("3 Harbour Lane")
    keys.tab_to("Reference")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("By keyboard")
    keys.tab_to("Description")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("A talk")
    keys.tab_to("Quantity")
    page.keyboard.type("2")
    keys.tab_to("Price")
    page.keyboard.type("333.3333")
    page.keyboard.press("Enter")
    page.keyboard.type("Kept until the end")
    page.keyboard.press("Alt+ArrowUp")
    window.expect_said("Moved to line 1 of 2")
    keys.tab_to("Item in Xero")
    page.keyboard.type("illus")
    window.expect_said("1 found")
    page.keyboard.press("Enter")
    window.expect_said("Linked to Illustration")
    page.keyboard.press("Control+Enter")
    window.expect_gone()
    invoice = booked(bookkeeper, "By keyboard")
    assert invoice["Contact"]["Name"] == "Harbour Lane Dental"
    assert [(line["Description"], line.get("TaxType"), line["LineAmount"]) for line in invoice["LineItems"]] == [
        ("Kept until the end", "RROUTPUT", Decimal(240)),
        ("A talk", None, Decimal("666.67")),
    ]


def test_a_line_that_is_open_is_fine_for_a_draft_only(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=10)
    window.box("Reference").fill("Open lines")
    window.line(1).choose("Account", "")
    window.line(1).choose("Tax rate", "")
    window.box("Submitted for approval").check()

    window.press("Submit for approval")

    account = window.line(1).box("Account")
    window.expect_marked(account, "Link a Xero item or choose an account; only a draft may go without.")
    expect(window.line(1).box("Tax rate")).to_have_attribute("aria-invalid", "true")
    window.box("Draft").check()
    window.press("Create draft")
    window.expect_gone()
    assert booked(bookkeeper, "Open lines")["Status"] == "DRAFT"


def test_what_is_no_number_stays_as_it_was_typed(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=12)
    window.line(1).type(quantity="a few", price="1.23456")

    window.press("Create draft")

    window.expect_marked(window.line(1).box("Quantity"), "Write a number such as 1,234.50, with at most four decimals.")
    expect(window.line(1).box("Quantity")).to_have_value("a few")
    expect(window.line(1).box("Price")).to_have_value("1.23456")
    window.line(1).type(quantity="3", price="1.2345")
    expect(window.line(1).box("Quantity")).not_to_have_attribute("aria-invalid", "true")
    expect(window.line(1).box("Price")).to_have_value("1.2345")


def test_dates_follow_the_rule_and_the_lock(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=5)
    window.box("Issue date").fill("2027-01-31")
    expect(window.box("Due date")).to_have_value("2027-02-14")

    window.box("Issue date").fill("2024-12-31")

    expect(window.box("Issue date")).to_have_accessible_description(re.compile("locked"))
    window.box("Due date").fill("2027-03-01")
    window.box("Issue date").fill("2027-02-01")
    expect(window.box("Issue date")).not_to_have_attribute("aria-invalid", "true")
    expect(window.box("Due date")).to_have_value("2027-03-01")


def test_another_treatment_and_back_leaves_every_price_as_it_was(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=2)
    before = prices(window)
    total = window.total.inner_text()

    window.box("Tax treatment").select_option("Exclusive")
    assert prices(window) != before
    window.box("Tax treatment").select_option("NoTax")
    expect(window.line(1).box("Tax rate")).to_be_hidden()
    window.box("Tax treatment").select_option("Inclusive")

    assert prices(window) == before
    assert window.total.inner_text() == total


def test_a_currency_that_xero_lacks_is_refused_where_it_is_chosen(page: Page, stack: Stack) -> None:
    body = {"title": "In sterling", "org_id": 1, "currency": "GBP", "value": 650}
    made = requests.post(f"{stack.pipedrive_url}/control/deals", json=body, timeout=30)
    window = InvoiceWindow.open(page, stack, deal=made.json()["id"])
    expect(window.box("Currency")).to_have_attribute("aria-invalid", "true")
    expect(window.frame.locator("#blocked")).to_contain_text("not switched on in Xero")
    expect(window.frame.locator("#create")).to_be_disabled()

    window.box("Currency").select_option("EUR")

    expect(window.box("Currency")).not_to_have_attribute("aria-invalid", "true")
    expect(window.frame.locator("#blocked")).to_be_empty()
    expect(window.frame.locator("#not-converted")).to_be_visible()
    expect(window.frame.locator("#create")).to_be_enabled()


def test_a_customer_whom_xero_does_not_know_is_created_there(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=4)
    expect(window.box("Create Kestrel Analytics Inc in Xero")).to_be_checked()
    window.box("Reference").fill("Somebody new")

    window.press("Create draft")

    window.expect_gone()
    invoice = booked(bookkeeper, "Somebody new")
    assert invoice["Contact"]["Name"] == "Kestrel Analytics Inc"
    assert invoice["CurrencyCode"] == "USD"
    again = InvoiceWindow.open(page, stack, deal=4)
    expect(again.frame.locator("#chosen")).to_contain_text("Kestrel Analytics Inc")


def test_nobody_is_kept_out(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=3)
    window.press("Change the contact in Xero")
    window.line(1).type(price="wrong")
    window.press("Create draft")
    window.line(2).box("Item in Xero").click()
    window.frame.locator("#options li").first.wait_for()

    assert violations(window.inside()) == []


def tab_to_create(page: Page) -> None:
    """Press Tab through Pipedrive's page until the panel's button has the focus."""
    create = panel_of(page).locator("#create")
    create.wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        if create.evaluate("button => button === document.activeElement && document.hasFocus()"):
            return
    raise AssertionError("the keyboard does not reach Create invoice")


class Keys:
    """Somebody who only has a keyboard."""

    def __init__(self, page: Page, window: InvoiceWindow) -> None:
        self.page, self.window = page, window

    def tab_to(self, name: str, *, back: bool = False) -> None:
        """Press Tab until what is called so has the focus."""
        for _ in range(40):
            if self.window.inside().evaluate(_NAME).strip() == name:
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the keyboard does not reach {name}")


_NAME = """() => {
  const { activeElement: at } = document;
  return at.getAttribute("aria-label") ?? at.closest("label")?.querySelector("span")?.textContent ?? at.textContent;
}"""


def told(line: dict[str, Any]) -> tuple[str | Decimal | None, ...]:
    """Say what matters of a line in Xero."""
    names = ("Description", "ItemCode", "AccountCode", "TaxType")
    return *(line.get(name) for name in names), Decimal(line.get("LineAmount", 0))


def prices(window: InvoiceWindow) -> list[str]:
    """Read every price."""
    boxes = window.frame.locator("[name=unit_amount]")
    return [str(text) for text in boxes.evaluate_all("boxes => boxes.map(box => box.value)")]
