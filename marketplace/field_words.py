"""What to do about a field of the invoice window, in words."""

import re
from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.guidance import guidance_for
from marketplace.i18n import day
from marketplace.schemas import FormRefused
from sync.clients.failures import Refused
from sync.domain.line_checks import FieldProblem, Issue
from sync.errors import ErrorCode, InstepError
from sync.operations.check_draft import InputRefused

_TEXTS: Mapping[Issue, LazyString] = {
    Issue.MISSING: _l("Fill this in."),
    Issue.NO_LINES: _l("Add at least one line."),
    Issue.TAX_OPEN: _l("Choose a tax rate."),
    Issue.UNLINKED: _l("Choose an account, or link an item that has one."),
    Issue.RATE_UNUSABLE: _l("This tax rate is switched off in Xero, or not for sales. Choose another."),
    Issue.RATE_REFUSED_BY_ACCOUNT: _l(
        "The account %(detail)s does not take this tax rate. Choose another rate or account."
    ),
    Issue.ACCOUNT_UNUSABLE: _l("This account is archived in Xero, or not for sales. Choose another."),
    Issue.ITEM_UNUSABLE: _l("This item is gone from Xero, or no longer sold. Link another."),
    Issue.DISCOUNT_OUT_OF_RANGE: _l("Enter a discount from nothing up to the whole line."),
    Issue.DISCOUNT_ON_CREDIT: _l("Xero takes no discount on a negative price. Put it into the price."),
    Issue.TOO_LARGE: _l("This is more than Xero can bill in one line."),
    Issue.NEGATIVE_TOTAL: _l("The total is below zero. An invoice cannot be; make a credit note in Xero."),
    Issue.CURRENCY_NOT_ENABLED: _l("Xero has only %(detail)s. Add the currency in Xero under Settings, Currencies."),
    Issue.PERIOD_LOCKED: _l("Xero is locked up to %(detail)s. Choose a later date."),
    Issue.THEME_UNKNOWN: _l("This template is gone from Xero. Choose another."),
    Issue.NOT_ALLOWED: _l("Ask a Pipedrive admin to do this."),
    Issue.NOT_ALLOWED_IN_XERO: _l("Whoever connected Xero may not do this there."),
    Issue.CUSTOMER_NAMELESS: _l("The deal has no customer. Choose one in Xero."),
}


def marks_of(error: InstepError | None) -> dict[str, list[str]]:
    """Say for each field that was refused what to do, whoever refused it."""
    if isinstance(error, FormRefused):
        return {_field(name): [str(text) for text in texts] for name, texts in error.fields.items()}
    if isinstance(error, Refused):
        return {name: _own_words(error.code) or list(sentences) for name, sentences in error.places.items()}
    marks: dict[str, list[str]] = {}
    for problem in error.problems if isinstance(error, InputRefused) else ():
        marks.setdefault(problem.field, []).append(field_text(problem))
    return marks


def _own_words(code: ErrorCode) -> list[str]:
    """Say what to do where we know what Xero means; Xero's sentence then stands with the refusal, once."""
    return [] if code is ErrorCode.XERO_REFUSED else [str(guidance_for(code).text)]


def _field(name: str) -> str:
    """Both ways to give a discount are one field of the page."""
    return re.sub(r"\.discount_\w+$", ".discount", name)


def field_text(problem: FieldProblem) -> str:
    """Say what to do about a field."""
    detail = problem.detail
    if problem.issue is Issue.PERIOD_LOCKED:
        detail = day(date.fromisoformat(detail))
    return str(_TEXTS[problem.issue]) % {"detail": detail}
