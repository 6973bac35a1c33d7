"""The window reads numbers as people write them, and reckons dates and prices as the server does."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from sync.domain.due import DueKind, DueRule, due_date
from sync.domain.invoice import LineAmountTypes
from sync.domain.treatment import converted
from tests.support.scripts import bundled

EMPTY, WRONG = None, "not a number"


@pytest.fixture
def script(chromium: Browser) -> Iterator[Page]:
    """A page in which our scripts can be asked."""
    page = chromium.new_page()
    yield page
    page.close()


def ask(page: Page, module: str, function: str, calls: list[list[Any]]) -> list[Any]:
    """Call one function many times."""
    page.add_script_tag(content=bundled(f"window/{module}"))
    asked = f"calls => calls.map(call => tested.{function}(...call) ?? null)"
    return list(page.evaluate(asked, calls))


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        (
            "en-GB",
            {
                "1,234.50": "1234.5",
                "0,125": "0.125",
                "012,500": "12.5",
                "0,125,000": WRONG,
                "1234.5000": "1234.5",
                " 7 ": "7",
                ".5": "0.5",
                "-12.3456": "-12.3456",
                "\u22125": "-5",
                "1,234,567": "1234567",
                "1.234,5": "1234.5",
                "12,5": "12.5",
                "0012": "12",
                "-0.00": "0",
                "": EMPTY,
                "abc": WRONG,
                "1.23456": WRONG,
                "1,23,456": WRONG,
                "1.2.3": WRONG,
                "--1": WRONG,
                "1234567890123": WRONG,
            },
        ),
        (
            "fr-FR",
            {
                "1 234,50": "1234.5",
                "1\u202f234,50": "1234.5",
                "1\u00a0234,50": "1234.5",
                "12.5": "12.5",
                "1.234": "1.234",
                "1,234": "1.234",
                "1,234.50": "1234.5",
            },
        ),
        ("de-DE", {"1.234": "1234", "1.234,5": "1234.5", "12.5": "12.5", "0.125": "0.125", "1,2345": "1.2345"}),
        ("de-CH", {"1\u2019234.50": "1234.5", "1'234.5": "1234.5"}),
    ],
)
def test_numbers_are_read_by_the_locale(script: Page, locale: str, texts: dict[str, str | None]) -> None:
    script.evaluate("locale => document.documentElement.dataset.locale = locale", locale)
    script.add_script_tag(content=bundled("window/numbers"))
    read = "texts => texts.map(text => { const n = tested.parseNumber(text, 4); return n === undefined ? 'not a number' : n; })"

    assert dict(zip(texts, script.evaluate(read, [*texts]), strict=True)) == texts


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        ("en-GB", ["1,234.50", "3.4567", "-50.00", "€7,042.50"]),
        ("fr-FR", ["1\u202f234,50", "3,4567", "-50,00", "7\u202f042,50\u00a0€"]),
    ],
)
def test_numbers_are_written_by_the_locale(script: Page, locale: str, shown: list[str]) -> None:
    script.evaluate("locale => document.documentElement.dataset.locale = locale", locale)

    prices = ask(script, "numbers", "priceText", [["1234.5"], ["3.4567"], ["-50"]])
    money = ask(script, "numbers", "moneyText", [["7042.50", "EUR"]])

    assert prices + money == shown


def test_the_due_date_is_the_servers(script: Page) -> None:
    days = [date(2026, 1, 1) + timedelta(days=step * 7) for step in range(160)]
    rules = [DueRule(kind=kind, day=day) for kind in DueKind for day in (0, 1, 14, 20, 31)]
    cases = [(issued, rule) for issued in days for rule in rules]

    answers = ask(
        script, "due", "dueDate", [[day.isoformat(), {"kind": rule.kind.value, "day": rule.day}] for day, rule in cases]
    )

    assert answers == [due_date(issue_date=day, rule=rule).isoformat() for day, rule in cases]


def test_prices_change_their_tax_treatment_as_the_servers_do(script: Page) -> None:
    amounts = [Decimal(text) for text in ("0.01", "99.99", "1234.5678", "-50", "0.00005", "7")]
    percents = [Decimal(text) for text in ("0", "5.5", "20", "33.3333")]
    cases = [
        (amount, percent, own, treatment)
        for amount in amounts
        for percent in percents
        for own in LineAmountTypes
        for treatment in LineAmountTypes
        if own is not treatment
    ]

    answers = ask(
        script,
        "treatment",
        "convertedTo",
        [
            [
                treatment,
                {"treatment": own, "percent": str(percent), "unit_amount": str(amount), "discount_amount": None},
            ]
            for amount, percent, own, treatment in cases
        ],
    )

    assert [Decimal(answer["unit_amount"]) for answer in answers] == [
        _fine(converted(amount=amount, percent=percent, own=own, treatment=treatment), amount, own, treatment)
        for amount, percent, own, treatment in cases
    ]
    assert {answer["discount_amount"] for answer in answers} == {None}


def half_written(page: Page, script: str) -> Any:
    """Run a script with a form of one text, kept by a server that answers when it is told to."""
    page.add_script_tag(content=bundled("window/half_written"))
    return page.evaluate(
        """async (script) => {
          const state = { text: "", puts: [], answers: [] };
          const put = (content, keepalive) => new Promise((done, failed) => {
            state.puts.push({ text: content.text.slice(0, 9), keepalive });
            state.answers.push({ done, failed });
          });
          const half = new tested.HalfWritten(() => ({ text: state.text }), { put, drop: () => Promise.resolve() });
          const type = (text) => { state.text = text; half.changed(); };
          const later = () => new Promise((done) => setTimeout(done));
          return await new (Object.getPrototypeOf(async () => 0).constructor)("half", "state", "type", "later", script)(
            half, state, type, later);
        }""",
        script,
    )


def test_the_last_word_is_said_again_where_two_were_on_their_way(script: Page) -> None:
    said = half_written(
        script,
        """type("one"); half.hurry(); type("two"); half.hurry();
           state.answers.forEach(({ done }) => done()); await later();
           half.hurry(); await later(); state.answers.at(-1).done(); await half.rest();
           return state.puts.map(({ text }) => text);""",
    )

    assert said == ["one", "two", "two"]


def test_nothing_is_on_its_way_once_it_has_settled(script: Page) -> None:
    settled = half_written(
        script,
        """let isSettled = false;
           type("one"); half.hurry(); type("two"); half.hurry();
           const settling = half.settle().then(() => { isSettled = true; });
           state.answers[1].done(); await later(); const before = isSettled;
           state.answers[0].done(); await settling;
           type("three"); half.hurry(); await later();
           return [before, isSettled, state.puts.length];""",
    )

    assert settled == [False, True, 2]


def test_what_stood_in_the_way_is_told_to_whoever_waits(script: Page) -> None:
    told = half_written(
        script,
        """type("one"); const resting = half.rest().then(() => "kept", ({ message }) => message);
           await later(); state.answers[0].failed(new Error("no connection"));
           const first = await resting; const again = half.rest().then(() => "kept");
           await later(); state.answers[1].done();
           return [first, await again, ...state.puts.map(({ text }) => text)];""",
    )

    assert told == ["no connection", "kept", "one", "one"]


@pytest.mark.parametrize(("letter", "outlives"), [("a", [True]), ("é", [False])])
def test_only_what_browsers_send_at_the_end_outlives_the_page(script: Page, letter: str, outlives: list[bool]) -> None:
    puts = half_written(script, f'type("{letter}".repeat(40_000)); half.hurry(); return state.puts;')

    assert [put["keepalive"] for put in puts] == outlives


def _fine(exact: Decimal, amount: Decimal, own: LineAmountTypes, treatment: LineAmountTypes) -> Decimal:
    """Round to four decimals what was computed; what needed no computing is as it was."""
    if LineAmountTypes.INCLUSIVE not in (own, treatment):
        return amount
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)
