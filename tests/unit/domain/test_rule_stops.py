"""Why a rule draws up no invoice, and what that is about."""

from decimal import Decimal

import pytest

from sync.domain.accounting import DraftLine
from sync.domain.invoice import LineAmountTypes
from sync.domain.line_checks import FieldProblem, Issue
from sync.domain.notes import Note, NoteCode, from_plain, to_plain
from sync.domain.rule_stops import stop_before, stop_of
from sync.domain.rules import Reaction
from sync.errors import ErrorCode

EXCLUSIVE = LineAmountTypes.EXCLUSIVE
DECIDED_BY_A_PERSON = [
    (NoteCode.DEAL_VALUE_USED, ErrorCode.NO_PRODUCTS),
    (NoteCode.RECURRING_ONE_CYCLE, ErrorCode.REPEATS),
    (NoteCode.TREATMENT_CONVERTED, ErrorCode.PRICES_CONVERTED),
]


@pytest.mark.parametrize(("note", "stop"), DECIDED_BY_A_PERSON)
@pytest.mark.parametrize("does", [Reaction.SUBMIT, Reaction.APPROVE])
def test_what_a_person_decides_stops_what_counts(note: NoteCode, stop: ErrorCode, does: Reaction) -> None:
    assert stop_before([Note(note, subject="Retainer")], does=does, treatment=EXCLUSIVE) == (stop, "Retainer")


@pytest.mark.parametrize("note", [note for note, _ in DECIDED_BY_A_PERSON])
def test_a_draft_is_looked_at_before_it_goes_out(note: NoteCode) -> None:
    assert stop_before([Note(note)], does=Reaction.DRAFT, treatment=EXCLUSIVE) is None


def test_without_tax_a_bare_value_leaves_nothing_to_guess() -> None:
    notes = [Note(NoteCode.DEAL_VALUE_USED)]

    assert stop_before(notes, does=Reaction.APPROVE, treatment=LineAmountTypes.NO_TAX) is None


@pytest.mark.parametrize("does", [Reaction.DRAFT, Reaction.SUBMIT, Reaction.APPROVE])
def test_instalments_stop_a_draft_as_well(does: Reaction) -> None:
    notes = [Note(NoteCode.INSTALMENTS_LEFT_OUT)]

    assert stop_before(notes, does=does, treatment=EXCLUSIVE) == (ErrorCode.NEEDS_A_LOOK, "")


@pytest.mark.parametrize("note", [NoteCode.PRICE_FOLDED, NoteCode.DISABLED_LEFT_OUT])
def test_what_changes_no_amount_stops_nothing(note: NoteCode) -> None:
    assert stop_before([Note(note)], does=Reaction.APPROVE, treatment=EXCLUSIVE) is None


@pytest.mark.parametrize("issue", Issue)
def test_whatever_xero_would_refuse_has_a_reason_of_its_own(issue: Issue) -> None:
    code, _ = stop_of([FieldProblem("create_as", issue)], lines=())

    assert code is not ErrorCode.INPUT_INVALID


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        ([Issue.UNLINKED], ErrorCode.LINES_UNLINKED),
        ([Issue.TAX_OPEN, Issue.UNLINKED], ErrorCode.LINES_UNLINKED),
        ([Issue.UNLINKED, Issue.NO_LINES], ErrorCode.NO_LINES),
        ([Issue.PERIOD_LOCKED, Issue.CURRENCY_NOT_ENABLED], ErrorCode.CURRENCY_NOT_ENABLED),
        ([Issue.NOT_ALLOWED_IN_XERO, Issue.UNLINKED], ErrorCode.NOT_ALLOWED_IN_XERO),
        ([Issue.CUSTOMER_NAMELESS], ErrorCode.NO_CUSTOMER),
        ([Issue.TOO_LARGE], ErrorCode.TOO_LARGE),
        ([Issue.NEGATIVE_TOTAL], ErrorCode.NEGATIVE_TOTAL),
    ],
)
def test_a_stop_names_what_matters_most(issues: list[Issue], expected: ErrorCode) -> None:
    assert stop_of([FieldProblem("f", issue, detail=issue.value) for issue in issues], lines=())[0] is expected


@pytest.mark.parametrize(
    ("problem", "detail"),
    [
        (FieldProblem("lines.1.account_code", Issue.ACCOUNT_UNUSABLE), "Pencil: 200"),
        (FieldProblem("lines.1.tax_type", Issue.RATE_REFUSED_BY_ACCOUNT, "200 Sales"), "Pencil: 200 Sales"),
        (FieldProblem("lines.1.item_code", Issue.ITEM_UNUSABLE), "Pencil: PEN"),
        (FieldProblem("lines.1.discount", Issue.DISCOUNT_OUT_OF_RANGE), "Pencil"),
        (FieldProblem("lines", Issue.NEGATIVE_TOTAL), ""),
        (FieldProblem("currency", Issue.CURRENCY_NOT_ENABLED, "EUR"), "EUR"),
    ],
)
def test_the_line_and_what_is_wrong_on_it_are_named(problem: FieldProblem, detail: str) -> None:
    other = DraftLine(description="Bouquet", quantity=Decimal(1), unit_amount=Decimal(1))
    line = DraftLine(
        description="Pencil", quantity=Decimal(1), unit_amount=Decimal(1), account_code="200", item_code="PEN"
    )

    assert stop_of([problem], lines=(other, line))[1] == detail


def test_a_note_is_kept_as_it_is() -> None:
    note = Note(NoteCode.TREATMENT_CONVERTED, subject="Pencil", values={"difference": Decimal("0.01")})
    other = Note(NoteCode.RECURRING_ONE_CYCLE, subject="Retainer", values={"frequency": "monthly"})

    assert [from_plain(to_plain(one)) for one in (note, other)] == [note, other]
