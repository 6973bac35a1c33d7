"""The words of an activity that a rule adds, in the language of whoever is to do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from sync.domain.invoice import Invoice
from sync.domain.rules import RuleKind

_ENGLISH = "en"


@dataclass(frozen=True)
class Reminder:
    """What the activity is called, and what it says; `note` is HTML."""

    subject: str
    note: str


@dataclass(frozen=True)
class _Words:
    subject: str
    note: str
    link: str
    draft: str


_WORDS: Mapping[tuple[str, RuleKind], _Words] = {
    ("en", RuleKind.OVERDUE): _Words(
        "Invoice {number} is overdue", "{amount} was due on {day}.", "Open the invoice in Xero", "without a number"
    ),
    ("en", RuleKind.PAID): _Words(
        "Invoice {number} is paid", "{amount} has been paid.", "Open the invoice in Xero", "without a number"
    ),
    ("fr", RuleKind.OVERDUE): _Words(
        "La facture {number} est en retard",
        "{amount} étaient dus le {day}.",
        "Ouvrir la facture dans Xero",
        "sans numéro",
    ),
    ("fr", RuleKind.PAID): _Words(
        "La facture {number} est payée", "{amount} ont été payés.", "Ouvrir la facture dans Xero", "sans numéro"
    ),
}


def reminder_of(*, kind: RuleKind, invoice: Invoice, link: str, language: str, locale: str) -> Reminder:
    """Write an activity about an overdue or paid invoice; a language that we do not speak gets English."""
    spoken = language if (language, kind) in _WORDS else _ENGLISH
    words, known = _WORDS[(spoken, kind)], _locale(locale, language=spoken)
    amount = invoice.amount_due if kind is RuleKind.OVERDUE else invoice.total
    values = {
        "number": invoice.number or words.draft,
        "amount": _money(amount, currency=invoice.currency, locale=known),
        "day": format_date(invoice.due_date, format="long", locale=known) if invoice.due_date else "",
    }
    note = escape(words.note.format_map(values))
    return Reminder(
        subject=words.subject.format_map(values)[:255],
        note=f'<p>{note} <a href="{escape(link)}">{escape(words.link)}</a></p>' if link else f"<p>{note}</p>",
    )


def _money(amount: Decimal, *, currency: str, locale: Locale) -> str:
    return str(format_currency(amount, currency, locale=locale))


def _locale(name: str, *, language: str) -> Locale:
    """Find the locale of whoever reads it, where it is one of the language that is spoken."""
    try:
        found = Locale.parse(name, sep="_")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)
    return found if found.language == language else Locale.parse(language)
