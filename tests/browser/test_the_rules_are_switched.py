"""An admin tries rules on the last month, switches them on, and sees what comes of it (F29)."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import Panel
from tests.functional.conftest import set_up
from tests.support.axe import violations
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    return set_up(stack)


def test_rules_are_tried_switched_on_and_act(page: Page, stack: Stack, person: Salesperson) -> None:
    come_from_pipedrive(page, person)
    expect(page.get_by_text("All rules are off")).to_be_visible()
    page.get_by_role("link", name="Change rules").click()

    # By keyboard: the choices of a rule, the trial, the way to what came of it.
    won = page.get_by_role("group", name="When a deal is won").get_by_role("combobox", name="Then")
    won.focus()
    page.keyboard.press("m")
    expect(won).to_have_value("draft")
    page.get_by_role("button", name="Try on last month").press("Enter")
    expect(page.get_by_text("Nothing is saved, and nothing was done")).to_be_visible()
    page.get_by_role("link", name="See it below").press("Enter")
    expect(page.get_by_role("heading", name="What would have been done")).to_be_focused()
    expect(page.get_by_role("link", name="Harbour Lane stationery")).to_be_visible()
    assert violations(page.main_frame) == []

    expect(won).to_have_value("draft")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Switched on by Ingrid Halvorsen")).to_be_visible()
    assert violations(page.main_frame) == []

    person.edit_deal(1, status="won")
    panel = Panel.open(page, stack, deal=1)
    expect(panel.frame.locator("[data-invoice] .pill").first).to_have_text("Draft", timeout=15_000)


def test_a_stage_that_is_missing_is_asked_for_where_it_is_missing(page: Page, person: Salesperson) -> None:
    come_from_pipedrive(page, person)
    page.goto(page.url.replace("/setup", "/setup/rules"))
    expect(page.get_by_label("Stage to move it to")).not_to_be_visible()
    paid = page.get_by_role("group", name="When all invoices of a deal are paid")
    paid.get_by_role("combobox", name="Then").select_option(label="Move the deal to a stage")

    page.get_by_role("button", name="Save").click()

    stage = page.get_by_label("Stage to move it to")
    expect(stage).to_be_focused()
    expect(stage).to_have_accessible_description("Choose a stage.")
    assert violations(page.main_frame) == []
    stage.select_option(label="Work under way")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_a_colleague_sees_the_rules_and_can_change_none(page: Page, stack: Stack, person: Salesperson) -> None:
    colleague = Salesperson(person.at, user_id=COLLEAGUE)
    colleague.install()
    come_from_pipedrive(page, colleague)
    page.goto(f"{stack.app_url}/setup/rules")

    for box in page.get_by_role("combobox").all():
        expect(box).to_be_disabled()
    expect(page.get_by_role("button")).to_have_count(0)
    assert violations(page.main_frame) == []


def come_from_pipedrive(page: Page, person: Salesperson) -> None:
    """Go to the setup page, as the button in the settings leads."""
    answer = person.fragment("POST", "/tickets", deal_id=1)
    answer.raise_for_status()
    page.goto(answer.json()["url"])
