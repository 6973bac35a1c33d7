"""A person installs the app, connects Xero, makes the invoice of a deal, and sees it paid without touching the page."""

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from tests.support.stack import Stack

DEAL = 1
PROMISED = 5_000


def test_the_whole_story(context: BrowserContext, page: Page, stack: Stack) -> None:
    install(page, stack)
    connect(page)
    prefer(page)
    page.goto(f"{stack.pipedrive_url}/deal/{DEAL}")
    panel = panel_of(page)
    expect(panel.get_by_role("heading", name="No invoice yet")).to_be_visible()

    create_draft(page, panel)
    expect_says(page, panel, pill="Draft", status="Draft")

    xero = open_in_xero(context, panel)
    xero.get_by_role("button", name="Approve").click()
    expect_says(page, panel, pill="Awaiting payment", status="Awaiting payment", due="€7,042.50")

    xero.get_by_role("textbox", name="Amount").fill("1000")
    xero.get_by_role("button", name="Pay in part").click()
    expect_says(page, panel, pill="Awaiting payment", status="Awaiting payment", paid="€1,000.00", due="€6,042.50")
    expect(panel.get_by_text("€6,042.50 due", exact=True)).to_be_visible()

    xero.get_by_role("button", name="Pay in full").click()
    expect_says(page, panel, pill="Paid", status="Paid", paid="€7,042.50", due="€0.00")


def install(page: Page, stack: Stack) -> None:
    """Press Install in the marketplace, and allow it."""
    page.goto(f"{stack.pipedrive_url}/marketplace")
    page.get_by_role("link", name="Install", exact=True).click()
    page.get_by_role("button", name="Allow and install").click()
    expect(page.get_by_role("heading", name="Connect Xero")).to_be_visible()


def connect(page: Page) -> None:
    """Connect the first organisation that Xero offers."""
    page.get_by_role("button", name="Connect to Xero").click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_text("Xero is connected.")).to_be_visible()


def prefer(page: Page) -> None:
    """Choose the account for lines, without which Xero approves nothing."""
    page.get_by_label("Account for lines").select_option("200")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Back to Pipedrive")).to_be_visible()


def panel_of(page: Page) -> FrameLocator:
    """Look into the panel in the deal's sidebar."""
    return page.frame_locator("iframe[data-extension=panel]")


def create_draft(page: Page, panel: FrameLocator) -> None:
    """Make the invoice in the window, which goes when it is done."""
    panel.get_by_role("button", name="Create invoice").click()
    window = page.frame_locator("iframe[data-extension=modal]")
    expect(window.locator(".totals .sum dd")).to_have_text("€7,042.50")
    window.get_by_role("button", name="Create draft").click()
    expect(page.get_by_text("created in Xero.")).to_be_visible(timeout=15_000)
    expect(page.locator("iframe[data-extension=modal]")).to_have_count(0)


def open_in_xero(context: BrowserContext, panel: FrameLocator) -> Page:
    """Follow the invoice's number to Xero, in a tab of its own."""
    with context.expect_page() as opened:
        panel.get_by_role("link", name="Open in Xero").click()
    return opened.value


def expect_says(page: Page, panel: FrameLocator, *, pill: str, **fields: str) -> None:
    """Back at the deal, the panel and the deal's own fields say so in time, with nobody reloading anything."""
    page.bring_to_front()
    expect(panel.locator(".invoice .pill").first).to_have_text(pill, timeout=PROMISED)
    for name, text in fields.items():
        expect(field_of(page, name)).to_have_text(text, timeout=PROMISED)


def field_of(page: Page, name: str) -> Locator:
    """Find one of our fields among the deal's details."""
    label = "Xero invoice status" if name == "status" else f"Xero {name}"
    return page.locator("#fields dt", has_text=label).locator("+ dd")
