"""What a person may rely on inside Pipedrive, whatever they do with mouse, keyboard and theme."""

import re

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, Request, expect

from tests.browser.panel import make_draft
from tests.browser.test_from_install_to_paid import connect, install, panel_of, prefer
from tests.functional.conftest import addresses_of
from tests.support.stack import Stack
from tests.support.story import Salesperson

BUDGET = 30_000


@pytest.fixture(scope="module", autouse=True)
def connected(chromium: Browser, stack: Stack) -> None:
    """Somebody installed and connected before."""
    page = chromium.new_page(locale="en-GB")
    install(page, stack)
    connect(page)
    prefer(page)
    page.close()


def open_window(page: Page, stack: Stack, *, deal: int) -> FrameLocator:
    """Open the invoice window of a deal, and wait for its form."""
    page.goto(f"{stack.pipedrive_url}/deal/{deal}")
    panel_of(page).get_by_role("button", name="Create invoice").click()
    window = page.frame_locator("iframe[data-extension=modal]")
    window.get_by_role("button", name="Create draft").wait_for()
    return window


def test_the_panels_first_load_keeps_to_its_budget(page: Page, stack: Stack) -> None:
    person = Salesperson(addresses_of(stack))
    for _ in range(3):
        make_draft(person, deal=9)
    loaded: list[Request] = []
    page.on("requestfinished", lambda request: loaded.append(request) if _is_of_panel(request) else None)

    page.goto(f"{stack.pipedrive_url}/deal/9")
    panel_of(page).get_by_role("button", name="Create invoice").wait_for()

    first = [request for request in loaded if "/panel/invoices" not in request.url]
    sizes = [request.sizes() for request in first]
    assert len(first) == 3, "the page, one script, one style sheet"
    assert all(request.url.startswith(stack.app_url) for request in first)
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= BUDGET
    assert page.context.cookies(stack.app_url) == []


def test_the_open_panel_asks_for_news_and_nothing_jumps(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/2")
    button = panel_of(page).get_by_role("button", name="Create invoice")
    button.focus()

    with page.expect_response(re.compile("/panel/invoices")) as news:
        pass

    assert news.value.status == 304
    assert news.value.request.headers["authorization"].startswith("Bearer ")
    expect(button).to_be_focused()


def test_the_panel_follows_the_theme(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/2")
    root = panel_of(page).locator("html")
    expect(root).to_have_attribute("data-theme", "light")

    page.get_by_role("button", name="Light / dark").click()

    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light / dark").click()
    expect(root).to_have_attribute("data-theme", "light")


def test_the_keyboard_opens_the_window_and_closes_it(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/2")
    panel_of(page).get_by_role("button", name="Create invoice").press("Enter")
    cancel = page.frame_locator("iframe[data-extension=modal]").get_by_role("button", name="Cancel")

    cancel.press("Enter")

    expect(page.locator("iframe[data-extension=modal]")).to_have_count(0)


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_field(page: Page, stack: Stack) -> None:
    window = open_window(page, stack, deal=2)
    window.get_by_label("Reference").fill("My own words")
    window.get_by_label("Due date").fill("2020-01-31")

    window.get_by_role("button", name="Create draft").click()

    expect(window.locator(".field", has=window.get_by_label("Due date"))).to_contain_text("on or after the issue date.")
    expect(window.get_by_label("Due date")).to_have_attribute("aria-invalid", "true")
    expect(window.get_by_label("Due date")).to_have_accessible_description(
        "Choose a due date on or after the issue date."
    )
    expect(window.get_by_label("Due date")).to_be_in_viewport(ratio=1)
    expect(window.get_by_label("Due date")).to_be_focused()
    expect(window.get_by_label("Reference")).to_have_value("My own words")
    expect(window.get_by_role("button", name="Create draft")).to_be_enabled()


def test_a_double_click_makes_one_invoice(page: Page, stack: Stack) -> None:
    window = open_window(page, stack, deal=3)
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)

    window.get_by_role("button", name="Create draft").dblclick()

    expect(page.get_by_text("created in Xero.")).to_be_visible()
    expect(panel_of(page).locator("[data-invoice]")).to_have_count(1)
    assert len([request for request in sent if "/invoice?" in request.url]) == 1


def test_settings_open_at_the_top_level(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.pipedrive_url}/settings/marketplace/app/sandbox-pipedrive-client/app-settings")
    settings = page.frame_locator("iframe[data-extension=settings]")

    with page.context.expect_page() as opened:
        settings.get_by_role("button", name="Open settings").click()

    expect(opened.value.get_by_role("heading", name="Everything is ready")).to_be_visible()
    assert opened.value.url == f"{stack.app_url}/setup"


def _is_of_panel(request: Request) -> bool:
    """Whether the panel's frame asked for it, its own page included."""
    return "/panel" in request.frame.url or "/panel" in request.url
