"""Words in the person's language, numbers and dates in their locale (D26)."""

import re
from datetime import date, datetime
from decimal import Decimal

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_time, get_timezone, get_timezone_name
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask, g, request
from flask_babel import Babel, get_locale

LANGUAGES = ("en", "fr")


def localise(app: Flask) -> None:
    """Teach the app to speak the languages there are, and its templates to write numbers and dates."""
    Babel(app, locale_selector=choose_language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(
        money=money,
        number=number,
        day=day,
        clock=clock,
        moment=moment,
        time_of_day=time_of_day,
        zone=zone,
        isoformat=datetime.isoformat,
    )
    app.add_template_global(language, "language")
    app.add_template_global(number_locale_tag, "number_locale_tag")


def choose_language() -> str:
    """Choose the person's language in Pipedrive, the browser's where nobody is known yet, else English."""
    person = g.get("person")
    if person is not None:
        wanted = person.language.replace("_", "-").split("-")[0].lower()
        return wanted if wanted in LANGUAGES else LANGUAGES[0]
    return negotiate_locale(request.accept_languages.values(), LANGUAGES, sep="-") or LANGUAGES[0]


def language() -> str:
    """Name the language of the page for its `lang`."""
    return str(get_locale() or LANGUAGES[0])


def number_locale() -> Locale:
    """Find the locale for numbers and dates: the person's own, else that of the language."""
    person = g.get("person")
    wanted = person.locale if person is not None and person.locale else language()
    try:
        return Locale.parse(wanted.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language())


def number_locale_tag() -> str:
    """Give the same locale as browsers write it."""
    return str(number_locale()).replace("_", "-")


def money(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency; every cent counts, also the zero ones."""
    written = format_currency(amount, currency, locale=number_locale())
    # As browsers do, and Babel does not: "CHF 12.00", where "€12.00" has no space.
    # https://unicode.org/reports/tr35/tr35-numbers.html#Currencies (currencySpacing)
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "\u00a0", written)


def number(amount: Decimal) -> str:
    """Write a quantity with as many decimals as it has, at most four."""
    return format_decimal(amount, format="#,##0.####", locale=number_locale())


def price(amount: Decimal) -> str:
    """Write a price with two decimals, or up to four where it has them."""
    return format_decimal(amount, format="#,##0.00##", locale=number_locale())


def percent(amount: Decimal) -> str:
    """Write a share that is given in per cent."""
    return format_percent(amount / 100, locale=number_locale(), decimal_quantization=False)


def day(value: date | None) -> str:
    """Write a calendar day."""
    return format_date(value, format="medium", locale=number_locale()) if value else ""


def moment(value: datetime) -> str:
    """Write a day and a time in UTC; where there are scripts the browser puts its own time zone in place of it."""
    return f"{day(value.date())}, {clock(value)}"


def time_of_day(value: datetime) -> str:
    """Write a time of day in the zone that the moment is given in."""
    return format_time(value, format="short", locale=number_locale(), tzinfo=value.tzinfo)


def zone(name: str) -> str:
    """Write what a time zone is called."""
    is_utc = name.endswith("UTC")
    return "UTC" if is_utc else str(get_timezone_name(get_timezone(name), locale=number_locale()))


def clock(value: datetime) -> str:
    """Write a time of day in UTC; in frames the browser puts its own time zone in place of it."""
    return f"{format_time(value, format='short', locale=number_locale())} UTC"
