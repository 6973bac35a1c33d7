"""Remarks on a draft, in words."""

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.i18n import money, number
from sync.domain.notes import Note, NoteCode

_TEXTS: Mapping[NoteCode, LazyString] = {
    NoteCode.RECURRING_ONE_CYCLE: _l("%(subject)s repeats in Pipedrive; this invoice bills one period."),
    NoteCode.TREATMENT_CONVERTED: _l(
        "%(subject)s: the price was converted to the invoice's tax treatment; its total differs by %(difference)s."
    ),
    NoteCode.PRICE_FOLDED: _l(
        "%(subject)s: the price has more decimals than Xero keeps, so it is billed as one piece."
    ),
    NoteCode.DISABLED_LEFT_OUT: _l("%(subject)s is switched off in the deal and is not billed."),
    NoteCode.DISCOUNT_NOT_APPLIED: _l("The discount %(subject)s is not applied: there is nothing to take it from."),
    NoteCode.DEAL_VALUE_USED: _l("The deal has no products; the deal's value is billed as one line."),
    NoteCode.TAX_AMBIGUOUS: _l(
        "Several tax rates in Xero have %(percent)s%%; choose one on the line before approval: %(names)s."
    ),
    NoteCode.TAX_MISSING: _l("No tax rate in Xero has %(percent)s%%; choose one on the line before approval."),
    NoteCode.INSTALMENTS_LEFT_OUT: _l("The deal is to be paid in instalments; this invoice bills all of it at once."),
    NoteCode.ACCOUNT_MISSING: _l(
        "No account is set; choose one on each line before approval, or one for all in the preferences."
    ),
    NoteCode.CUSTOMER_HIDDEN: _l(
        "Pipedrive does not show you this deal's customer; make sure that it is the right one."
    ),
}


def note_text(note: Note, currency: str) -> str:
    """Put a remark on a draft in `currency` into words."""

    def written(name: str, value: Decimal | str) -> str:
        if isinstance(value, str):
            return value
        return money(value, currency) if name == "difference" else number(value)

    values = {name: written(name, value) for name, value in note.values.items()}
    return str(_TEXTS[note.code]) % {"subject": note.subject or _("A line"), **values}
