"""From the deal's own menu to Xero's answer: made as the person may, and Xero's refusals marked where they belong (F6, F13)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import Panel
from tests.browser.window import InvoiceWindow, booked
from tests.functional.conftest import addresses_of, set_up
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import Bookkeeper, calls, forget_calls

INVOICES = "/api.xro/2.0/Invoices"
#: A deal without products has one line, which is booked on the account that was chosen for lines.
DEAL = 8


@pytest.fixture(scope="module", autouse=True)
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


@pytest.fixture
def bookkeeper(stack: Stack) -> Iterator[Bookkeeper]:
    """Somebody who works in Xero, and leaves its settings as they were."""
    bookkeeper = Bookkeeper(stack.xero_url)
    yield bookkeeper
    bookkeeper.change_settings(accounts=[account("ACTIVE")], tax_rates=[rate("ACTIVE")], lock_date=None)


def test_the_deals_own_menu_opens_the_window_and_an_approved_invoice_comes_of_it(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/{DEAL}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Create Xero invoice").click()
    window = InvoiceWindow.over(page)
    window.box("Reference").fill("Approved at once")
    window.line(1).choose("Tax rate", "OUTPUT2")
    window.box("Approved").check()

    window.press("Approve")

    window.expect_gone()
    invoice = booked(bookkeeper, "Approved at once")
    assert invoice["Status"] == "AUTHORISED"
    panel = Panel(page=page, frame=page.frame_locator("iframe[data-extension=panel]"))
    panel.expect_said(f"{invoice['InvoiceNumber']} created in Xero and approved.")
    panel.row(invoice["InvoiceID"]).expect_status("Awaiting payment")


def test_a_colleague_is_told_why_a_choice_is_missing(page: Page, stack: Stack) -> None:
    Salesperson(addresses_of(stack), user_id=COLLEAGUE).install()
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    window = InvoiceWindow.open(page, stack, deal=5)

    approved = window.frame.get_by_role("radio", name="Approuvée")

    expect(approved).to_be_disabled()
    expect(approved).to_have_accessible_name("Approuvée Demandez-le à un administrateur Pipedrive.")
    for open_to_all in ("Brouillon", "Soumise pour approbation"):
        expect(window.frame.get_by_role("radio", name=open_to_all)).to_be_enabled()


def test_what_xero_refuses_in_a_line_is_marked_there_and_sent_again_as_one_invoice(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    window = InvoiceWindow.open(page, stack, deal=DEAL)
    window.box("Reference").fill("On another account")
    window.line(1).choose("Account", "260")
    forget_calls(stack.xero_url)
    bookkeeper.change_settings(accounts=[account("ARCHIVED")])

    window.press("Create draft")

    window.expect_marked(window.line(1).box("Account"), "Account code '260' has been archived.")
    expect(window.frame.get_by_role("alert")).to_contain_text("Xero")
    expect(window.box("Reference")).to_have_value("On another account")
    window.line(1).choose("Account", "200")
    expect(window.line(1).box("Account")).not_to_have_attribute("aria-invalid", "true")
    window.press("Create draft")
    window.expect_gone()
    [line] = booked(bookkeeper, "On another account")["LineItems"]
    assert line["AccountCode"] == "200"
    assert [one["status"] for one in calls(stack.xero_url, method="PUT", path=INVOICES)] == [400, 200]


def test_a_rate_that_xero_has_switched_off_is_marked_in_its_line(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    window = InvoiceWindow.open(page, stack, deal=12)
    bookkeeper.change_settings(tax_rates=[rate("ARCHIVED")])

    window.press("Create draft")

    window.expect_marked(
        window.line(1).box("Tax rate"),
        "The TaxType code 'RROUTPUT' does not exist or cannot be used for this type of transaction.",
    )
    expect(window.line(2).box("Tax rate")).not_to_have_attribute("aria-invalid", "true")


def test_books_that_were_locked_meanwhile_are_marked_at_the_date(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    window = InvoiceWindow.open(page, stack, deal=DEAL)
    window.box("Reference").fill("Too late")
    bookkeeper.change_settings(lock_date=(datetime.now(UTC).date() + timedelta(days=2)).isoformat())

    window.press("Create draft")

    issued = window.box("Issue date")
    expect(issued).to_have_attribute("aria-invalid", "true")
    expect(issued).to_be_focused()
    expect(issued).not_to_have_accessible_description("")
    expect(window.frame.get_by_role("alert")).to_be_visible()
    expect(window.box("Reference")).to_have_value("Too late")


def account(status: str) -> dict[str, Any]:
    """Say what becomes of an account."""
    return {"Code": "260", "Status": status}


def rate(status: str) -> dict[str, Any]:
    """Say what becomes of the reduced rate."""
    return {
        "TaxType": "RROUTPUT",
        "Name": "TVA 10 % (ventes)",
        "ReportTaxType": "OUTPUT",
        "Status": status,
        "CanApplyToRevenue": True,
        "DisplayTaxRate": 10.0,
        "EffectiveRate": 10.0,
        "TaxComponents": [{"Name": "TVA", "Rate": 10.0, "IsCompound": False, "IsNonRecoverable": False}],
    }
