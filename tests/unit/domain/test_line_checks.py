"""What Xero would refuse of a draft's lines is found here, by the field where it can be mended."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sync.domain.accounting import Account, DraftLine, Item, TaxRate
from sync.domain.invoice import LineAmountTypes
from sync.domain.line_checks import Catalogue, catalogue, line_problems, settled_line

EXCLUSIVE, NO_TAX = LineAmountTypes.EXCLUSIVE, LineAmountTypes.NO_TAX
LINE = DraftLine("Lens", Decimal(1), Decimal(10), tax_type="OUTPUT2", account_code="200")
WORDS = DraftLine("Only words", None, None)


def test_a_complete_line_has_no_problem() -> None:
    assert problems(LINE) == problems(WORDS) == {}


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"description": ""}, {"lines.0.description": "missing"}),
        ({"quantity": None}, {"lines.0.quantity": "missing"}),
        ({"unit_amount": None}, {"lines.0.unit_amount": "missing"}),
        ({"discount_rate": Decimal("100.01")}, {"lines.0.discount": "discount_out_of_range"}),
        ({"discount_rate": Decimal(-1)}, {"lines.0.discount": "discount_out_of_range"}),
        ({"discount_amount": Decimal("10.01")}, {"lines.0.discount": "discount_out_of_range"}),
        ({"discount_amount": Decimal(-1)}, {"lines.0.discount": "discount_out_of_range"}),
        ({"discount_amount": Decimal(1), "unit_amount": Decimal(-1)}, {"lines.0.discount": "discount_on_credit"}),
        ({"quantity": Decimal(10) ** 9, "unit_amount": Decimal(10)}, {"lines.0.unit_amount": "too_large"}),
        ({"item_code": "GONE"}, {"lines.0.item_code": "item_unusable"}),
        ({"account_code": "GONE"}, {"lines.0.account_code": "account_unusable"}),
        ({"account_code": "OLD"}, {"lines.0.account_code": "account_unusable"}),
        ({"account_code": "610"}, {"lines.0.account_code": "account_unusable"}),
        ({"tax_type": "OLD"}, {"lines.0.tax_type": "rate_unusable"}),
        ({"tax_type": "INPUT2"}, {"lines.0.tax_type": "rate_refused_by_account"}),
        ({"tax_type": "INPUT2", "account_code": None}, {"lines.0.tax_type": "rate_unusable"}),
        ({"account_code": "830"}, {"lines.0.tax_type": "rate_refused_by_account"}),
        ({"account_code": None, "item_code": "RENT"}, {"lines.0.tax_type": "rate_refused_by_account"}),
    ],
)
def test_what_xero_would_refuse_is_named(over: dict[str, object], problem: dict[str, str]) -> None:
    assert problems(replace(LINE, **over)) == problem  # type: ignore[arg-type]  # any field of a line


def test_a_draft_may_be_unfinished_and_what_is_submitted_may_not() -> None:
    bare = replace(LINE, tax_type=None, account_code=None)

    assert problems(bare) == {}
    assert problems(bare, stays_draft=False) == {"lines.0.tax_type": "tax_open", "lines.0.account_code": "unlinked"}
    assert problems(bare, treatment=NO_TAX, stays_draft=False) == {"lines.0.account_code": "unlinked"}
    assert problems(WORDS, stays_draft=False) == {}
    of_item = replace(LINE, account_code=None, item_code="LENS")
    assert problems(of_item, stays_draft=False) == {}
    assert problems(replace(of_item, item_code="BARE"), stays_draft=False) == {"lines.0.account_code": "unlinked"}


def test_an_invoice_needs_a_line() -> None:
    found = line_problems([], known=books(), treatment=EXCLUSIVE, stays_draft=True)

    assert [(one.field, one.issue.value) for one in found] == [("lines", "no_lines")]


def test_a_line_is_sent_so_that_xero_adds_it_up_as_we_do() -> None:
    settled = settled_line(replace(LINE, item_code="LENS"), known=books(), treatment=EXCLUSIVE)
    assert (settled.tax_percent, settled.account_code, settled.item_code) == (Decimal(15), "200", "LENS")

    is_open = settled_line(replace(LINE, tax_type=None, item_code="LENS"), known=books(), treatment=EXCLUSIVE)
    assert (is_open.tax_percent, is_open.account_code, is_open.item_code) == (Decimal(0), None, None)

    untaxed = settled_line(LINE, known=books(), treatment=NO_TAX)
    assert (untaxed.tax_type, untaxed.tax_percent, untaxed.account_code) == (None, Decimal(0), "200")

    words = settled_line(replace(WORDS, account_code="200", tax_type="OUTPUT2"), known=books(), treatment=EXCLUSIVE)
    assert words == WORDS


def problems(line: DraftLine, *, treatment: LineAmountTypes = EXCLUSIVE, stays_draft: bool = True) -> dict[str, str]:
    """Give what is wrong with one line, by field."""
    found = line_problems([line], known=books(), treatment=treatment, stays_draft=stays_draft)
    return {problem.field: problem.issue.value for problem in found}


def books() -> Catalogue:
    """Give an organisation's lists."""
    return catalogue(
        rates=[
            TaxRate("OUTPUT2", "15% GST on Income", Decimal(15), is_active=True, classes=frozenset({"REVENUE"})),
            TaxRate("INPUT2", "15% GST on Expenses", Decimal(15), is_active=True, classes=frozenset({"EXPENSE"})),
            TaxRate("OLD", "12.5%", Decimal("12.5"), is_active=False, classes=frozenset({"REVENUE"})),
        ],
        accounts=[
            Account("200", "Sales", "OUTPUT2", is_active=True, account_class="REVENUE", is_system=False),
            Account("OLD", "Old sales", "OUTPUT2", is_active=False, account_class="REVENUE", is_system=False),
            Account("610", "Debtors", "NONE", is_active=True, account_class="ASSET", is_system=True),
            Account("830", "Deposits", "NONE", is_active=True, account_class="LIABILITY", is_system=False),
        ],
        items=[
            Item("i-1", "LENS", "Lens", "", Decimal(10), "200", "OUTPUT2", is_sold=True),
            Item("i-3", "BARE", "No account", "", None, "", "", is_sold=True),
            Item("i-2", "RENT", "Deposit", "", Decimal(10), "830", "NONE", is_sold=True),
        ],
    )
