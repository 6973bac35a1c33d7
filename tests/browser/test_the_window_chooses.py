"""What a salesperson chooses in the window: who it is for, when it is due, how it looks, what is on it (F4, F7 to F11)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.all_invoices import make_outside
from tests.browser.window import InvoiceWindow, booked
from tests.functional.conftest import set_up
from tests.functional.test_preferences_reach_the_invoice import source
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import Bookkeeper, calls, forget_calls

CONTACTS = "/api.xro/2.0/Contacts"


@pytest.fixture(scope="module", autouse=True)
def person(stack: Stack) -> Salesperson:
    """Somebody whose company has tax numbers in Pipedrive, and payment terms in Xero."""
    Bookkeeper(stack.xero_url).allow(minute=10_000)
    person = set_up(stack)
    tax_number = source(person, "tax_number", "Organization: VAT number")
    person.save_preferences(tax_number=tax_number, due_kind="XERO_TERMS").raise_for_status()
    return person


def test_the_likely_contacts_stand_in_order_each_with_its_reason(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    likely = {"Brightwater Studio Limited": "", "Niamh of Brightwater": "niamh@brightwater.example"}
    for name, email in {"Brightwater Studios Ltd": "", **likely}.items():
        make_outside(stack, "", Contact={"Name": name, "EmailAddress": email})
    window = InvoiceWindow.open(page, stack, deal=1)
    expect(window.frame.locator("#chosen")).to_contain_text("Brightwater Studio Ltd.")

    window.press("Change the contact in Xero")

    assert candidates(window) == [
        ("Brightwater Studio Ltd.", "same tax number · accounts@brightwater.example"),
        ("Brightwater Studio Limited", "same name"),
        ("Niamh of Brightwater", "same e-mail · niamh@brightwater.example"),
        ("Brightwater Studios Ltd", "similar name"),
        ("Create Brightwater Studio Ltd in Xero", "a new contact, as Pipedrive knows them"),
    ]
    window.box("Niamh of Brightwater").check()
    expect(window.frame.locator("#customer")).to_have_attribute("aria-busy", "false")
    window.box("Reference").fill("For Niamh")
    window.press("Create draft")
    window.expect_gone()
    assert booked(bookkeeper, "For Niamh")["Contact"]["Name"] == "Niamh of Brightwater"
    again = InvoiceWindow.open(page, stack, deal=7)
    expect(again.frame.locator("#chosen")).to_contain_text("Niamh of Brightwater")
    again.press("Change the contact in Xero")
    assert candidates(again)[0] == ("Niamh of Brightwater", "linked to this customer · niamh@brightwater.example")


def test_the_contact_is_left_alone_until_an_update_is_asked_for(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    contact = person.open_window(deal_id=2).contact_id
    postal = {"AddressType": "POBOX", "AddressLine1": "1 rue Ancienne", "City": "Villeurbanne", "PostalCode": "69100"}
    street = {"AddressType": "STREET", "AddressLine1": "Hangar 3", "City": "Lyon"}
    before = bookkeeper.edit_contact(contact, TaxNumber="FR00000000000", Addresses=[postal, street])
    forget_calls(stack.xero_url)
    window = InvoiceWindow.open(page, stack, deal=2)
    facts = window.frame.locator("#facts")
    for shown in ("1 rue Ancienne", "FR00000000000", "compta@maison-dupre.example"):
        expect(facts).to_contain_text(shown)

    window.press("Create draft")

    window.expect_gone()
    assert calls(stack.xero_url, method="POST", path=CONTACTS) == []
    assert bookkeeper.edit_contact(contact) == before

    again = InvoiceWindow.open(page, stack, deal=2)
    again.box("Update the contact in Xero").check()
    assert again.frame.locator("#differences tbody tr").all_inner_texts() == [
        "Address\t1 rue Ancienne, 69100 Villeurbanne\t8 rue des Écoles, 69005 Lyon, France",
        "E-mail\tcompta@maison-dupre.example\tetienne.dupre@maison-dupre.example",
        "Tax number\tFR00000000000\tFR40303265045",
    ]
    again.press("Create draft")
    again.expect_gone()
    after = bookkeeper.edit_contact(contact)
    assert (after["TaxNumber"], after["EmailAddress"]) == ("FR40303265045", "etienne.dupre@maison-dupre.example")
    addresses = {one["AddressType"]: (one["AddressLine1"], one["City"]) for one in after["Addresses"]}
    assert addresses == {"POBOX": ("8 rue des Écoles", "Lyon"), "STREET": ("Hangar 3", "Lyon")}


def test_it_is_due_by_the_terms_of_whoever_it_is_for(
    page: Page, stack: Stack, person: Salesperson, bookkeeper: Bookkeeper
) -> None:
    contact = person.open_window(deal_id=12).contact_id
    bookkeeper.edit_contact(contact, PaymentTerms={"Sales": {"Day": 21, "Type": "DAYSAFTERBILLDATE"}})
    window = InvoiceWindow.open(page, stack, deal=12)
    issued = date.fromisoformat(window.box("Issue date").input_value())
    own, usual = ((issued + timedelta(days=days)).isoformat() for days in (21, 30))
    expect(window.box("Due date")).to_have_value(own)

    window.press("Change the contact in Xero")
    window.box("Search contacts in Xero").press_sequentially("oakf")
    window.frame.locator("#options li", has_text="Oakfield").click()
    expect(window.box("Due date")).to_have_value(usual)
    window.frame.get_by_role("radio", name="Harbour Lane Dental same name").check()
    expect(window.box("Due date")).to_have_value(own)

    window.box("Reference").fill("On their terms")
    window.press("Create draft")
    window.expect_gone()
    assert booked(bookkeeper, "On their terms")["DueDateString"].startswith(own)


def test_the_template_is_chosen(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=3)
    window.box("Template").select_option(label="Lantern")
    chosen = window.box("Template").input_value()
    window.box("Reference").fill("With a lantern")

    window.press("Create draft")

    window.expect_gone()
    assert booked(bookkeeper, "With a lantern")["BrandingThemeID"] == chosen != ""


def test_a_product_that_the_deal_does_not_count_is_not_invoiced(
    page: Page, stack: Stack, bookkeeper: Bookkeeper
) -> None:
    window = InvoiceWindow.open(page, stack, deal=6)
    assert window.descriptions() == ["Illustration", "Print production"]
    window.box("Reference").fill("What counts")

    window.press("Create draft")

    window.expect_gone()
    lines = booked(bookkeeper, "What counts")["LineItems"]
    assert [line["Description"] for line in lines] == ["Illustration", "Print production"]


def test_discounts_of_the_whole_deal_are_lines_of_their_own(page: Page, stack: Stack, bookkeeper: Bookkeeper) -> None:
    window = InvoiceWindow.open(page, stack, deal=9)
    shown = dict(zip(window.descriptions(), window.frame.locator(".line-amount").all_inner_texts(), strict=True))
    assert list(shown.items())[2:] == [("Remise fidélité", "-503.78"), ("Acompte offert", "-100.00")]
    expect(window.total).to_have_text("€7,335.93")
    window.box("Reference").fill("Discounted")

    window.press("Create draft")

    window.expect_gone()
    invoice = booked(bookkeeper, "Discounted")
    assert invoice["Total"] == Decimal("7335.93")
    amounts = {line["Description"]: line["LineAmount"] for line in invoice["LineItems"]}
    assert amounts == {name: Decimal(text.replace(",", "")) for name, text in shown.items()}


def test_a_line_bears_a_mark_until_it_is_linked(page: Page, stack: Stack) -> None:
    window = InvoiceWindow.open(page, stack, deal=5)
    products = [window.line(number) for number in (1, 2, 3)]
    marks = [line.locator.get_by_title("Not linked to an item in Xero yet") for line in products]
    for mark in marks:
        expect(mark).to_be_visible()

    products[0].link("print", "Print production")

    expect(marks[0]).to_be_hidden()
    for mark in marks[1:]:
        expect(mark).to_be_visible()
    products[0].press("Clear the link to the item")
    expect(marks[0]).to_be_visible()


def candidates(window: InvoiceWindow) -> list[tuple[str, str]]:
    """Read the contacts that are offered, with what is said of each."""
    choices = window.frame.locator("#candidates .choice").all()
    return [(one.locator("strong").inner_text(), one.locator(".muted").inner_text()) for one in choices]
