"""What a person does with an invoice on the deal: submit, approve, void, delete, e-mail (F16 to F18)."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Complaints
from tests.browser.panel import Panel, make_approved, make_draft
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls

API = "/api.xro/2.0/Invoices"


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_a_draft_is_submitted_and_then_approved(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=1)
    panel = Panel.open(page, stack, deal=1)
    row = panel.row(invoice_id)

    row.press("Submit for approval")
    panel.expect_said(f"{row.number} is submitted for approval.")
    row.expect_status("Awaiting approval")

    row.press("Approve")
    words = panel.answer(f"Approve {row.number}?", "Approve invoice")
    assert re.search(r"For .+: €[\d,.]+\. An approved invoice cannot become a draft again\.", words)
    panel.expect_said(f"{row.number} is approved.")
    row.expect_status("Awaiting payment")
    expect(row.locator.get_by_role("button", name="More for")).to_be_focused()


def test_what_is_not_confirmed_is_not_done(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=2)
    panel = Panel.open(page, stack, deal=2)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)

    row.press("Approve")
    panel.answer(f"Approve {row.number}?", "Go back")
    expect(row.locator.get_by_role("button", name="Approve")).to_be_focused()
    row.choose("Delete")
    panel.answer(f"Delete {row.number}?", "Go back")
    expect(row.locator.get_by_role("button", name="More for")).to_be_focused()

    row.expect_status("Draft")
    assert calls(stack.xero_url, method="POST", path=API) == []


def test_an_approved_invoice_is_left_alone_where_nothing_was_confirmed(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=2)
    panel = Panel.open(page, stack, deal=2)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)

    row.choose("Void")
    panel.answer(f"Void {row.number}?", "Go back")
    row.choose("E-mail to customer")
    panel.answer(f"E-mail {row.number}?", "Go back")
    panel.menu().get_by_role("menuitem", name="Unlink").click()
    panel.answer("Unlink", "Go back")

    row.expect_status("Awaiting payment")
    expect(panel.menu().get_by_role("menuitem", name="Unlink")).to_be_visible()
    assert calls(stack.xero_url, method="POST", path=API) == []


def test_a_double_click_on_approve_makes_one_change(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=3)
    panel = Panel.open(page, stack, deal=3)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)

    row.locator.get_by_role("button", name="Approve").dblclick()
    expect(page.get_by_role("dialog")).to_have_count(1)
    panel.answer(f"Approve {row.number}?", "Approve invoice")

    row.expect_status("Awaiting payment")
    assert len(calls(stack.xero_url, method="POST", path=f"{API}/{invoice_id}")) == 1


def test_while_it_runs_the_row_says_so_and_nothing_jumps(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=4)
    panel = Panel.open(page, stack, deal=4)
    row = panel.row(invoice_id)
    before = row.locator.bounding_box()
    forget_calls(stack.xero_url)
    faults(stack.xero_url, method="POST", path=f"{API}/*", do="slow", seconds=1)

    row.press("Approve")
    panel.answer(f"Approve {row.number}?", "Approve invoice")

    expect(row.locator.locator("[data-own-runs='Approving …']")).to_be_visible()
    assert row.locator.bounding_box() == before
    row.locator.get_by_role("button", name="Submit for approval").click(force=True)
    expect(panel.frame.get_by_role("status")).to_have_text("Approving …")
    panel.expect_said(f"{row.number} is approved.")
    row.expect_status("Awaiting payment")
    expect(row.locator.locator("[data-own-runs]")).to_have_count(0)
    assert len(calls(stack.xero_url, method="POST", path=f"{API}/{invoice_id}")) == 1


def test_an_approved_invoice_is_voided_for_good(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=6)
    panel = Panel.open(page, stack, deal=6)
    row = panel.row(invoice_id)

    row.choose("Void")
    words = panel.answer(f"Void {row.number}?", "Void invoice")

    assert "This cannot be undone" in words
    panel.expect_said(f"{row.number} is voided.")
    row.expect_status("Voided")


def test_a_draft_is_deleted_not_voided(page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper) -> None:
    invoice_id = make_draft(person, deal=6)
    panel = Panel.open(page, stack, deal=6)
    row = panel.row(invoice_id)
    expect(row.menu().get_by_role("menuitem", name="Void")).to_have_count(0)

    row.choose("Delete")
    panel.answer(f"Delete {row.number}?", "Delete invoice")

    row.expect_status("Deleted")
    assert bookkeeper.invoice(invoice_id)["Status"] == "DELETED"


def test_money_on_an_invoice_is_named_with_what_to_undo_before_it_is_voided(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=7, paid="10")
    panel = Panel.open(page, stack, deal=7)
    row = panel.row(invoice_id)
    expect(row.locator.get_by_text("€10.00 of ")).to_be_visible()

    item = row.menu().get_by_role("menuitem", name="Void")
    expect(item).to_have_accessible_description("€10.00 is paid. In Xero, remove the payment first, then void it.")
    expect(item).to_be_in_viewport(ratio=1)
    item.click(force=True)

    expect(row.locator.get_by_role("menu")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_refusal_says_what_happened_and_goes_with_the_next_success(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=9)
    panel = Panel.open(page, stack, deal=9)
    row = panel.row(invoice_id)

    row.choose("Void")
    bookkeeper.act(invoice_id, "pay", amount="10")
    panel.answer(f"Void {row.number}?", "Void invoice")
    expect(row.locator.get_by_role("alert")).to_contain_text("There is money on this invoice")
    expect(row.locator.get_by_text("€10.00 of ")).to_be_visible()
    expect(row.locator.get_by_role("alert")).to_be_visible()

    bookkeeper.act(invoice_id, "unpay")
    expect(row.locator.get_by_text("€10.00 of ")).to_have_count(0)
    row.choose("Void")
    panel.answer(f"Void {row.number}?", "Void invoice")
    row.expect_status("Voided")
    expect(row.locator.get_by_role("alert")).to_have_count(0)


def test_an_invoice_is_e_mailed_once(page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=10)
    panel = Panel.open(page, stack, deal=10)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)

    row.menu().get_by_role("menuitem", name="E-mail to customer").dblclick()
    panel.answer(f"E-mail {row.number}?", "Send e-mail")

    panel.expect_said(f"Xero has sent {row.number} to the customer.")
    expect(row.locator.get_by_text("Sent", exact=True)).to_be_visible()
    assert len(calls(stack.xero_url, method="POST", path=f"{API}/{invoice_id}/Email")) == 1


def test_a_lost_answer_to_an_e_mail_is_told_and_nothing_is_sent_again(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=12)
    panel = Panel.open(page, stack, deal=12)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)
    faults(stack.xero_url, method="POST", path=f"{API}/*", do="drop_after")

    row.choose("E-mail to customer")
    panel.answer(f"E-mail {row.number}?", "Send e-mail")

    expect(row.locator.get_by_role("alert")).to_contain_text("We cannot tell whether the e-mail went")
    expect(row.locator.get_by_role("alert")).to_have_count(1)
    assert len(calls(stack.xero_url, method="POST", path=f"{API}/{invoice_id}/Email")) == 1


def test_an_outcome_that_nobody_knows_shows_as_such_and_the_panel_goes_on_looking(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    invoice_id = make_draft(person, deal=11)
    panel = Panel.open(page, stack, deal=11)
    row = panel.row(invoice_id)
    faults(stack.xero_url, method="POST", path=f"{API}/{invoice_id}", do="drop_after")
    faults(stack.xero_url, method="GET", path=f"{API}/{invoice_id}", do="500")

    row.press("Submit for approval")

    expect(row.locator.get_by_role("alert")).to_contain_text("Xero's answer was lost")
    expect(row.locator.locator("[data-runs='Submitting …']")).to_be_visible()
    expect(row.locator.get_by_role("button", name="Approve")).to_be_disabled()
    with page.expect_request(re.compile(r"/panel/invoices\?")):
        pass


def abort(route: Route) -> None:
    """Let nothing come back."""
    route.abort()


@pytest.mark.parametrize("lost", [abort, partial(Route.fulfill, status=502, body="Bad gateway")])
def test_pressed_again_after_a_lost_answer_it_is_the_same_wish(
    page: Page,
    stack: Stack,
    person: Salesperson,
    bookkeeper: Bookkeeper,
    complaints: Complaints,
    lost: Callable[[Route], None],
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=12)
    panel = Panel.open(page, stack, deal=12)
    row = panel.row(invoice_id)
    forget_calls(stack.xero_url)

    def lose(route: Route) -> None:
        route.fetch()
        lost(route)

    page.route("**/email?*", lose)
    row.choose("E-mail to customer")
    with page.expect_event("requestfinished" if lost is not abort else "requestfailed"):
        panel.answer(f"E-mail {row.number}?", "Send e-mail")
    page.unroute("**/email?*")
    row.choose("E-mail to customer")
    panel.answer(f"E-mail {row.number}?", "Send e-mail")

    panel.expect_said(f"Xero has sent {row.number} to the customer.")
    assert len(calls(stack.xero_url, method="POST", path=f"{API}/{invoice_id}/Email")) == 1
    complaints.found.clear()


def test_a_lost_answer_is_told(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper, complaints: Complaints
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=12)
    panel = Panel.open(page, stack, deal=12)
    row = panel.row(invoice_id)

    page.route("**/email?*", abort)
    row.choose("E-mail to customer")
    panel.answer(f"E-mail {row.number}?", "Send e-mail")

    expect(row.locator.get_by_role("alert")).to_contain_text("No answer came. Try again; it is done only once.")
    assert all("ERR_FAILED" in one or "htmx:error" in one for one in complaints.found)
    complaints.found.clear()
