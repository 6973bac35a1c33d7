"""What happened to an invoice is told below it, to eyes, keyboards and screen readers, and goes on while it is open (F32)."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.panel import Panel, Row, make_approved, make_draft
from tests.functional.conftest import set_up
from tests.support.axe import violations
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import Bookkeeper, calls, forget_calls


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_who_did_what_on_which_side_is_told_newest_first(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_draft(person, deal=1)
    panel = Panel.open(page, stack, deal=1)
    row = panel.row(invoice_id)
    row.press("Approve")
    panel.answer(f"Approve {row.number}?", "Approve invoice")
    row.expect_status("Awaiting payment")
    bookkeeper.act(invoice_id, "pay", amount="100")
    expect(row.locator).to_contain_text("100.00 of")
    forget_calls(stack.xero_url)

    past = open_past(row)

    told = [[line for line in text.split("\n")[1:] if line] for text in past.locator("li").all_inner_texts()]
    [paid, approved, created] = told
    assert paid[0].startswith("€100.00 paid, ")
    assert paid[0].endswith(" still due")
    assert paid[1] == "In Xero"
    assert approved == ["Approved", "Ingrid Halvorsen, in Pipedrive"]
    assert created[0].startswith("Created as a draft over €")
    assert calls(stack.xero_url, path="/api.xro") == [], "nobody asked Xero"


def test_what_is_open_goes_on_with_the_invoice_and_keeps_the_focus(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=2)
    row = Panel.open(page, stack, deal=2).row(invoice_id)
    past = open_past(row)
    expect(past.get_by_role("heading", name="History")).to_be_focused()
    page.keyboard.press("Tab")
    close = past.get_by_role("button", name="Close the history")
    expect(close).to_be_focused()

    bookkeeper.act(invoice_id, "pay", amount="100")

    expect(past.locator("li").first).to_contain_text("100.00 paid")
    expect(close).to_be_focused()
    page.keyboard.press("Enter")
    expect(past).to_have_count(0)
    expect(row.locator.get_by_role("button", name="More for")).to_be_focused()


def test_the_past_can_be_read_and_reached_by_everybody(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=1)
    row = Panel.open(page, stack, deal=1).row(invoice_id)
    row.menu()
    page.keyboard.press("h")
    page.keyboard.press("Enter")
    past = row.locator.locator(".past")
    expect(past).to_be_visible()

    expect(row.locator.get_by_role("region", name=f"History {row.number}")).to_be_visible()
    frame = page.frame(url=lambda url: "/panel?" in url)
    assert frame is not None
    assert violations(frame) == []


def test_a_colleague_reads_the_same_past_in_french(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=2)
    Salesperson(person.at, user_id=COLLEAGUE).install()
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    row = Panel.open(page, stack, deal=2).row(invoice_id)

    row.locator.locator(".more > .dots").click()
    row.locator.get_by_role("menuitem", name="Historique").click()

    past = row.locator.locator(".past")
    expect(past.locator("li").first).to_contain_text("En attente de paiement (avant : Brouillon)")
    expect(past.locator("li").last).to_contain_text("Ingrid Halvorsen, dans Pipedrive")


def open_past(row: Row) -> Locator:
    """Open an invoice's history from its menu."""
    row.choose("History")
    past = row.locator.locator(".past")
    expect(past).to_be_visible()
    return past
