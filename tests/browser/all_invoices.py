"""The window with all invoices of a deal's contact, as a person uses it, and invoices that were made outside."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import requests
from bs4 import BeautifulSoup
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.panel import Panel
from tests.support.stack import Stack
from tests.support.story import Salesperson


@dataclass(frozen=True)
class AllInvoices:
    """The window of one deal, open in the browser."""

    page: Page
    frame: FrameLocator

    @classmethod
    def open(cls, page: Page, stack: Stack, *, deal: int) -> Self:
        """Go to the deal and choose See all invoices in the panel."""
        panel = Panel.open(page, stack, deal=deal)
        panel.menu().get_by_role("menuitem", name="See all invoices").click()
        return cls(page=page, frame=page.frame_locator("iframe[data-extension=modal]"))

    def expect_invoices(self, *numbers: str) -> None:
        """Wait until exactly these are listed, in this order."""
        expect(self.frame.locator(".row .number")).to_contain_text(numbers)

    def row(self, invoice: dict[str, Any]) -> Locator:
        """Find an invoice."""
        return self.frame.locator(f"#invoice-{invoice['InvoiceID']}")

    def press(self, invoice: dict[str, Any], button: str) -> None:
        """Press an invoice's button, once it can be pressed."""
        found = self.row(invoice).get_by_role("button", name=button)
        expect(found).not_to_have_attribute("aria-disabled", "true")
        found.click()

    def filter(self, name: str, value: str) -> None:
        """Choose one of the filters."""
        self.frame.get_by_role("combobox", name=name).select_option(label=value)

    def close(self) -> None:
        """Close the window with Pipedrive's own button."""
        self.page.get_by_role("dialog").get_by_role("button").first.click()
        expect(self.page.locator("iframe[data-extension=modal]")).to_have_count(0)


def link_contact(person: Salesperson, *, deal: int) -> str:
    """Tell who the deal's customer is in Xero: the one that is most like it; gives the contact's id."""
    answer = person.fragment("GET", "/invoices/contacts", deal_id=deal)
    found = BeautifulSoup(answer.text, "html.parser").select_one("[data-contact]")
    assert found is not None, answer.text
    contact = str(found["data-contact"])
    person.fragment("POST", "/invoices/contact", deal_id=deal, data={"contact_id": contact}).raise_for_status()
    return contact


def make_outside(
    stack: Stack, contact: str, *, reference: str = "", day: date | None = None, count: int = 1, **over: Any
) -> list[dict[str, Any]]:
    """Make invoices over 100 in Xero itself."""
    issued = (day or date.today()).isoformat()  # noqa: DTZ011 - the sandbox has the machine's own day
    line = {"Description": "Signs", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
    body = {
        "Contact": {"ContactID": contact},
        "Date": issued,
        "DueDate": issued,
        "LineAmountTypes": "NoTax",
        "Status": "AUTHORISED",
        "Reference": reference,
        "LineItems": [line],
        **over,
    }
    answer = requests.post(f"{stack.xero_url}/control/invoices", json={"Invoices": [body] * count}, timeout=30)
    answer.raise_for_status()
    return list(answer.json()["Invoices"])
