"""What happens to an invoice in Xero shows in the open panel, and Refresh brings what nobody told (F14, F15, F20, F21)."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import Panel, make_draft
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, faults, forget_faults

GENEROUS = 15_000
LOOK = re.compile(r"/panel/invoices\?")
#: The organisation that is connected, as Xero names it in addresses, and where its days begin.
ORGANISATION, SHORT_CODE, ZONE = "Paper Lantern Studio Ltd", "!pLs7q", ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_an_invoice_becomes_overdue_is_credited_and_so_settled(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_draft(person, deal=1)
    row = Panel.open(page, stack, deal=1).row(invoice_id)
    pills = row.locator.locator(".pill")
    today = datetime.now(ZONE).date()
    issued, due = (today - timedelta(days=days) for days in (26, 12))

    bookkeeper.edit(invoice_id, Date=issued.isoformat(), DueDate=due.isoformat())
    bookkeeper.act(invoice_id, "approve")
    expect(pills).to_have_text(["Awaiting payment", "12 days overdue"], timeout=GENEROUS)

    bookkeeper.act(invoice_id, "credit", amount="42.50")
    expect(pills).to_have_text(["Awaiting payment", "12 days overdue", "€42.50 credited"], timeout=GENEROUS)

    bookkeeper.act(invoice_id, "pay")
    expect(pills).to_have_text(["Paid", "€42.50 credited"], timeout=GENEROUS)


def test_what_is_voided_or_deleted_in_xero_shows_without_anyone_asking(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    approved = make_draft(person, deal=2)
    bookkeeper.act(approved, "approve")
    draft = make_draft(person, deal=2)
    panel = Panel.open(page, stack, deal=2)
    panel.row(approved).expect_status("Awaiting payment")

    bookkeeper.act(approved, "void")
    bookkeeper.act(draft, "delete")

    panel.row(approved).expect_status("Voided")
    panel.row(draft).expect_status("Deleted")
    for row in (panel.row(approved), panel.row(draft)):
        expect(
            row.menu().get_by_role("menuitem", name=re.compile("^(Void|Delete|E-mail)"), disabled=False)
        ).to_have_count(0)
        page.keyboard.press("Escape")


def test_the_way_into_xero_names_the_organisation_whichever_the_viewer_was_in(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    invoice_id = make_draft(person, deal=3)
    row = Panel.open(page, stack, deal=3).row(invoice_id)
    for link in (row.locator.locator(".number"), row.menu().get_by_role("menuitem", name="Open in Xero")):
        query = parse_qs(urlsplit(link.get_attribute("href") or "").query)
        assert query["shortcode"] == [SHORT_CODE]
        assert invoice_id in query["redirecturl"][0]

    with page.context.expect_page() as opened:
        row.menu().get_by_role("menuitem", name="Open in Xero").click()

    expect(opened.value.get_by_role("heading", name=row.number)).to_be_visible()
    expect(opened.value.get_by_text(ORGANISATION)).to_be_visible()


def test_refresh_brings_what_xero_told_nobody(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_draft(person, deal=4)
    panel = Panel.open(page, stack, deal=4)
    row = panel.row(invoice_id)
    faults(stack.xero_url, method="POST", path="/webhooks/xero", do="never", times=20)
    with page.expect_response(LOOK):
        bookkeeper.act(invoice_id, "submit")
    row.expect_status("Draft")

    panel.menu().get_by_role("menuitem", name="Refresh").click()

    row.expect_status("Awaiting approval")
    panel.expect_said("Up to date with Xero.")
    forget_faults(stack.xero_url)
