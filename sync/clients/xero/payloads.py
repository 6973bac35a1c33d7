"""What we send to Xero, as the bytes that are written down before they are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sync.clients import exact_json
from sync.clients.answers import dict_of, dicts_of
from sync.clients.xero._addresses import postal_address
from sync.domain.accounting import DraftInvoice, DraftLine
from sync.domain.crm import Address
from sync.domain.invoice import Status


@dataclass(frozen=True)
class NewContact:
    """A contact to be created."""

    name: str
    email: str = ""
    tax_number: str = ""
    address: Address = field(default_factory=Address)


# https://developer.xero.com/documentation/api/accounting/invoices (PUT Invoices)
def invoice_body(draft: DraftInvoice) -> bytes:
    """Write a draft invoice; of the contact only its id, for any other field would edit the customer's record."""
    invoice = {
        "Type": "ACCREC",
        "Status": Status.DRAFT.value,
        "Contact": {"ContactID": draft.contact_id},
        "Date": draft.issue_date.isoformat(),
        "DueDate": draft.due_date.isoformat(),
        "LineAmountTypes": draft.line_amount_types.value,
        "CurrencyCode": draft.currency,
        "Reference": draft.reference,
        "Url": draft.url,
        "BrandingThemeID": draft.theme_id,
        "LineItems": [_line(line) for line in draft.lines],
    }
    return exact_json.dumps({"Invoices": [_without_empty(invoice)]})


# https://developer.xero.com/documentation/api/accounting/invoices (deleting, voiding)
def status_body(*, invoice_id: str, status: Status) -> bytes:
    """Write a change of status and nothing else: lines that came along could fail or be rounded anew."""
    return exact_json.dumps({"Invoices": [{"InvoiceID": invoice_id, "Status": status.value}]})


# https://developer.xero.com/documentation/api/accounting/contacts (PUT Contacts)
def contact_body(contact: NewContact) -> bytes:
    """Write a new contact; its address becomes the postal one, which is what invoices print."""
    content = {
        "Name": contact.name,
        "EmailAddress": contact.email,
        "TaxNumber": contact.tax_number,
        "Addresses": _addresses(contact.address),
    }
    return exact_json.dumps({"Contacts": [_without_empty(content)]})


# https://developer.xero.com/documentation/api/accounting/contacts (POST Contacts)
def contact_update_body(
    *,
    contact_id: str,
    changes: Mapping[str, str],
    address: Address | None,
    others: Sequence[Mapping[str, str]] = (),
) -> bytes:
    """Write what changes of a contact by Xero's names, and nothing else; `address` becomes the postal one (F8).

    Addresses go together: one that is not sent might be taken as one that is no more.
    """
    content: dict[str, object] = {"ContactID": contact_id, **changes}
    if address is not None:
        content["Addresses"] = [*_addresses(address), *others]
    return exact_json.dumps({"Contacts": [content]})


def contact_in(body: bytes) -> dict[str, Any]:
    """Read what a change of a contact asks for, by Xero's names."""
    [asked] = dicts_of(dict_of(exact_json.loads(body))["Contacts"])
    return asked


def postal_in(asked: dict[str, Any]) -> Address | None:
    """Read the postal address that it asks for; None where it leaves the addresses alone."""
    return postal_address(asked) if "Addresses" in asked else None


def _line(line: DraftLine) -> Mapping[str, object]:
    # No LineAmount: with a discount Xero would hold it against its own sum and refuse (Xero-NetStandard#74).
    return _without_empty(
        {
            "Description": line.description,
            "Quantity": line.quantity,
            "UnitAmount": line.unit_amount,
            "DiscountRate": _unless_zero(line.discount_rate),
            "DiscountAmount": _unless_zero(line.discount_amount),
            "ItemCode": line.item_code,
            "AccountCode": line.account_code,
            "TaxType": line.tax_type,
        }
    )


def _unless_zero(amount: Decimal | None) -> Decimal | None:
    # A discount of zero on a negative price is refused (Xero-OpenAPI#429).
    return amount or None


def _addresses(address: Address) -> list[Mapping[str, object]]:
    parts = _without_empty(
        {
            "AddressLine1": address.street or (address.value if not address.locality else ""),
            "City": address.locality,
            "Region": address.region,
            "PostalCode": address.postal_code,
            "Country": address.country,
        }
    )
    return [{"AddressType": "POBOX", **parts}] if parts else []


def _without_empty(content: Mapping[str, object]) -> Mapping[str, object]:
    return {key: value for key, value in content.items() if value is not None and value not in ("", [])}
