"""The invoice window over a deal, as a person uses it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect

from tests.browser.test_from_install_to_paid import panel_of
from tests.support.stack import Stack
from tests.support.vendors import Bookkeeper


@dataclass(frozen=True)
class LineRow:
    """One line of the window."""

    locator: Locator

    def box(self, label: str) -> Locator:
        """Find one of its boxes by what it is called."""
        return self.locator.get_by_label(label, exact=True)

    def type(self, **texts: str) -> None:
        """Type into boxes, and leave the last one."""
        for name, text in texts.items():
            self.box(name.capitalize()).fill(text)
        self.box("Description").focus()

    def choose(self, label: str, value: str) -> None:
        """Choose from a list; it is filled once somebody comes to it."""
        self.box(label).focus()
        self.box(label).select_option(value)

    def link(self, words: str, item: str) -> None:
        """Search an item in place, and take it."""
        self.box("Item in Xero").click()
        self.box("Item in Xero").press_sequentially(words)
        self.locator.page.frame_locator("iframe[data-extension=modal]").locator("#options li", has_text=item).click()

    def press(self, button: str) -> None:
        """Press one of its buttons."""
        self.locator.get_by_role("button", name=button).click()

    @property
    def amount(self) -> Locator:
        """What it comes to."""
        return self.locator.locator(".line-amount")


@dataclass(frozen=True)
class InvoiceWindow:
    """The window, open over the deal."""

    page: Page
    frame: FrameLocator

    @classmethod
    def open(cls, page: Page, stack: Stack, *, deal: int) -> Self:
        """Go to the deal and press Create invoice."""
        page.goto(f"{stack.pipedrive_url}/deal/{deal}")
        panel_of(page).locator("#create").click()
        return cls.over(page)

    @classmethod
    def over(cls, page: Page) -> Self:
        """Wait until the window over the deal knows everything."""
        found = cls(page=page, frame=page.frame_locator("iframe[data-extension=modal]"))
        found.frame.locator("#invoice-form").wait_for()
        expect(found.frame.locator("#customer")).to_have_attribute("aria-busy", "false")
        return found

    def line(self, number: int) -> LineRow:
        """Find a line by its number."""
        return LineRow(self.frame.locator(".line").nth(number - 1))

    def descriptions(self) -> list[str]:
        """Read what the lines say."""
        boxes = self.frame.locator(".line textarea")
        return [str(text) for text in boxes.evaluate_all("boxes => boxes.map(box => box.value)")]

    def box(self, label: str) -> Locator:
        """Find a box of the window by what it is called."""
        return self.frame.get_by_label(label)

    @property
    def total(self) -> Locator:
        """What the invoice comes to."""
        return self.frame.locator(".totals .sum dd")

    def press(self, button: str) -> None:
        """Press a button."""
        self.frame.get_by_role("button", name=button, exact=True).click()

    def expect_said(self, sentence: str) -> None:
        """Wait until a screen reader hears it."""
        expect(self.frame.locator("#status")).to_have_text(sentence)

    def expect_gone(self) -> None:
        """Wait until the window has closed by itself."""
        expect(self.page.locator("iframe[data-extension=modal]")).to_have_count(0)

    def expect_marked(self, box: Locator, sentence: str) -> None:
        """Wait until a box is marked, says what to do, and has the focus."""
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(box).to_have_accessible_description(sentence)
        expect(box).to_be_focused()

    def inside(self) -> Frame:
        """Give the frame itself, for scripts."""
        found = self.page.locator("iframe[data-extension=modal]").element_handle().content_frame()
        assert found is not None
        return found


def booked(bookkeeper: Bookkeeper, reference: str) -> dict[str, Any]:
    """Read the one invoice in Xero's books that carries the reference."""
    [found] = [one for one in bookkeeper.invoices() if one.get("Reference") == reference]
    return bookkeeper.invoice(found["InvoiceID"])


def amount(text: str) -> Decimal:
    """Read an amount of euros as it is shown in English."""
    return Decimal(text.lstrip("€").replace(",", ""))
