"""Words follow the language, numbers and dates the locale."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, g

from marketplace.i18n import clock, day, language, money, number, number_locale_tag, percent, price
from sync.operations.identity import Person


def _person(language: str, locale: str) -> Person:
    return Person(
        company_id=1,
        user_id=1,
        user_name="Ada",
        company_name="Nordlicht",
        language=language,
        locale=locale,
        is_admin=False,
        api_domain="https://nordlicht.pipedrive.com",
    )


@pytest.fixture
def speaking(app: Flask) -> Iterator[Flask]:
    """Be inside a request of nobody."""
    with app.test_request_context():
        yield app


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize(
    ("wanted", "spoken"), [("fr", "fr"), ("fr-CA", "fr"), ("en_US", "en"), ("et", "en"), ("", "en")]
)
def test_the_language_is_the_persons_where_we_speak_it(wanted: str, spoken: str) -> None:
    g.person = _person(wanted, "en_GB")

    assert language() == spoken


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize(
    ("currency", "written"), [("EUR", "€1,234.50"), ("USD", "US$1,234.50"), ("CHF", "CHF\xa01,234.50")]
)
def test_letters_never_touch_an_amount(currency: str, written: str) -> None:
    g.person = _person("en", "en_GB")

    assert money(Decimal("1234.5"), currency) == written


@pytest.mark.usefixtures("speaking")
def test_an_english_page_may_write_numbers_the_german_way() -> None:
    g.person = _person("en", "de_DE")

    assert money(Decimal("1234.5"), "EUR") == "1.234,50\xa0€"
    assert number(Decimal("1234.5000")) == "1.234,5"
    assert price(Decimal("4500.1234")) == "4.500,1234"
    assert percent(Decimal("7.7")) == "7,7\xa0%"
    assert day(date(2026, 12, 6)) == "06.12.2026"
    assert number_locale_tag() == "de-DE"


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("locale", ["", "xx_YY", "not a locale"])
def test_an_unknown_locale_falls_back_to_the_language(locale: str) -> None:
    g.person = _person("fr", locale)

    assert price(Decimal("12.5")) == "12,50"


@pytest.mark.usefixtures("speaking")
def test_a_time_says_that_it_is_utc_until_the_browser_knows_better() -> None:
    g.person = _person("en", "en_GB")

    assert clock(datetime(2026, 11, 22, 10, 42, tzinfo=UTC)) == "10:42 UTC"
    assert day(None) == ""
