"""What is sent to Xero, byte for byte."""

from datetime import date
from decimal import Decimal

import pytest

from sync.clients.xero.payloads import NewContact, contact_body, contact_update_body, invoice_body, status_body
from sync.domain.accounting import DraftInvoice, DraftLine
from sync.domain.crm import Address
from sync.domain.invoice import LineAmountTypes, Status


def test_a_draft_is_written_exactly_and_names_its_contact_by_id_alone() -> None:
    line = DraftLine(
        description="Pencil",
        quantity=Decimal("1.5"),
        unit_amount=Decimal("0.0001"),
        discount_rate=Decimal("12.5"),
        tax_type="OUTPUT2",
        tax_percent=Decimal(20),
        account_code="200",
    )

    assert invoice_body(a_draft(line)) == (
        b'{"Invoices":[{"Type":"ACCREC","Status":"DRAFT","Contact":{"ContactID":"c-1"},"Date":"2026-11-22",'
        b'"DueDate":"2026-12-22","LineAmountTypes":"NoTax","CurrencyCode":"EUR","Reference":"Deal 7",'
        b'"Url":"https://instep.example/i/abc","LineItems":[{"Description":"Pencil","Quantity":1.5,'
        b'"UnitAmount":0.0001,"DiscountRate":12.5,"AccountCode":"200","TaxType":"OUTPUT2"}]}]}'
    )


def test_the_same_draft_is_always_the_same_bytes() -> None:
    assert invoice_body(a_draft(DraftLine("A", Decimal(1), Decimal(2)))) == invoice_body(
        a_draft(DraftLine("A", Decimal(1), Decimal(2)))
    )


def test_a_line_of_words_and_a_discount_of_nothing_stay_out() -> None:
    words = DraftLine("Thank you", quantity=None, unit_amount=None)
    refund = DraftLine("Refund", Decimal(1), Decimal("-5.00"), discount_amount=Decimal("0.00"))

    body = invoice_body(a_draft(words, refund))

    assert body.endswith(
        b'"LineItems":[{"Description":"Thank you"},{"Description":"Refund","Quantity":1,"UnitAmount":-5.00}]}]}'
    )


def test_a_change_of_status_carries_nothing_else() -> None:
    assert status_body(invoice_id="i-1", status=Status.VOIDED) == (
        b'{"Invoices":[{"InvoiceID":"i-1","Status":"VOIDED"}]}'
    )


def test_a_contacts_address_becomes_the_one_that_invoices_print() -> None:
    contact = NewContact(
        name="Gómez",
        email="ann@x.example",
        tax_number="ESB1",
        address=Address("typed", "Gran Vía 12", "Madrid", "Comunidad de Madrid", "28013", "Spain"),
    )

    assert contact_body(contact) == (
        b'{"Contacts":[{"Name":"G\\u00f3mez","EmailAddress":"ann@x.example","TaxNumber":"ESB1",'
        b'"Addresses":[{"AddressType":"POBOX",'
        b'"AddressLine1":"Gran V\\u00eda 12","City":"Madrid","Region":"Comunidad de Madrid",'
        b'"PostalCode":"28013","Country":"Spain"}]}]}'
    )


@pytest.mark.parametrize(
    ("address", "addresses"),
    [
        (Address(), b""),
        (Address("Somewhere 5"), b',"Addresses":[{"AddressType":"POBOX","AddressLine1":"Somewhere 5"}]'),
        (Address("In Hull", locality="Hull"), b',"Addresses":[{"AddressType":"POBOX","City":"Hull"}]'),
    ],
)
def test_a_contact_says_only_what_is_known(address: Address, addresses: bytes) -> None:
    assert contact_body(NewContact("Acme", address=address)) == b'{"Contacts":[{"Name":"Acme"' + addresses + b"}]}"


def a_draft(*lines: DraftLine) -> DraftInvoice:
    return DraftInvoice(
        contact_id="c-1",
        lines=lines,
        line_amount_types=LineAmountTypes.NO_TAX,
        currency="EUR",
        issue_date=date(2026, 11, 22),
        due_date=date(2026, 12, 22),
        reference="Deal 7",
        url="https://instep.example/i/abc",
    )


def test_a_new_address_takes_none_of_the_others_away() -> None:
    others = ({"AddressType": "STREET", "AddressLine1": "Yard 3"},)

    body = contact_update_body(contact_id="c-1", changes={}, address=Address("Hull", locality="Hull"), others=others)

    assert body == (
        b'{"Contacts":[{"ContactID":"c-1","Addresses":[{"AddressType":"POBOX","City":"Hull"},'
        b'{"AddressType":"STREET","AddressLine1":"Yard 3"}]}]}'
    )
