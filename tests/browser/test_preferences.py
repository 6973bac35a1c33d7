"""The preferences as an admin sets them: fields with an example (F3), due dates (F4), saved with their history (F5)."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.functional.conftest import set_up
from tests.support.axe import violations
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import calls, faults, forget_calls

#: The invoice date, for rules whose outcome depends on it.
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    return set_up(stack)


@pytest.fixture
def at_preferences(page: Page, stack: Stack, person: Salesperson) -> Page:
    """The page, opened from Pipedrive."""
    return open_preferences(page, stack, person)


def test_fields_are_chosen_and_the_example_follows(at_preferences: Page, stack: Stack) -> None:
    page = at_preferences
    page.get_by_label("A recent deal").select_option(label="Brightwater trade fair stand")
    expect_example(page, To="Brightwater Studio Ltd", Reference="Brightwater trade fair stand")
    offered = page.get_by_role("combobox", name="Address").locator("option").all_inner_texts()
    assert "Organization: address" in offered
    assert "Organization: VAT number" not in offered

    page.get_by_role("combobox", name="To", exact=True).select_option(label="Deal: title")
    page.get_by_role("combobox", name="Tax number").select_option(label="Organization: VAT number")
    expect_example(page, To="Brightwater trade fair stand", **{"Tax number": "IE3628739LH"})

    page.get_by_role("textbox", name="Reference").fill("No. ")
    page.get_by_role("button", name="{deal_id}").click()
    expect_example(page, Reference=re.compile(r"^No\. \d+$"))
    assert violations(page.main_frame) == []

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Organization: VAT number")).to_be_visible()
    assert violations(page.main_frame) == []


def test_an_unknown_placeholder_is_refused_where_it_stands(at_preferences: Page) -> None:
    page = at_preferences
    page.get_by_role("textbox", name="Reference").fill("{deal_name}")
    expect(page.locator("#example")).to_contain_text("Instep does not know {deal_name}.")

    page.get_by_role("button", name="Save").click()

    field = page.get_by_role("textbox", name="Reference")
    expect(field).to_have_value("{deal_name}")
    expect(field).to_have_accessible_description(re.compile("Instep does not know {deal_name}"))
    expect(field).to_be_focused()
    assert violations(page.main_frame) == []


def test_the_due_date_follows_its_rule(at_preferences: Page) -> None:
    page = at_preferences
    rule, day = page.get_by_role("combobox", name="Due date rule"), page.get_by_role("spinbutton", name="Day(s)")

    rule.select_option(label="Days after the issue date")
    day.fill("0")
    issued = page.locator("#example dl > div", has_text="Issue date").locator("dd")
    expect_example(page, **{"Due date": issued.inner_text()})

    rule.select_option(label="Day of the following month")
    day.fill("20")
    following = datetime(TODAY.year + TODAY.month // 12, TODAY.month % 12 + 1, 20, tzinfo=UTC)
    expect_example(page, **{"Due date": f"20 {following:%b %Y}"})

    rule.select_option(label="Terms in Xero: the contact's, else the organisation's")
    expect(day).to_be_hidden()
    expect(page.locator("#example")).to_contain_text("a contact with terms of its own has those")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Terms in Xero: the contact's, else the organisation's")).to_be_visible()


def test_a_percentage_gets_its_rate(at_preferences: Page) -> None:
    page = at_preferences
    expect(page.get_by_text("Several rates in Xero have this percentage: choose one.").first).to_be_visible()
    page.get_by_role("button", name="Add a percentage").click()
    row = page.locator(".tax-row").last
    expect(row.get_by_label("Percentage")).to_be_focused()
    row.get_by_label("Percentage").fill("5.5")
    rate = row.get_by_label("Rate in Xero")
    rate.select_option(index=2)
    chosen = rate.locator("option:checked").inner_text().rpartition(" · ")[0]

    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Who changed what").click()

    expect(page.get_by_text(f"Tax rate for 5.5%: from automatic to {chosen}")).to_be_visible()


def test_the_second_to_save_is_told_what_the_first_changed(
    at_preferences: Page, stack: Stack, person: Salesperson
) -> None:
    page = at_preferences
    page.get_by_role("textbox", name="Reference").fill("Order {deal_id}")
    person.save_preferences(due_kind="DAYSAFTERBILLDATE", due_day="33").raise_for_status()

    page.get_by_role("button", name="Save").click()

    told = page.get_by_role("alert")
    expect(told).to_contain_text("Ingrid Halvorsen")
    expect(told).to_contain_text("to 33 days after the issue date")
    expect(page.get_by_role("textbox", name="Reference")).to_have_value("Order {deal_id}")
    expect(page.get_by_role("spinbutton", name="Day(s)")).to_have_value("33")
    assert violations(page.main_frame) == []
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Who changed what").click()
    expect(page.locator(".history > li").first).to_contain_text("to “Order {deal_id}”")
    expect(page.locator(".history > li").nth(1)).to_contain_text("to 33 days after the issue date")
    assert violations(page.main_frame) == []


def test_typing_asks_once_it_rests_and_a_slow_example_waits_visibly(at_preferences: Page, stack: Stack) -> None:
    page = at_preferences
    forget_calls(stack.pipedrive_url)
    page.get_by_role("textbox", name="Reference").press_sequentially("{deal_id} and {org_name}", delay=10)
    expect_example(page, Reference=re.compile(r"\d+ and Brightwater"))
    assert len(calls(stack.pipedrive_url, path="/api/v2/deals/")) <= 2

    deal = page.get_by_label("A recent deal").input_value()
    faults(stack.pipedrive_url, method="GET", path=f"/api/v2/deals/{deal}", do="slow", seconds=1)
    page.get_by_role("textbox", name="Reference").fill("{org_name}")
    expect(page.locator(".example[aria-busy=true]")).to_be_visible()
    expect_example(page, Reference=re.compile("^Brightwater"))


def test_xero_is_left_only_after_a_question(at_preferences: Page) -> None:
    page = at_preferences
    page.get_by_role("link", name="Disconnect from Xero").click()

    expect(page.get_by_role("heading", name=re.compile("^Disconnect .+\\?$"))).to_be_visible()
    expect(page.get_by_text("Deals stop following their invoices")).to_be_visible()
    assert violations(page.main_frame) == []
    page.get_by_role("link", name="Keep the connection").click()
    expect(page.get_by_role("link", name="Disconnect from Xero")).to_be_visible()


def test_without_scripts_everything_works_by_buttons(
    context: BrowserContext, stack: Stack, person: Salesperson
) -> None:
    browser = context.browser
    assert browser is not None
    bare = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = open_preferences(bare.new_page(), stack, person)
    page.get_by_role("textbox", name="Reference").fill("By hand {deal_id}")

    page.get_by_role("button", name="Update the example").click()
    expect_example(page, Reference=re.compile("^By hand "))
    page.get_by_role("button", name="Read fields again").click()

    expect(page.get_by_role("textbox", name="Reference")).to_have_value("By hand {deal_id}")
    page.get_by_role("textbox", name="Reference").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    bare.close()


def test_in_french_and_in_the_dark(context: BrowserContext, page: Page, stack: Stack, person: Salesperson) -> None:
    colleague = Salesperson(person.at, user_id=COLLEAGUE)
    colleague.install()
    page.emulate_media(color_scheme="dark")
    open_preferences(page, stack, colleague)

    expect(page.get_by_role("heading", name="Préférences")).to_be_visible()
    page.get_by_role("combobox", name="Destinataire").select_option(label="Contact : nom")
    page.get_by_role("combobox", name=re.compile("^Règle d.échéance$")).select_option("DAYSAFTERBILLDATE")
    page.get_by_role("spinbutton", name="Jour(s)").fill("400")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Jour(s)")).to_have_accessible_description(re.compile("0 à 365"))
    assert violations(page.main_frame) == []
    approve = page.get_by_role("radio", name="Approuver")
    expect(approve).to_be_disabled()

    page.get_by_role("spinbutton", name="Jour(s)").fill("45")
    row = page.locator(".tax-row").last
    row.get_by_label("Pourcentage").fill("7,7")
    row.get_by_label("Taux dans Xero").select_option(index=1)
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_text(re.compile("^45 jours après la date d.émission$"))).to_be_visible()
    page.get_by_role("link", name="Qui a modifié quoi").click()
    newest = page.locator(".history > li").first
    expect(newest).to_contain_text("Camille Roux")
    expect(newest).to_contain_text("Destinataire : de ")
    expect(newest).to_contain_text("à Contact : nom")
    expect(newest).to_contain_text(re.compile(r"Taux de taxe pour 7,7\s%"))
    assert violations(page.main_frame) == []
    assert page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor") != "rgb(255, 255, 255)"


def open_preferences(page: Page, stack: Stack, person: Salesperson) -> Page:
    """Come from Pipedrive to the preferences, as the button in the settings leads."""
    answer = person.fragment("POST", "/tickets", deal_id=1)
    answer.raise_for_status()
    page.goto(answer.json()["url"])
    page.goto(f"{stack.app_url}/setup?change=preferences")
    return page


def expect_example(page: Page, **lines: str | re.Pattern[str]) -> None:
    """Wait until the example says so."""
    for name, value in lines.items():
        row = page.locator("#example dl > div").filter(has=page.locator("dt", has_text=re.compile(f"^{name}$")))
        expect(row.locator("dd")).to_have_text(value)
