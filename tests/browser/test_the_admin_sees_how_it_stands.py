"""An admin sees that all is well, or what is not and why, and a salesperson sees on the deal what waits (F31)."""

import re
import uuid

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.panel import Panel, make_approved
from tests.functional.conftest import set_up
from tests.support.axe import violations
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import Bookkeeper, faults
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_all_is_well_with_the_last_word_of_both(page: Page, stack: Stack, person: Salesperson) -> None:
    person.panel(1)
    open_settings(page, stack, person)
    page.get_by_role("link", name="Is everything in step?").click()

    expect(page.get_by_role("heading", name="All is well")).to_be_visible()
    expect(page.locator("section[aria-labelledby=heard] time").first).to_have_text(re.compile(r"\d\d:\d\d$"))
    assert violations(page.main_frame) == []


def test_a_rule_that_stopped_is_told_and_tried_again(page: Page, stack: Stack, person: Salesperson) -> None:
    lonely = {"title": "Nobody's", "org_id": None, "person_id": None}
    made = requests.post(f"{stack.pipedrive_url}/control/deals", json=lonely, timeout=10)
    deal = int(made.json()["id"])
    person.panel(deal)
    person.switch_rules(won_does="draft").raise_for_status()
    person.edit_deal(deal, status="won")
    wait_until(lambda: "A rule stopped" in person.panel(deal), seconds=15, what="the panel says that it stopped")
    open_standing(page, stack, person)
    stopped = page.get_by_role("region", name=re.compile("Rules stopped"))
    expect(stopped).to_contain_text("When a deal is won: The deal has no customer")
    assert violations(page.main_frame) == []

    stopped.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("Instep tries again now.")).to_be_visible()
    wait_until(lambda: "A rule stopped" in person.panel(deal), seconds=15, what="it has stopped once more")
    panel = Panel.open(page, stack, deal=deal)
    panel.frame.get_by_role("button", name="Try again").click()
    panel.expect_said("Instep tries again now.")


def test_who_is_no_admin_is_told_whom_to_ask(
    page: Page, stack: Stack, person: Salesperson, complaints: Complaints
) -> None:
    colleague = Salesperson(person.at, user_id=COLLEAGUE)
    colleague.install()

    open_standing(page, stack, colleague)
    complaints.forgive("status of 403")

    expect(page.get_by_text("Ingrid Halvorsen")).to_be_visible()
    assert violations(page.main_frame) == []
    page.get_by_role("link", name=re.compile("Back|Retour")).click()
    expect(page.get_by_role("link", name=re.compile("in step|à jour"))).to_have_count(0)


def test_a_lost_e_mail_is_on_the_deal_and_with_the_admin(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=2)
    faults(stack.xero_url, method="POST", path=f"/api.xro/2.0/Invoices/{invoice_id}/Email", do="drop_after")
    url = f"/panel/invoices/{invoice_id}/email"
    person.fragment("POST", url, deal_id=2, data={"key": str(uuid.uuid4())})

    row = Panel.open(page, stack, deal=2).row(invoice_id)
    expect(row.locator).to_contain_text("We cannot tell whether the e-mail went")

    open_standing(page, stack, person)
    expect(page.get_by_role("region", name=re.compile("asked of Xero"))).to_contain_text(row.number)


def test_a_limit_of_xero_s_is_told_with_its_end_on_the_deal_and_to_the_admin(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_approved(person, bookkeeper, deal=1)
    bookkeeper.allow(minute=10_000, day=1)

    bookkeeper.act(invoice_id, "pay")

    panel = Panel.open(page, stack, deal=1)
    rests = panel.frame.get_by_role("status").filter(has_text="Xero takes no more calls for now")
    expect(rests).to_contain_text("Next try:")
    expect(panel.row(invoice_id).locator.locator(".pill").first).to_have_text("Awaiting payment")

    open_standing(page, stack, person)
    waits = page.get_by_role("region", name=re.compile("Xero takes no more calls"))
    expect(waits).to_contain_text("Next try:")
    expect(waits.get_by_role("button")).to_have_count(0)


def open_settings(page: Page, stack: Stack, person: Salesperson) -> None:
    """Go to the settings as Pipedrive's frame lets a person out."""
    answer = person.fragment("POST", "/tickets", deal_id=1)
    answer.raise_for_status()
    page.goto(answer.json()["url"])
    page.goto(f"{stack.app_url}/setup")


def open_standing(page: Page, stack: Stack, person: Salesperson) -> None:
    """Go straight to how the company stands."""
    open_settings(page, stack, person)
    page.goto(f"{stack.app_url}/setup/standing")
