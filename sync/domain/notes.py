"""Remarks on a draft that a person should see; the pages hold one translated text for each code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class NoteCode(StrEnum):
    """What there is to say, with the values that each note carries."""

    RECURRING_ONE_CYCLE = "recurring_one_cycle"  # subject: the product; frequency
    # subject: the product or the discount; difference (our gross less Pipedrive's), never zero
    TREATMENT_CONVERTED = "treatment_converted"
    PRICE_FOLDED = "price_folded"  # subject: the product; finer than four decimals, so the quantity became 1
    DISABLED_LEFT_OUT = "disabled_left_out"  # subject: the product
    DISCOUNT_NOT_APPLIED = "discount_not_applied"  # subject: the discount; nothing one-time to take it from
    DEAL_VALUE_USED = "deal_value_used"  # no products: one line with the deal's title and value
    TAX_AMBIGUOUS = "tax_ambiguous"  # percent, names (of the rates in Xero that fit)
    TAX_MISSING = "tax_missing"  # percent
    INSTALMENTS_LEFT_OUT = "instalments_left_out"
    ACCOUNT_MISSING = "account_missing"
    CUSTOMER_HIDDEN = "customer_hidden"  # the deal has one whom this person may not see


@dataclass(frozen=True)
class Note:
    """One remark: `subject` names a line where it is about one."""

    code: NoteCode
    subject: str = ""
    values: Mapping[str, Decimal | str] = field(default_factory=dict)


def to_plain(note: Note) -> dict[str, object]:
    """Write a remark so that it can be kept as JSON."""
    values = {name: str(value) for name, value in note.values.items()}
    return {"code": note.code.value, "subject": note.subject, "values": values}


def from_plain(plain: Mapping[str, Any]) -> Note:
    """Read it back."""
    values = {name: Decimal(value) if name in _NUMBERS else value for name, value in plain["values"].items()}
    return Note(code=NoteCode(plain["code"]), subject=plain["subject"], values=values)


_NUMBERS = frozenset({"difference", "percent"})
