"""The shapes of what is sent, checked before any rule looks at it: as the real one, which cannot even read the rest."""

from typing import Any

from sandbox.xero.errors import bad_data
from sandbox.xero.values import Json

_LISTS = {"LineItems", "Addresses", "Phones", "ContactPersons", "Tracking", "HistoryRecords"}
_OBJECTS = {"Contact", "Invoice", "Account", "SalesDetails", "PurchaseDetails", "PaymentTerms", "Sales", "Bills"}


def check_shape(row: Json) -> None:
    """This will check a document and what is in it.

    :raises Refusal: with a 400 for a list, an object or a plain value where there should be another.
    """
    for key, value in row.items():
        if value is None:
            continue
        if key in _LISTS:
            for inner in _rows(key, value):
                check_shape(inner)
        elif key in _OBJECTS:
            check_shape(_object(key, value))
        elif key[:1].isupper() and key not in _IGNORED and isinstance(value, (list, dict)):
            raise bad_data(f"Json: {key} could not be read")


# Read-only parts of documents that clients send back; no rule reads them.
_IGNORED = {"Payments", "Prepayments", "Overpayments", "CreditNotes", "Attachments", "ValidationErrors", "Warnings"}
_IGNORED |= {"InvoiceAddresses", "ContactGroups", "Balances", "BatchPayments", "BrandingTheme", "Item", "TaxBreakdown"}
_IGNORED |= {"SalesTrackingCategories", "PurchasesTrackingCategories"}
_IGNORED |= {"CreditNote", "Prepayment", "Overpayment", "BatchPayment"}


def _rows(key: str, value: Any) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(inner, dict) for inner in value):
        raise bad_data(f"Json: {key} must be a list of objects")
    return value


def _object(key: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad_data(f"Json: {key} must be an object")
    return value
