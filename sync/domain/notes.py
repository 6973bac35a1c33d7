"""Remarks on a draft that a person should see; the pages hold one translated text for each code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


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


@dataclass(frozen=True)
class Note:
    """One remark: `subject` names a line where it is about one."""

    code: NoteCode
    subject: str = ""
    values: Mapping[str, Decimal | str] = field(default_factory=dict)
