"""What is the matter with a deal in words: what happened, and what to do about it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from marketplace.guidance import guidance_for
from marketplace.i18n import day
from marketplace.rule_words import RULES
from marketplace.steps import Guidance, Step
from sync.domain.problems import Problem, ProblemKind
from sync.domain.rules import RuleKind
from sync.errors import ErrorCode

_FIELDS_TITLE = _l("The deal's Xero fields are not up to date")
_FIELDS: Mapping[ErrorCode, Guidance] = {
    ErrorCode.NO_ACCESS_TO_DEAL: Guidance(
        _FIELDS_TITLE,
        _l(
            "The colleague in whose name Instep writes may not edit this deal. Make it visible to them, or have an admin "
            "install Instep. What you see here is right all the same."
        ),
        Step.RETRY,
    ),
    ErrorCode.INSTALL_LAPSED: Guidance(
        _FIELDS_TITLE,
        _l("Pipedrive no longer lets Instep in. When somebody of your company installs it again, the fields follow."),
        Step.INSTALL,
    ),
    ErrorCode.PIPEDRIVE_PLAN: Guidance(
        _FIELDS_TITLE,
        _l("Your Pipedrive plan has no room for Instep's fields. What you see here is right all the same."),
        Step.RETRY,
    ),
}
_FIELDS_ELSE = Guidance(
    _FIELDS_TITLE,
    _l("Pipedrive did not take them. Instep tries again by itself; what you see here is right all the same."),
    Step.RETRY,
)
_XERO_RESTS = Guidance(
    _l("Xero takes no more calls for now"),
    _l("Xero limits how much apps may ask of your organisation. Nothing is lost."),
    Step.NONE,
)
_PIPEDRIVE_RESTS = Guidance(
    _l("Pipedrive takes no more calls for now"),
    _l("Your company has used up its share of calls, so the deal's Xero fields wait. Nothing is lost."),
    Step.NONE,
)


def problem_guidance(problem: Problem) -> Guidance:
    """Find the words for what is the matter with a deal."""
    if problem.kind is ProblemKind.FIELDS:
        return _FIELDS.get(problem.code, _FIELDS_ELSE)
    if problem.kind is ProblemKind.REST and not problem.rule:
        return _XERO_RESTS if problem.code is ErrorCode.XERO_BUSY else _PIPEDRIVE_RESTS
    if problem.kind is ProblemKind.RULE:
        return replace(guidance_for(problem.code), step=Step.RETRY)
    return guidance_for(problem.code)


def problem_rule(problem: Problem) -> str:
    """Name the rule that stopped or waits, or give nothing where none does."""
    if not problem.rule:
        return ""
    rule = RULES[RuleKind(problem.rule)]
    if problem.kind is ProblemKind.REST:
        return str(_("A rule waits: %(rule)s", rule=rule))
    return str(_("A rule stopped: %(rule)s", rule=rule))


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def detail_text(code: ErrorCode | None, detail: str) -> str:
    """Write what a failure is about for people: a vendor's sentence as it is, a day as they write it."""
    is_day = code is ErrorCode.PERIOD_LOCKED and _DAY.fullmatch(detail)
    return day(date.fromisoformat(detail)) if is_day else detail
