"""Camille works in French and in the dark, from the first look to the invoice."""

from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_from_install_to_paid import connect, install, prefer
from tests.browser.window import InvoiceWindow, booked
from tests.functional.conftest import addresses_of
from tests.support.axe import violations
from tests.support.spoken import untranslated
from tests.support.stack import Stack
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import Bookkeeper


@pytest.fixture(scope="module", autouse=True)
def connected(chromium: Browser, stack: Stack) -> None:
    """Ingrid connected, and Camille allowed the app for herself."""
    page = chromium.new_page(locale="en-GB")
    install(page, stack)
    connect(page)
    prefer(page)
    page.close()
    Salesperson(addresses_of(stack), user_id=COLLEAGUE).install()


def test_an_invoice_in_french_and_dark(page: Page, stack: Stack) -> None:
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    page.goto(f"{stack.pipedrive_url}/deal/2")
    page.get_by_role("button", name="Light / dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    window = InvoiceWindow.open(page, stack, deal=2)
    expect(window.frame.locator("html")).to_have_attribute("data-theme", "dark")
    expect(window.frame.locator("html")).to_have_attribute("lang", "fr")

    line = window.line(2).locator
    line.get_by_label("Quantité").fill("1 234,5")
    line.get_by_label("Prix").fill("0,3475")
    line.get_by_label("Quantité").focus()
    expect(line.get_by_label("Quantité")).to_have_value("1\u202f234,5")
    expect(window.line(2).amount).to_have_text("428,99")
    window.frame.get_by_label("Référence").fill("En français")
    expect(window.total).to_have_text("9\u202f798,99\u00a0€")
    assert untranslated(window.inside(), language="fr") == []
    assert violations(window.inside()) == []
    window.press("Créer le brouillon")

    window.expect_gone()
    expect(page.locator(".snackbar").first).to_contain_text("Xero")
    assert booked(Bookkeeper(stack.xero_url), "En français")["Total"] == Decimal("9798.99")


def test_what_is_wrong_is_said_in_french(page: Page, stack: Stack) -> None:
    page.request.post(f"{stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    window = InvoiceWindow.open(page, stack, deal=5)
    price = window.line(1).locator.get_by_label("Prix")
    price.fill("douze")

    window.press("Créer le brouillon")

    window.expect_marked(price, "Écrivez un nombre comme 1\u202f234,50, avec quatre décimales au plus.")
    assert untranslated(window.inside(), language="fr") == []
