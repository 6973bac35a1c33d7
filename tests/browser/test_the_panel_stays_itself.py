"""The panel shows what is so, whatever a person is doing in it meanwhile (F14, F15, F16, F21, F22)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.panel import Panel, make_draft
from tests.functional.conftest import addresses_of, set_up
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import Bookkeeper, calls, faults, forget_calls
from tests.support.waiting import wait_until

API = "/api.xro/2.0/Invoices"
LOOK = re.compile(r"/panel/invoices\?")


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    return set_up(stack)


def test_every_invoice_shows_its_status_by_word_and_shape(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    told = {
        "Draft": (),
        "Awaiting approval": ("submit",),
        "Awaiting payment": ("approve",),
        "Paid": ("approve", "pay"),
        "Voided": ("approve", "void"),
        "Deleted": ("delete",),
    }
    made = {status: make_draft(person, deal=1) for status in told}
    for status, deeds in told.items():
        for deed in deeds:
            bookkeeper.act(made[status], deed)
    panel = Panel.open(page, stack, deal=1)

    for status, invoice_id in made.items():
        panel.row(invoice_id).expect_status(status)
    shapes = {panel.row(one).locator.locator(".pill svg").first.inner_html() for one in made.values()}
    assert len(shapes) == len(told)


def test_an_open_menu_and_its_focus_outlive_news(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_draft(person, deal=2)
    panel = Panel.open(page, stack, deal=2)
    row = panel.row(invoice_id)
    row.menu().get_by_role("menuitem", name="Download PDF").focus()

    bookkeeper.act(invoice_id, "approve")
    row.expect_status("Awaiting payment")

    expect(row.locator.get_by_role("menu")).to_be_visible()
    expect(row.locator.get_by_role("menuitem", name="Download PDF")).to_be_focused()
    expect(row.locator.get_by_role("menuitem", name="Void")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row.locator.get_by_role("button", name="More for")).to_be_focused()


def test_what_had_the_focus_and_is_gone_leaves_it_in_the_menu(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    invoice_id = make_draft(person, deal=2)
    row = Panel.open(page, stack, deal=2).row(invoice_id)
    row.menu().get_by_role("menuitem", name="Delete").focus()

    bookkeeper.act(invoice_id, "approve")
    row.expect_status("Awaiting payment")

    expect(row.locator.get_by_role("menuitem").first).to_be_focused()


def test_the_keyboard_alone_opens_the_menu_and_answers_the_question(
    page: Page, stack: Stack, person: Salesperson
) -> None:
    invoice_id = make_draft(person, deal=3)
    row = Panel.open(page, stack, deal=3).row(invoice_id)
    button, items = row.locator.get_by_role("button", name="More for"), row.locator.get_by_role("menuitem")

    button.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    expect(items.first).to_have_accessible_description("Submit or approve it first.")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(items.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("d")
    expect(items.filter(has_text="Download PDF")).to_be_focused()
    page.keyboard.press("d")
    expect(items.filter(has_text="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete")
    dialog.get_by_role("button", name="Delete invoice").press("Enter")

    row.expect_status("Deleted")
    expect(button).to_be_focused()


def test_a_menu_closes_when_the_person_goes_on_elsewhere(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=3)
    panel = Panel.open(page, stack, deal=3)
    row = panel.row(invoice_id)

    row.menu()
    panel.menu()
    expect(row.locator.get_by_role("menu")).to_have_count(0)
    page.get_by_role("textbox", name="Title").click()

    expect(panel.frame.get_by_role("menu")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()


def test_the_frame_grows_for_a_menu_and_shrinks_again(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=4)
    panel = Panel.open(page, stack, deal=4)
    frame = page.locator("iframe[data-extension=panel]")
    height = panel.frame.locator("body").evaluate("body => body.offsetHeight")
    wait_until(lambda: frame.evaluate("frame => frame.offsetHeight") == height, seconds=5, what="the frame fits")
    before = frame.bounding_box()

    last = panel.row(invoice_id).menu().get_by_role("menuitem").last
    expect(last).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")

    wait_until(lambda: frame.bounding_box() == before, seconds=5, what="the frame is as it was")


def test_who_may_not_approve_is_told_whom_to_ask_in_french_too(page: Page, stack: Stack, person: Salesperson) -> None:
    invoice_id = make_draft(person, deal=1)
    Salesperson(addresses_of(stack), user_id=COLLEAGUE).install()
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    row = Panel.open(page, stack, deal=1).row(invoice_id).locator

    expect(row.get_by_role("button", name="Approuver")).to_have_count(0)
    expect(row.get_by_role("button", name="Soumettre pour approbation")).to_be_visible()
    row.get_by_role("button", name="Autres actions pour").click()
    item = row.get_by_role("menuitem", name="Approuver")
    expect(item).to_be_disabled()
    expect(item).to_have_accessible_description("Demandez-le à un administrateur Pipedrive.")


def test_a_refresh_costs_one_call_and_says_that_all_is_new(page: Page, stack: Stack, person: Salesperson) -> None:
    make_draft(person, deal=6)
    panel = Panel.open(page, stack, deal=6)
    forget_calls(stack.xero_url)

    panel.menu().get_by_role("menuitem", name="Refresh").click()

    panel.expect_said("Up to date with Xero.")
    assert len(calls(stack.xero_url, method="GET", path=API)) == 1


def test_the_contact_is_unlinked_by_name_and_asked_about(page: Page, stack: Stack, person: Salesperson) -> None:
    make_draft(person, deal=7)
    panel = Panel.open(page, stack, deal=7)

    panel.menu().get_by_role("menuitem", name="Unlink Brightwater Studio Ltd").click()
    words = panel.answer("Unlink Brightwater Studio Ltd", "Unlink contact")

    assert "Nothing changes in Xero." in words
    panel.expect_said("The contact is unlinked.")
    expect(panel.menu().get_by_role("menuitem", name="Unlink")).to_have_count(0)


def test_settings_open_from_the_panel(page: Page, stack: Stack, person: Salesperson) -> None:
    panel = Panel.open(page, stack, deal=8)

    with page.context.expect_page() as opened:
        panel.menu().get_by_role("menuitem", name="Settings").click()

    expect(opened.value).to_have_url(f"{stack.app_url}/setup")


def test_a_closed_window_makes_the_panel_look_at_once(page: Page, stack: Stack, person: Salesperson) -> None:
    panel = Panel.open(page, stack, deal=9)
    panel.frame.get_by_role("button", name="Create invoice").click()
    page.frame_locator("iframe[data-extension=modal]").get_by_role("button", name="Cancel").wait_for()

    with page.expect_request(LOOK, timeout=1_000):
        page.get_by_role("dialog").get_by_role("button", name="Close").click()


def test_without_a_connection_a_bar_says_so_and_goes_by_itself(
    page: Page, stack: Stack, person: Salesperson, complaints: Complaints
) -> None:
    make_draft(person, deal=10)
    page.clock.install()
    panel = Panel.open(page, stack, deal=10)
    bar = panel.frame.locator(".offline")
    asked: list[str] = []
    page.on("requestfailed", lambda request: asked.append(request.url))

    page.route(LOOK, lambda route: route.abort())
    for look in range(1, 4):
        assert bar.count() == 0
        page.clock.fast_forward(15_000)
        wait_until(lambda: page.evaluate("1") and len(asked) == look, seconds=5, what=f"look {look} failed")  # noqa: B023 - waited for in the loop
    expect(bar).to_have_text(re.compile(r"^No connection\. Showing \d+:\d\d\.$"))
    expect(panel.frame.get_by_role("status")).to_contain_text("No connection.")

    page.unroute(LOOK)
    page.clock.fast_forward(31_000)
    expect(bar).to_have_count(0)
    expect(panel.frame.get_by_role("status")).to_be_empty()
    assert all("ERR_FAILED" in one or "htmx:error" in one for one in complaints.found)
    complaints.found.clear()


@pytest.mark.usefixtures("person")
def test_a_panel_that_could_not_be_shown_is_tried_again_in_its_place(page: Page, stack: Stack) -> None:
    faults(stack.pipedrive_url, method="GET", path="/api/v2/deals/13*", do="500")
    panel = Panel.open(page, stack, deal=13)
    expect(panel.frame.get_by_role("heading", name="Pipedrive does not answer")).to_be_visible()

    panel.frame.get_by_role("button", name="Try again").click()

    expect(panel.frame.get_by_role("button", name="Create invoice")).to_be_visible(timeout=1_500)
