"""What an invoice window showed, kept with its intent, so that what was seen is what is sent."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sync.domain.accounting import DraftLine
from sync.domain.crm import Address
from sync.domain.invoice import LineAmountTypes
from sync.domain.mapping import Customer

_AMOUNTS = ("quantity", "unit_amount", "discount_rate", "discount_amount", "tax_percent")


@dataclass(frozen=True)
class Prepared:
    """An invoice as it was shown. `customer_key` is `organization:12` or `person:34`, or empty."""

    lines: tuple[DraftLine, ...]
    treatment: LineAmountTypes
    currency: str
    customer: Customer
    customer_key: str
    #: The contact that this window has created, so that another click does not create another.
    created_contact_id: str = ""


def to_stored(prepared: Prepared) -> dict[str, Any]:
    """Write it as JSON with amounts as text."""
    return {
        "lines": [_line_to_stored(line) for line in prepared.lines],
        "treatment": prepared.treatment.value,
        "currency": prepared.currency,
        "customer": asdict(prepared.customer),
        "customer_key": prepared.customer_key,
        "created_contact_id": prepared.created_contact_id,
    }


def from_stored(stored: dict[str, Any]) -> Prepared:
    """Read it back, exactly."""
    customer = stored["customer"]
    return Prepared(
        lines=tuple(_line_from_stored(line) for line in stored["lines"]),
        treatment=LineAmountTypes(stored["treatment"]),
        currency=stored["currency"],
        customer=Customer(**customer | {"address": Address(**customer["address"])}),
        customer_key=stored["customer_key"],
        created_contact_id=stored.get("created_contact_id", ""),
    )


def _line_to_stored(line: DraftLine) -> dict[str, Any]:
    values = asdict(line)
    return values | {name: None if values[name] is None else str(values[name]) for name in _AMOUNTS}


def _line_from_stored(values: dict[str, Any]) -> DraftLine:
    amounts = {name: None if values[name] is None else Decimal(values[name]) for name in _AMOUNTS}
    return DraftLine(**values | amounts)
