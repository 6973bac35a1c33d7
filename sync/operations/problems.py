"""What failed or waits on a deal beside what was asked of Xero: its fields, Xero's news, the vendors' limits (F31)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select
from sqlalchemy.orm import Session

from sync.connections.xero import ActiveOrganisation
from sync.core import Core
from sync.domain.problems import Problem, ProblemKind
from sync.errors import ErrorCode
from sync.operations.invoices import InvoiceOnDeal
from sync.operations.rules_stopped import stopped_rules
from sync.store.accounts import Organisation
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice
from sync.store.rules import RuleRun

#: What mends itself sooner than that is not worth a person's look.
SOON = timedelta(minutes=2)
_MENDS_ITSELF = frozenset({ErrorCode.PIPEDRIVE_BUSY, ErrorCode.PIPEDRIVE_UNAVAILABLE})

#: An event that was set aside keeps its reason while it is tried again; whatever was fetched since it came has told what it
#: had to tell.
UNREAD = (
    Event.source == "xero",
    Event.category == "INVOICE",
    Event.state.in_(("pending", "set_aside")),
    Event.reason != "",
)
_NEWS = (
    select(
        Event.resource_id,
        func.min(Event.received_at).label("since"),
        func.min(Event.state).label("state"),
    )
    .join(Organisation, Organisation.tenant_id == Event.tenant)
    .where(
        *UNREAD,
        Organisation.organisation_id == bindparam("organisation_id"),
        Event.resource_id.in_(bindparam("invoice_ids", expanding=True)),
    )
    .group_by(Event.resource_id)
)


#: Of the deal in `company_id` and `deal_id`. A look that is part of another question: most deals have neither.
#: One in the other, or SQLite would rather look through everybody's pending events than for those of these invoices.
HAS_NEWS = exists().where(
    DealInvoice.company_id == bindparam("company_id"),
    DealInvoice.deal_id == bindparam("deal_id"),
    exists()
    .where(
        Event.tenant
        == select(Organisation.tenant_id)
        .where(Organisation.organisation_id == DealInvoice.organisation_id)
        .correlate(DealInvoice)
        .scalar_subquery(),
        Event.resource_id == DealInvoice.invoice_id,
        *UNREAD,
    )
    .correlate(DealInvoice),
)
HAS_HELD_UP = exists().where(
    RuleRun.company_id == bindparam("company_id"),
    RuleRun.deal_id == bindparam("deal_id"),
    RuleRun.reason.is_not(None),
)


def waits(*, now: datetime) -> ColumnElement[bool]:
    """Say which runs of rules have been put off for longer than a moment."""
    return and_(RuleRun.state.in_(("pending", "running")), RuleRun.reason.is_not(None), RuleRun.created_at < now - SOON)


@dataclass(frozen=True)
class DealWork:
    """How far the writing of a deal's fields has come, and whether Pipedrive takes the company's calls."""

    company_id: int
    deal_id: int
    problem_code: str | None
    problem_detail: str
    problem_since: datetime | None
    due_at: datetime | None
    parked_until: datetime | None
    #: Whether there may be something to read of each.
    has_news: bool
    has_held_up: bool


def problems_beside(
    core: Core, session: Session, *, work: DealWork, found: Sequence[InvoiceOnDeal], active: ActiveOrganisation | None
) -> tuple[Problem, ...]:
    """Say what else is the matter with a deal, what matters most first."""
    now = core.now()
    return (
        *(_news(session, found=found) if work.has_news else ()),
        *(_stopped(session, work=work) if work.has_held_up else ()),
        *(_waiting(session, work=work, now=now) if work.has_held_up else ()),
        *_xero_rests(active, found=found, now=now),
        *_fields(work, now=now),
    )


def _stopped(session: Session, *, work: DealWork) -> Iterator[Problem]:
    for one in stopped_rules(session, company_id=work.company_id, deal_id=work.deal_id):
        yield Problem(
            code=one.code,
            detail=one.detail,
            since=one.since,
            kind=ProblemKind.RULE,
            can_retry=True,
            rule=one.kind.value,
            run_key=one.run_key,
        )


def _waiting(session: Session, *, work: DealWork, now: datetime) -> Iterator[Problem]:
    own = (RuleRun.company_id == work.company_id, RuleRun.deal_id == work.deal_id)
    for run in session.scalars(select(RuleRun).where(*own, waits(now=now)).order_by(RuleRun.created_at)):
        yield Problem(
            code=ErrorCode(run.reason or ErrorCode.RULE_FAILED),
            detail=run.detail,
            since=run.created_at,
            kind=ProblemKind.REST,
            until=run.due_at if _is_long(run.due_at, now=now) else None,
            rule=run.rule,
            run_key=run.run_key,
        )


def _news(session: Session, *, found: Sequence[InvoiceOnDeal]) -> Iterator[Problem]:
    records = {one.record.invoice_id: one.record for one in found}
    for organisation_id in dict.fromkeys(record.organisation_id for record in records.values()):
        ids = [key for key, record in records.items() if record.organisation_id == organisation_id]
        about: dict[str, Any] = {"organisation_id": organisation_id, "invoice_ids": ids}
        for row in session.execute(_NEWS, about).mappings():
            if row["since"] > records[row["resource_id"]].fetched_at:
                is_tried = row["state"] == "pending"
                yield Problem(
                    code=ErrorCode.NEWS_UNREAD,
                    detail="",
                    since=row["since"],
                    invoice_key=row["resource_id"],
                    kind=ProblemKind.NEWS,
                    can_retry=not is_tried,
                    is_tried=is_tried,
                )


def _xero_rests(
    active: ActiveOrganisation | None, *, found: Sequence[InvoiceOnDeal], now: datetime
) -> Iterator[Problem]:
    if active is None or not _is_long(active.parked_until, now=now):
        return
    if any(one.record.organisation_id == active.organisation_id for one in found):
        yield Problem(ErrorCode.XERO_BUSY, "", None, kind=ProblemKind.REST, until=active.parked_until)


def _fields(work: DealWork, *, now: datetime) -> Iterator[Problem]:
    if work.due_at is not None and _is_long(work.parked_until, now=now):
        yield Problem(ErrorCode.PIPEDRIVE_BUSY, "", work.problem_since, kind=ProblemKind.REST, until=work.parked_until)
        return
    if work.problem_code is None or work.problem_since is None:
        return
    code = ErrorCode(work.problem_code)
    if code in _MENDS_ITSELF and now - work.problem_since < SOON:
        return
    is_tried = work.due_at is not None and work.due_at <= now
    yield Problem(
        code=code,
        detail=work.problem_detail,
        since=work.problem_since,
        kind=ProblemKind.FIELDS,
        can_retry=not is_tried,
        is_tried=is_tried,
    )


def _is_long(until: datetime | None, *, now: datetime) -> bool:
    return until is not None and until - now > SOON
