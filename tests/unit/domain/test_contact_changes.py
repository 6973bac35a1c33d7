"""What of a contact differs is shown before it is sent; what Pipedrive does not know empties nothing."""

from dataclasses import replace

from sync.domain.accounting import Contact
from sync.domain.contact_changes import ContactField, contact_differences, one_line
from sync.domain.crm import Address
from sync.domain.mapping import Customer

HOME = Address(value="Main St 1, 8011 Bedrock", street="Main St 1", locality="Bedrock", postal_code="8011")
CUSTOMER = Customer(name="Barney", address=HOME, email="b@x.example", tax_number="GB 123 456 789")
CONTACT = Contact("c-1", "Barney", "B@X.example", "ACTIVE", "gb123456789", "", postal=HOME)


def test_case_spaces_and_punctuation_are_no_difference() -> None:
    assert contact_differences(customer=CUSTOMER, contact=CONTACT) == ()


def test_each_field_is_compared() -> None:
    bare = replace(CONTACT, email="", tax_number="", postal=Address())

    found = contact_differences(customer=CUSTOMER, contact=bare)

    assert [one.field for one in found] == [ContactField.ADDRESS, ContactField.EMAIL, ContactField.TAX_NUMBER]
    assert {one.xero for one in found} == {""}


def test_what_pipedrive_does_not_know_stays_as_xero_has_it() -> None:
    nobody = Customer(name="Barney", address=Address(), email="", tax_number="")

    assert contact_differences(customer=nobody, contact=CONTACT) == ()


def test_an_address_is_written_as_it_would_be_printed() -> None:
    assert one_line(HOME) == "Main St 1, 8011 Bedrock"
    assert one_line(Address(value="Somewhere 7")) == "Somewhere 7"
    assert one_line(Address(value="Quay, Bedrock", locality="Bedrock", country="NZ")) == "Bedrock, NZ"
