"""What of a contact in Xero differs from Pipedrive, so that a person sees it before it is sent (F8)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sync.domain.accounting import Contact
from sync.domain.crm import Address
from sync.domain.mapping import Customer


class ContactField(StrEnum):
    """What may be copied to Xero."""

    ADDRESS = "address"
    EMAIL = "email"
    TAX_NUMBER = "tax_number"


@dataclass(frozen=True)
class Difference:
    """One field as Pipedrive and as Xero have it, each in one line."""

    field: ContactField
    pipedrive: str
    xero: str


def contact_differences(*, customer: Customer, contact: Contact) -> tuple[Difference, ...]:
    """List what would change; what Pipedrive does not know never empties a field in Xero."""
    return tuple(_differences(customer=customer, contact=contact))


def one_line(address: Address) -> str:
    """Write an address in one line, as it would be printed from Xero."""
    street = address.street or ("" if address.locality else address.value)
    town = f"{address.postal_code} {address.locality}".strip()
    return ", ".join(filter(None, (street, town, address.region, address.country)))


def _differences(*, customer: Customer, contact: Contact) -> Iterator[Difference]:
    ours, theirs = one_line(customer.address), one_line(contact.postal)
    if ours and _bare(ours) != _bare(theirs):
        yield Difference(ContactField.ADDRESS, ours, theirs)
    if customer.email and customer.email.casefold() != contact.email.casefold():
        yield Difference(ContactField.EMAIL, customer.email, contact.email)
    if customer.tax_number and _bare(customer.tax_number) != _bare(contact.tax_number):
        yield Difference(ContactField.TAX_NUMBER, customer.tax_number, contact.tax_number)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
