"""An invoice as Xero knows it, its six statuses, and the standing that we derive beside them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Xero's six statuses, by Xero's names on the wire."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


class LineAmountTypes(StrEnum):
    """Tax treatment of an invoice's line amounts, in Xero's exact case."""

    EXCLUSIVE = "Exclusive"
    INCLUSIVE = "Inclusive"
    NO_TAX = "NoTax"


class Standing(StrEnum):
    """What is derived from an invoice and today's date."""

    OVERDUE = "overdue"
    PART_PAID = "part_paid"
    CREDITED = "credited"
    SENT = "sent"


@dataclass(frozen=True)
class Invoice:
    """A Xero sales invoice or bill as fetched; amounts in its own currency, `updated_at` in UTC."""

    invoice_id: str
    type: str
    number: str
    status: Status
    contact_id: str
    contact_name: str
    currency: str
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    amount_due: Decimal
    amount_paid: Decimal
    amount_credited: Decimal
    issue_date: date | None
    due_date: date | None
    reference: str
    url: str
    sent_to_contact: bool
    updated_at: datetime

    @property
    def is_sales(self) -> bool:
        """Whether this is a sales invoice; bills share the same events and are dropped."""
        return self.type == "ACCREC"


def standings(invoice: Invoice, *, today: date) -> frozenset[Standing]:
    """Derive what stands beside the status on the organisation's own calendar day `today`."""
    found = set()
    if invoice.status is Status.AUTHORISED:
        if invoice.due_date and invoice.due_date < today and invoice.amount_due > 0:
            found.add(Standing.OVERDUE)
        if invoice.amount_paid > 0 and invoice.amount_due > 0:
            found.add(Standing.PART_PAID)
    if invoice.amount_credited > 0:
        found.add(Standing.CREDITED)
    if invoice.sent_to_contact and invoice.status in (Status.SUBMITTED, Status.AUTHORISED, Status.PAID):
        found.add(Standing.SENT)
    return frozenset(found)
