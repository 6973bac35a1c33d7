"""What a person takes out of the panel: the document, the way into Xero, the link to pay by (F19, F20)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import Panel, make_approved, make_draft
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_the_document_opens_once_in_a_tab_of_its_own(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=13)
    panel = Panel.open(page, stack, deal=13)
    row = panel.row(invoice_id)

    with page.context.expect_page() as opened, page.context.expect_event("response", _is_document) as answered:
        row.choose("Download PDF")

    answer = answered.value
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{row.number}.pdf"'
    opened.value.close()
    again = page.request.get(answer.url)
    assert again.status == 401
    assert "choose Download PDF again on the deal" in again.text()


def test_the_payment_link_is_copied(page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=13)
    page.context.grant_permissions(["clipboard-read"], origin=stack.pipedrive_url)
    panel = Panel.open(page, stack, deal=13)
    row = panel.row(invoice_id)

    row.choose("Copy payment link")

    panel.expect_said("The payment link is copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{stack.xero_url}/online/")
    expect(row.locator.get_by_role("button", name="More for")).to_be_focused()


def test_where_nothing_may_be_copied_the_link_is_there_to_be_copied_by_hand(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=13)
    page.add_init_script("document.execCommand = () => false; delete window.ClipboardItem")
    panel = Panel.open(page, stack, deal=13)
    row = panel.row(invoice_id)

    row.choose("Copy payment link")

    field = row.locator.get_by_label("Payment link")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile(rf"^{stack.xero_url}/online/"))
    assert field.evaluate("field => field.selectionEnd - field.selectionStart === field.value.length")
    row.locator.get_by_role("button", name="Dismiss").click()
    expect(field).to_have_count(0)


def test_open_in_xero_leads_to_the_invoice_in_the_right_organisation(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    invoice_id = make_draft(person, deal=13)
    panel = Panel.open(page, stack, deal=13)
    row = panel.row(invoice_id)

    with page.context.expect_page() as opened:
        row.choose("Open in Xero")

    expect(opened.value.get_by_role("heading", name=row.number)).to_be_visible()


def _is_document(response: object) -> bool:
    return "/pdf?ticket=" in str(getattr(response, "url", ""))
