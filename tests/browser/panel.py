"""The panel in a deal's sidebar, as a person uses it."""

from dataclasses import dataclass
from typing import Self

from bs4 import BeautifulSoup
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class Row:
    """One invoice in the panel."""

    page: Page
    locator: Locator
    number: str

    def menu(self) -> Locator:
        """Open the invoice's menu with the mouse."""
        button = self.locator.get_by_role("button", name=f"More for {self.number}")
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        return self.locator.get_by_role("menu")

    def choose(self, item: str) -> None:
        """Choose from the invoice's menu."""
        self.menu().get_by_role("menuitem", name=item).click()

    def press(self, button: str) -> None:
        """Press one of the invoice's own buttons."""
        self.locator.get_by_role("button", name=f"{button} {self.number}").click()

    def expect_status(self, status: str) -> None:
        """Wait until the invoice says so."""
        expect(self.locator.locator(".pill").first).to_have_text(status)


@dataclass(frozen=True)
class Panel:
    """The panel of one deal, open in the browser."""

    page: Page
    frame: FrameLocator

    @classmethod
    def open(cls, page: Page, stack: Stack, *, deal: int) -> Self:
        """Go to the deal."""
        page.goto(f"{stack.pipedrive_url}/deal/{deal}")
        found = cls(page=page, frame=page.frame_locator("iframe[data-extension=panel]"))
        found.frame.locator("#deal").wait_for()
        return found

    def row(self, invoice_id: str) -> Row:
        """Find an invoice."""
        locator = self.frame.locator(f"#invoice-{invoice_id}")
        number = locator.locator(".number").evaluate("link => link.firstChild.data")
        return Row(page=self.page, locator=locator, number=number)

    def menu(self) -> Locator:
        """Open the deal's menu."""
        self.frame.get_by_role("button", name="More for this deal").click()
        return self.frame.locator("#menu-deal")

    def answer(self, question: str, button: str) -> str:
        """Answer Pipedrive's question, and give the words that stood with it."""
        dialog = self.page.get_by_role("dialog", name=question)
        words = dialog.inner_text()
        dialog.get_by_role("button", name=button, exact=True).click()
        return words

    def expect_said(self, sentence: str) -> None:
        """Wait for Pipedrive's snackbar."""
        expect(self.page.locator(".snackbar", has_text=sentence).first).to_be_visible()


def make_draft(person: Salesperson, *, deal: int) -> str:
    """Make another draft of a deal, and give its id."""
    person.create(deal_id=deal).raise_for_status()
    return next(iter(person.statuses(deal)))


def make_approved(person: Salesperson, bookkeeper: Bookkeeper, *, deal: int, paid: str = "") -> str:
    """Make another invoice that is approved in Xero, and perhaps paid in part, and give its id once the panel knows."""
    invoice_id = make_draft(person, deal=deal)
    bookkeeper.act(invoice_id, "approve")
    if paid:
        bookkeeper.act(invoice_id, "pay", amount=paid)
    expected = f"{paid}.00 of" if paid else "Awaiting payment"

    def knows() -> bool:
        row = BeautifulSoup(person.frame("/panel", deal_id=deal).text, "html.parser").select_one(
            f"#invoice-{invoice_id}"
        )
        return row is not None and expected in row.get_text()

    wait_until(knows, seconds=10, what=f"the panel knows that {invoice_id} is approved")
    return invoice_id
