"""What people asked to have done on a deal, as far as the deal still has something to say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from sync.domain.invoice import Status
from sync.domain.problems import Problem
from sync.errors import ErrorCode
from sync.operations.deeds import REACHED, Kind
from sync.operations.intents import CLAIM_LASTS
from sync.store.invoices import Intent
from sync.store.rules import RuleRun


@dataclass(frozen=True)
class Asked:
    """One intent as the deal sees it; `state` is "done" as soon as the invoice is where it should get."""

    kind: str
    state: str
    asked_at: datetime
    organisation_id: str
    invoice_id: str | None
    error_code: str | None
    error_detail: str
    due_at: datetime | None = None
    #: A rule asked, and says itself why it stopped.
    is_told_by_rule: bool = False


# Made once: it runs at every request of every open panel. All whose outcome is open or bad, and what was asked last.
_ASKED = (
    select(
        Intent.kind,
        Intent.state,
        Intent.asked_at,
        Intent.organisation_id,
        Intent.invoice_id,
        Intent.error_code,
        Intent.error_detail,
        Intent.due_at,
        exists()
        .where(RuleRun.run_key == Intent.intent_id, RuleRun.state.in_(("stopped", "failed")))
        .correlate(Intent)
        .label("is_told_by_rule"),
    )
    .where(
        Intent.company_id == bindparam("company_id"),
        Intent.deal_id == bindparam("deal_id"),
        Intent.asked_at.is_not(None),
    )
    .order_by(
        Intent.state.in_(("sending", "unknown", "failed")).desc(), Intent.asked_at.desc(), Intent.created_at.desc()
    )
    .limit(40)
)
#: Nothing that went wrong before matters any more.
OVER = frozenset({Status.PAID, Status.VOIDED, Status.DELETED})


def asked_of_deal(
    session: Session, *, company_id: int, deal_id: int, statuses: Mapping[str, Status]
) -> tuple[Asked, ...]:
    """Read what was asked, newest first; `statuses` are those of the deal's invoices by id.

    An event from Xero often says that a change is done before the worker who looks for it does.
    """
    rows = session.execute(_ASKED, {"company_id": company_id, "deal_id": deal_id}).mappings()
    found = [_settled(Asked(**row), status=statuses.get(row["invoice_id"] or "")) for row in rows]
    return tuple(sorted(found, key=lambda one: one.asked_at, reverse=True))


def under_way(asked: Sequence[Asked], *, invoice_id: str) -> str:
    """Name the change of an invoice that nobody knows the outcome of; an e-mail that was lost is a problem, not one."""
    kinds = (
        one.kind
        for one in asked
        if one.invoice_id == invoice_id
        and (one.state == "sending" or (one.state == "unknown" and one.kind != Kind.EMAIL))
    )
    return next(kinds, "")


def is_create_open(asked: Sequence[Asked], *, organisation_id: str) -> bool:
    """Whether nobody can tell yet what became of a create that was asked for there; another would be too many."""
    return any(
        one.kind == Kind.CREATE and one.state == "unknown" and one.organisation_id == organisation_id for one in asked
    )


def problems_of(asked: Sequence[Asked], *, invoice_ids: Sequence[str], now: datetime) -> tuple[Problem, ...]:
    """Say what is the matter with what was asked: of each invoice the newest that no later success has put right."""
    done: list[Asked] = []
    found: dict[str, Problem] = {}
    for one in asked:
        if _says_something(one) and not any(_puts_right(later, one) for later in done):
            problem = _problem(one, invoice_ids=invoice_ids, now=now)
            found.setdefault(problem.invoice_key, problem)
        if one.state == "done":
            done.append(one)
    return tuple(found.values())


def _problem(one: Asked, *, invoice_ids: Sequence[str], now: datetime) -> Problem:
    is_waiting = one.state == "unknown" and one.due_at is not None
    return Problem(
        code=ErrorCode(one.error_code or ErrorCode.OUTCOME_UNKNOWN),
        detail=one.error_detail,
        since=one.asked_at,
        invoice_key=one.invoice_id if one.invoice_id in invoice_ids and one.invoice_id else "",
        # What a worker has in hand, or will within that time, is not hurried.
        can_retry=is_waiting and one.due_at is not None and one.due_at > now + CLAIM_LASTS,
        is_tried=is_waiting and one.due_at is not None and one.due_at <= now,
    )


def _says_something(one: Asked) -> bool:
    # A create that is done may still have something to be said of it: that Xero computed another total.
    return (one.state in ("unknown", "failed") and not one.is_told_by_rule) or (
        one.state == "done" and one.error_code is not None
    )


def _puts_right(later: Asked, earlier: Asked) -> bool:
    """Whether a later success makes an earlier failure a thing of the past; a lost e-mail only another e-mail does."""
    if earlier.kind == Kind.CREATE:
        return earlier.state == "failed" and later.kind == Kind.CREATE
    is_email = (earlier.kind == Kind.EMAIL, later.kind == Kind.EMAIL)
    return earlier.invoice_id == later.invoice_id and is_email in ((True, True), (False, False))


def _settled(one: Asked, *, status: Status | None) -> Asked:
    kind = Kind(one.kind)
    # Somebody has looked at a draft whose total was in question, once it is none any more.
    is_seen_to = kind is Kind.CREATE and status not in (None, Status.DRAFT)
    is_over = status in OVER and one.state in ("unknown", "failed")
    if not is_seen_to and not is_over and status not in REACHED.get(kind, ()):
        return one
    return replace(one, state="done", error_code=None, error_detail="")
