"""Why a rule draws up no invoice: what a person would be shown, and what Xero would refuse."""

from collections.abc import Mapping, Sequence

from sync.domain.accounting import DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.line_checks import FieldProblem, Issue
from sync.domain.notes import Note, NoteCode
from sync.domain.rules import Reaction
from sync.errors import ErrorCode


def stop_before(notes: Sequence[Note], *, does: Reaction, treatment: LineAmountTypes) -> tuple[ErrorCode, str] | None:
    """Give the note that wants a person's decision, and what it is about; a bookkeeper looks at a draft before it goes out."""
    wanted = dict(_ALWAYS) if does is Reaction.DRAFT else {**_ALWAYS, **_BEFORE_IT_COUNTS}
    if treatment is LineAmountTypes.NO_TAX:
        wanted.pop(NoteCode.DEAL_VALUE_USED, None)
    for code, stop in wanted.items():
        found = [note for note in notes if note.code is code]
        if found:
            return stop, ", ".join(note.subject for note in found if note.subject)
    return None


def stop_of(problems: Sequence[FieldProblem], *, lines: Sequence[DraftLine]) -> tuple[ErrorCode, str]:
    """Give the reason for which a rule stops before what Xero would refuse, with what it is about."""
    for issue, code in _REFUSED.items():
        for problem in problems:
            if problem.issue is issue:
                return code, _subject(problem, lines=lines)
    return ErrorCode.INPUT_INVALID, ""


def _subject(problem: FieldProblem, *, lines: Sequence[DraftLine]) -> str:
    """Name the line, and the account, the rate or the item on it."""
    head, _, rest = problem.field.partition(".")
    place, _, field = rest.partition(".")
    if head != "lines" or not place:
        return problem.detail
    line = lines[int(place)]
    value = problem.detail or str(getattr(line, field) or "" if field in _NAMED else "")
    return ": ".join(filter(None, (line.description, value)))


_NAMED = frozenset({"account_code", "item_code", "tax_type"})
_ALWAYS: Mapping[NoteCode, ErrorCode] = {
    NoteCode.INSTALMENTS_LEFT_OUT: ErrorCode.NEEDS_A_LOOK,
    NoteCode.DISCOUNT_NOT_APPLIED: ErrorCode.NEEDS_A_LOOK,
}
_BEFORE_IT_COUNTS: Mapping[NoteCode, ErrorCode] = {
    # The tax of a bare value is not known; zero per cent is a guess.
    NoteCode.DEAL_VALUE_USED: ErrorCode.NO_PRODUCTS,
    NoteCode.RECURRING_ONE_CYCLE: ErrorCode.REPEATS,
    NoteCode.TREATMENT_CONVERTED: ErrorCode.PRICES_CONVERTED,
}
#: What matters most first.
_REFUSED: Mapping[Issue, ErrorCode] = {
    Issue.NOT_ALLOWED_IN_XERO: ErrorCode.NOT_ALLOWED_IN_XERO,
    Issue.NOT_ALLOWED: ErrorCode.NOT_ALLOWED,
    Issue.NO_LINES: ErrorCode.NO_LINES,
    Issue.CUSTOMER_NAMELESS: ErrorCode.NO_CUSTOMER,
    Issue.CURRENCY_NOT_ENABLED: ErrorCode.CURRENCY_NOT_ENABLED,
    Issue.PERIOD_LOCKED: ErrorCode.PERIOD_LOCKED,
    Issue.ACCOUNT_UNUSABLE: ErrorCode.ACCOUNT_UNUSABLE,
    Issue.ITEM_UNUSABLE: ErrorCode.ITEM_UNUSABLE,
    Issue.RATE_UNUSABLE: ErrorCode.RATE_UNUSABLE,
    Issue.RATE_REFUSED_BY_ACCOUNT: ErrorCode.RATE_NOT_FOR_ACCOUNT,
    Issue.THEME_UNKNOWN: ErrorCode.THEME_GONE,
    Issue.DISCOUNT_OUT_OF_RANGE: ErrorCode.DISCOUNT_UNUSABLE,
    Issue.DISCOUNT_ON_CREDIT: ErrorCode.DISCOUNT_UNUSABLE,
    Issue.TOO_LARGE: ErrorCode.TOO_LARGE,
    Issue.NEGATIVE_TOTAL: ErrorCode.NEGATIVE_TOTAL,
    Issue.UNLINKED: ErrorCode.LINES_UNLINKED,
    Issue.TAX_OPEN: ErrorCode.LINES_UNLINKED,
    Issue.MISSING: ErrorCode.LINES_UNFINISHED,
}
