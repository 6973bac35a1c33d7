"""What a draft lacks or has wrong, found here before Xero is asked, and named by the field where it can be mended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from sync.domain.accounting import REVENUE, Account, DraftLine, Item, TaxRate
from sync.domain.invoice import LineAmountTypes
from sync.domain.totals import line_amount

_NO_PERCENT = Decimal(0)
_HUNDRED = Decimal(100)
# https://developer.xero.com/documentation/api/accounting/invoices (LineAmount)
_LARGEST = Decimal("9999999999.99")


class Issue(StrEnum):
    """What is the matter with a field; the pages hold one translated text for each."""

    MISSING = "missing"
    NO_LINES = "no_lines"
    TAX_OPEN = "tax_open"
    UNLINKED = "unlinked"
    RATE_UNUSABLE = "rate_unusable"
    RATE_REFUSED_BY_ACCOUNT = "rate_refused_by_account"  # detail: the account
    ACCOUNT_UNUSABLE = "account_unusable"
    ITEM_UNUSABLE = "item_unusable"
    DISCOUNT_OUT_OF_RANGE = "discount_out_of_range"
    DISCOUNT_ON_CREDIT = "discount_on_credit"
    TOO_LARGE = "too_large"
    NEGATIVE_TOTAL = "negative_total"
    CURRENCY_NOT_ENABLED = "currency_not_enabled"  # detail: the organisation's currencies
    PERIOD_LOCKED = "period_locked"
    THEME_UNKNOWN = "theme_unknown"
    NOT_ALLOWED = "not_allowed"
    NOT_ALLOWED_IN_XERO = "not_allowed_in_xero"
    CUSTOMER_NAMELESS = "customer_nameless"


@dataclass(frozen=True)
class FieldProblem:
    """One thing to mend; `field` is a name in the window, `lines.3.tax_type` for the fourth line's tax rate."""

    field: str
    issue: Issue
    detail: str = ""


@dataclass(frozen=True)
class Catalogue:
    """What lines may refer to in the organisation, by code."""

    rates: Mapping[str, TaxRate]
    accounts: Mapping[str, Account]
    items: Mapping[str, Item]


def catalogue(*, rates: Sequence[TaxRate], accounts: Sequence[Account], items: Sequence[Item]) -> Catalogue:
    """Put an organisation's lists in order; of accounts those that take sales, and those that an item names."""
    named = {item.account_code for item in items}
    return Catalogue(
        rates={rate.tax_type: rate for rate in rates if rate.is_active},
        accounts={
            one.code: one
            for one in accounts
            if one.is_active and not one.is_system and (one.is_revenue or one.code in named)
        },
        items={item.code: item for item in items},
    )


def settled_line(line: DraftLine, *, known: Catalogue, treatment: LineAmountTypes) -> DraftLine:
    """Give a line as it will be sent, so that Xero adds it up as we do.

    Without a tax type Xero taxes a line by its account's or its item's own rate; so a line whose tax is open goes without
    both, and is worth the same on both sides until a person decides.
    """
    if not line.is_priced or (line.tax_type is None and treatment is not LineAmountTypes.NO_TAX):
        return replace(line, tax_type=None, tax_percent=_NO_PERCENT, account_code=None, item_code=None)
    if treatment is LineAmountTypes.NO_TAX:
        return replace(line, tax_type=None, tax_percent=_NO_PERCENT)
    rate = known.rates.get(line.tax_type or "")
    return replace(line, tax_percent=rate.effective_rate if rate else _NO_PERCENT)


def line_problems(
    lines: Sequence[DraftLine], *, known: Catalogue, treatment: LineAmountTypes, stays_draft: bool
) -> tuple[FieldProblem, ...]:
    """List what Xero would refuse of the lines; more is asked of what is to be submitted or approved (D10)."""
    if not lines:
        return (FieldProblem("lines", Issue.NO_LINES),)
    found: list[FieldProblem] = []
    for at, line in enumerate(lines):
        checks = [*_figures(line), *_references(line, known=known, treatment=treatment)]
        if not stays_draft:
            checks += _unfinished(line, known=known, treatment=treatment)
        found += [replace(problem, field=f"lines.{at}.{problem.field}") for problem in checks]
    return tuple(found)


def _figures(line: DraftLine) -> Iterator[FieldProblem]:
    if not line.description:
        yield FieldProblem("description", Issue.MISSING)
    if not line.is_priced:
        return
    if line.quantity is None:
        yield FieldProblem("quantity", Issue.MISSING)
    if line.unit_amount is None:
        yield FieldProblem("unit_amount", Issue.MISSING)
    yield from _discount(line)
    if abs(line_amount(line=line)) > _LARGEST:
        yield FieldProblem("unit_amount", Issue.TOO_LARGE)


def _discount(line: DraftLine) -> Iterator[FieldProblem]:
    gross = abs((line.quantity or Decimal(0)) * (line.unit_amount or Decimal(0)))
    is_rate_wrong = line.discount_rate is not None and not 0 <= line.discount_rate <= _HUNDRED
    is_amount_wrong = line.discount_amount is not None and not 0 <= line.discount_amount <= gross
    if is_rate_wrong or is_amount_wrong:
        yield FieldProblem("discount", Issue.DISCOUNT_OUT_OF_RANGE)
    # https://github.com/XeroAPI/Xero-OpenAPI/issues/429
    if (line.discount_rate or line.discount_amount) and line.unit_amount is not None and line.unit_amount < 0:
        yield FieldProblem("discount", Issue.DISCOUNT_ON_CREDIT)


def _references(line: DraftLine, *, known: Catalogue, treatment: LineAmountTypes) -> Iterator[FieldProblem]:
    item = known.items.get(line.item_code or "")
    if line.item_code and item is None:
        yield FieldProblem("item_code", Issue.ITEM_UNUSABLE)
    code = line.account_code or (item.account_code if item else "")
    account = known.accounts.get(code)
    if line.account_code and account is None:
        yield FieldProblem("account_code", Issue.ACCOUNT_UNUSABLE)
    if line.tax_type is None or treatment is LineAmountTypes.NO_TAX:
        return
    rate = known.rates.get(line.tax_type)
    if rate is None or (account is None and REVENUE not in rate.classes):
        yield FieldProblem("tax_type", Issue.RATE_UNUSABLE)
    elif account is not None and account.account_class not in rate.classes:
        yield FieldProblem("tax_type", Issue.RATE_REFUSED_BY_ACCOUNT, detail=f"{account.code} {account.name}")


def _unfinished(line: DraftLine, *, known: Catalogue, treatment: LineAmountTypes) -> Iterator[FieldProblem]:
    if not line.is_priced:
        return
    if line.tax_type is None and treatment is not LineAmountTypes.NO_TAX:
        yield FieldProblem("tax_type", Issue.TAX_OPEN)
    item = known.items.get(line.item_code or "")
    if not line.account_code and not (item and item.account_code):
        yield FieldProblem("account_code", Issue.UNLINKED)
