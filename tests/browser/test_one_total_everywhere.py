"""An invoice has the same total in the browser, on the server and in Xero, to the cent."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from sync.clients import exact_json
from sync.clients.xero.payloads import invoice_body
from sync.domain.accounting import DraftInvoice, DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.totals import Totals, line_amount, totals
from tests.contract.stands import Stand, start
from tests.support.scripts import bundled

MANY = 1_000
IN_ONE_CALL = 50
#: Tax types of the sandbox's Xero, and those that are added to it, by their effective rate.
SEEDED = {"OUTPUT2": "20", "RROUTPUT": "10", "ZERORATEDOUTPUT": "0"}
ADDED = {"TAX010": "5.5", "TAX011": "8.875", "TAX012": "12.5", "TAX013": "15", "TAX014": "19.6", "TAX015": "33.3333"}
RATES = {name: Decimal(percent) for name, percent in (SEEDED | ADDED).items()}


@dataclass(frozen=True)
class Example:
    """An invoice of which only the money matters."""

    lines: tuple[DraftLine, ...]
    treatment: LineAmountTypes
    currency: str = "EUR"


def decimals(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places)


def a_line(**changes: Any) -> DraftLine:
    return replace(DraftLine(description="Signs", quantity=Decimal(1), unit_amount=None, account_code="200"), **changes)


def taxed(line: DraftLine, tax_type: str) -> DraftLine:
    return replace(line, tax_type=tax_type, tax_percent=RATES[tax_type])


QUANTITIES = decimals("0.0001", "5000", 4) | st.integers(1, 50).map(Decimal)
PRICES = decimals("0", "9999", 4) | decimals("0", "99999", 2)
PRICED = (
    st.builds(a_line, quantity=QUANTITIES, unit_amount=PRICES)
    | st.builds(a_line, quantity=QUANTITIES, unit_amount=PRICES, discount_rate=decimals("0.01", "100", 4))
    | st.builds(a_line, quantity=QUANTITIES, unit_amount=PRICES, discount_amount=decimals("0.01", "500", 2))
    # Deal-level discounts and credits; Xero takes no discount on them.
    | st.builds(a_line, quantity=QUANTITIES, unit_amount=decimals("-9999", "-0.0001", 4))
)
LINES = st.builds(taxed, PRICED, st.sampled_from(sorted(RATES))) | st.just(
    DraftLine(description="A line of words", quantity=None, unit_amount=None)
)
EXAMPLES = st.builds(
    Example,
    lines=st.lists(LINES, min_size=1, max_size=8).map(tuple),
    treatment=st.sampled_from(LineAmountTypes),
    currency=st.sampled_from(["EUR", "USD"]),
)


@functools.cache
def a_thousand() -> list[Example]:
    """Generate the invoices: the same ones each time, so that whoever breaks a rounding sees it."""
    found: list[Example] = []

    @settings(
        max_examples=MANY,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(example=EXAMPLES)
    def keep(example: Example) -> None:
        found.append(example)

    keep()
    return found


def published(*amounts: str, percent: str, tax_type: str, treatment: LineAmountTypes) -> Example:
    """Give the lines of one of Xero's own examples."""
    return Example(
        lines=tuple(
            a_line(unit_amount=Decimal(amount), tax_type=tax_type, tax_percent=Decimal(percent)) for amount in amounts
        ),
        treatment=treatment,
    )


#: https://developer.xero.com/documentation/api-guides/rounding-in-xero and …/api/accounting/invoices
PUBLISHED = (
    (
        published("25.06", "25.61", "25.63", percent="15", tax_type="TAX013", treatment=LineAmountTypes.EXCLUSIVE),
        Totals(sub_total=Decimal("76.30"), total_tax=Decimal("11.44"), total=Decimal("87.74")),
    ),
    (
        published("177.00", "-79.00", percent="12.5", tax_type="TAX012", treatment=LineAmountTypes.INCLUSIVE),
        Totals(sub_total=Decimal("87.11"), total_tax=Decimal("10.89"), total=Decimal("98.00")),
    ),
)
#: What the two lines of the second example hold, each: tax of 19.67 and of -8.78.
PUBLISHED_TAXES = (("177.00", "19.67"), ("-79.00", "-8.78"))


@pytest.fixture(scope="module")
def xero() -> Stand:
    """A Xero by itself, with more tax rates than a company has."""
    stand = start("xero")
    active = {"Status": "ACTIVE", "CanApplyToRevenue": True, "ReportTaxType": "OUTPUT", "TaxComponents": []}
    rows = [
        {"TaxType": name, "Name": name, "EffectiveRate": float(percent), "DisplayTaxRate": float(percent), **active}
        for name, percent in ADDED.items()
    ]
    stand.control("organisation", tax_rates=rows)
    return stand


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page with nothing in it but our arithmetic."""
    page = chromium.new_page()
    page.add_script_tag(content=bundled("totals"))
    yield page
    page.close()


def in_the_browser(page: Page, examples: Sequence[Example]) -> list[Totals]:
    """Add up in one go, as the invoice window does it."""
    asked = [{"lines": list(map(as_typed, one.lines)), "treatment": one.treatment.value} for one in examples]
    answers = page.evaluate("asked => asked.map(({lines, treatment}) => tested.totals(lines, treatment))", asked)
    return [Totals(Decimal(one["subTotal"]), Decimal(one["totalTax"]), Decimal(one["total"])) for one in answers]


def as_typed(line: DraftLine) -> dict[str, str | None]:
    """Write a line as it travels to the window."""
    return {
        name: None if (value := getattr(line, name)) is None else format(value, "f")
        for name in ("quantity", "unit_amount", "discount_rate", "discount_amount", "tax_percent")
    }


def on_the_server(examples: Sequence[Example]) -> list[Totals]:
    return [totals(lines=one.lines, treatment=one.treatment) for one in examples]


def in_xero(stand: Stand, examples: Sequence[Example]) -> list[Totals]:
    """Make drafts of them, many in each call, and read what Xero computed."""
    tokens = stand.hand_out()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tokens["tenant_id"]}
    headers |= {"Accept": "application/json", "Content-Type": "application/json"}
    [contact, *_] = asked(stand, "GET", "Contacts", headers)["Contacts"]
    made: list[Totals] = []
    for start_at in range(0, len(examples), IN_ONE_CALL):
        rows = [
            row for one in examples[start_at : start_at + IN_ONE_CALL] for row in invoice_row(one, contact["ContactID"])
        ]
        answer = asked(stand, "PUT", "Invoices?unitdp=4", headers, exact_json.dumps({"Invoices": rows}))
        made += [Totals(row["SubTotal"], row["TotalTax"], row["Total"]) for row in answer["Invoices"]]
    return made


def invoice_row(example: Example, contact_id: str) -> list[Any]:
    draft = DraftInvoice(
        contact_id=contact_id,
        lines=example.lines,
        line_amount_types=example.treatment,
        currency=example.currency,
        issue_date=date(2026, 11, 22),
        due_date=date(2026, 12, 22),
        reference="",
        url="https://instep.example/i/1",
    )
    body: Any = exact_json.loads(invoice_body(draft))
    return list(body["Invoices"])


def asked(stand: Stand, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    answer = requests.request(method, f"{stand.url}/api.xro/2.0/{path}", headers=headers, data=body, timeout=60)
    assert answer.status_code == 200, answer.text[:2_000]
    return exact_json.loads(answer.content)


def test_a_thousand_invoices_have_one_total_each(page: Page, xero: Stand) -> None:
    examples = a_thousand()

    ours = on_the_server(examples)

    assert len(examples) == MANY
    for theirs in (in_the_browser(page, examples), in_xero(xero, examples)):
        different = [one for one in zip(examples, ours, theirs, strict=True) if one[1] != one[2]]
        assert different[:3] == []


def test_the_examples_that_xero_publishes_come_out_everywhere(page: Page, xero: Stand) -> None:
    examples, expected = [example for example, _ in PUBLISHED], [sums for _, sums in PUBLISHED]

    assert on_the_server(examples) == expected
    assert in_the_browser(page, examples) == expected
    assert in_xero(xero, examples) == expected


@pytest.mark.parametrize(("amount", "tax"), PUBLISHED_TAXES)
def test_each_line_of_the_published_example_holds_its_tax(page: Page, xero: Stand, amount: str, tax: str) -> None:
    alone = [published(amount, percent="12.5", tax_type="TAX012", treatment=LineAmountTypes.INCLUSIVE)]

    found = [*on_the_server(alone), *in_the_browser(page, alone), *in_xero(xero, alone)]

    assert {one.total_tax for one in found} == {Decimal(tax)}


def test_a_line_has_the_same_amount_in_the_browser(page: Page) -> None:
    lines = [line for example in a_thousand()[:100] for line in example.lines]

    shown = page.evaluate("lines => lines.map(tested.lineAmount)", list(map(as_typed, lines)))

    assert list(map(Decimal, shown)) == [line_amount(line=line) for line in lines]


def test_nothing_is_ever_minus_nothing(page: Page) -> None:
    crumbs = [a_line(unit_amount=Decimal("-0.001"), tax_percent=Decimal(20))] * 2

    shown = page.evaluate("lines => tested.totals(lines, 'Exclusive')", list(map(as_typed, crumbs)))

    assert shown == {"subTotal": "0.00", "totalTax": "0.00", "total": "0.00"}
