"""What a person sends from the invoice window, and all that can be said against it before Xero is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.domain.accounting import DraftLine, Item
from sync.domain.contact_changes import ContactField
from sync.domain.invoice import LineAmountTypes
from sync.domain.line_checks import FieldProblem, Issue, catalogue, line_problems, settled_line
from sync.domain.rights import CREATE_AS, RightsPolicy, why_not
from sync.domain.totals import Totals, totals
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.operations.prepared import Prepared
from sync.operations.reference import Reference

_BY_LISTS = {
    Issue.CURRENCY_NOT_ENABLED,
    Issue.PERIOD_LOCKED,
    Issue.THEME_UNKNOWN,
    Issue.RATE_UNUSABLE,
    Issue.RATE_REFUSED_BY_ACCOUNT,
    Issue.ACCOUNT_UNUSABLE,
    Issue.ITEM_UNUSABLE,
    Issue.NOT_ALLOWED_IN_XERO,
}


@dataclass(frozen=True)
class DraftRequest:
    """What the window sends; an empty `contact_id` asks for a new contact, `seen_total` is what the person saw.

    `update_contact` names the fields whose difference was shown and shall be copied to the contact.
    """

    intent_key: str
    contact_id: str
    update_contact: tuple[ContactField, ...]
    treatment: LineAmountTypes
    currency: str
    theme_id: str
    issue_date: date
    due_date: date
    reference: str
    create_as: str
    lines: tuple[DraftLine, ...]
    seen_total: Decimal


class InputRefused(Anticipated):
    """Something that was typed cannot be sent as it is; `problems` say where and why."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        unfinished = {Issue.TAX_OPEN, Issue.UNLINKED}
        is_unfinished = all(problem.issue in unfinished for problem in problems)
        super().__init__(ErrorCode.LINES_UNFINISHED if is_unfinished else ErrorCode.INPUT_INVALID)
        self.problems = problems

    @property
    def may_be_outdated(self) -> bool:
        """Whether our copy of Xero's lists said so, and Xero might no longer."""
        return any(problem.issue in _BY_LISTS for problem in self.problems)


@dataclass(frozen=True)
class Checked:
    """The lines as they will be sent, what they come to, and the items that they name."""

    lines: tuple[DraftLine, ...]
    totals: Totals
    items: Mapping[str, Item]


def check_draft(
    request: DraftRequest, *, person: Person, prepared: Prepared, reference: Reference, items: tuple[Item, ...]
) -> Checked:
    """Refuse in our own words what Xero would refuse, and a total that is not the one that the person saw.

    :raises InputRefused: with every problem at once.
    :raises Anticipated: MIXED_CURRENCIES, TOTAL_CHANGED.
    """
    if prepared.is_mixed:
        raise Anticipated(ErrorCode.MIXED_CURRENCIES)
    known = catalogue(rates=reference.tax_rates, accounts=reference.accounts, items=items)
    lines = tuple(settled_line(line, known=known, treatment=request.treatment) for line in request.lines)
    sums = totals(lines=lines, treatment=request.treatment)
    problems = (
        *_head_problems(request, person=person, prepared=prepared, reference=reference),
        *line_problems(
            request.lines, known=known, treatment=request.treatment, stays_draft=request.create_as == "draft"
        ),
        *([FieldProblem("lines", Issue.NEGATIVE_TOTAL)] if sums.total < 0 else ()),
    )
    if problems:
        raise InputRefused(problems)
    if sums.total != request.seen_total:
        raise Anticipated(ErrorCode.TOTAL_CHANGED)
    return Checked(lines=lines, totals=sums, items=known.items)


def _head_problems(
    request: DraftRequest, *, person: Person, prepared: Prepared, reference: Reference
) -> Iterator[FieldProblem]:
    if not request.contact_id and not prepared.customer.name:
        yield FieldProblem("contact_id", Issue.CUSTOMER_NAMELESS)
    if request.currency not in reference.currencies:
        yield FieldProblem("currency", Issue.CURRENCY_NOT_ENABLED, detail=", ".join(reference.currencies))
    if request.theme_id and request.theme_id not in {theme.theme_id for theme in reference.themes}:
        yield FieldProblem("theme_id", Issue.THEME_UNKNOWN)
    if reference.lock_date is not None and request.issue_date <= reference.lock_date:
        yield FieldProblem("issue_date", Issue.PERIOD_LOCKED, detail=reference.lock_date.isoformat())
    refusal = why_not(
        right=CREATE_AS[request.create_as],
        actions=reference.actions,
        is_admin=person.is_admin,
        policy=RightsPolicy(),
    )
    if refusal is not None:
        yield FieldProblem("create_as", Issue(refusal.value))
