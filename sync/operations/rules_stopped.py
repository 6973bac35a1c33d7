"""What rules did not do on a deal, and why; tried again where a person asks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from sync.domain.invoice import Status
from sync.domain.rules import LIVE, SETTLED_STOPS, RuleKind
from sync.errors import ErrorCode
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRow, RuleRun


@dataclass(frozen=True)
class StoppedRule:
    """A rule that could not do its work on a deal: which, why, in which words of the vendor, since when."""

    run_key: str
    kind: RuleKind
    code: ErrorCode
    detail: str
    since: datetime


#: A rule that was switched off, or on again, since does nothing about what came before.
_RULE_IS_ON = (
    exists()
    .where(RuleRow.company_id == RuleRun.company_id, RuleRow.kind == RuleRun.rule, RuleRow.since <= RuleRun.created_at)
    .correlate(RuleRun)
)


def _hangs(statuses: Collection[Status]) -> ColumnElement[bool]:
    """Whether an invoice in one of these hangs on the run's deal."""
    return (
        exists()
        .where(
            DealInvoice.company_id == RuleRun.company_id,
            DealInvoice.deal_id == RuleRun.deal_id,
            InvoiceRecord.organisation_id == DealInvoice.organisation_id,
            InvoiceRecord.invoice_id == DealInvoice.invoice_id,
            InvoiceRecord.status.in_([status.value for status in statuses]),
        )
        .correlate(RuleRun)
    )


#: What somebody has done by hand meanwhile, as they were told to.
_IS_DONE_BY_HAND = or_(
    and_(RuleRun.rule.in_((RuleKind.WON.value, RuleKind.STAGE.value)), _hangs(LIVE)),
    and_(RuleRun.rule.in_((RuleKind.LOST.value, RuleKind.DELETED.value)), ~_hangs({Status.DRAFT})),
)
#: The deal is not what set the rule off any more, to go by a look that came after it; or is not there any more.
_IS_TAKEN_BACK = (
    exists()
    .where(
        DealRow.company_id == RuleRun.company_id,
        DealRow.deal_id == RuleRun.deal_id,
        or_(
            and_(DealRow.is_deleted.is_(True), RuleRun.rule != RuleKind.DELETED.value),
            and_(
                RuleRun.rule.in_((RuleKind.WON.value, RuleKind.LOST.value)),
                DealRow.status != RuleRun.rule,
                DealRow.fetched_at >= RuleRun.created_at,
            ),
        ),
    )
    .correlate(RuleRun)
)
#: What has stopped and wants mending.
WANTS_MENDING = and_(
    RuleRun.state.in_(("stopped", "failed")),
    RuleRun.reason.not_in([code.value for code in SETTLED_STOPS]),
    _RULE_IS_ON,
    ~_IS_DONE_BY_HAND,
    ~_IS_TAKEN_BACK,
)
# Made once: it runs at every request of every open panel.
_STOPPED = (
    select(RuleRun.run_key, RuleRun.rule, RuleRun.reason, RuleRun.detail, RuleRun.ended_at)
    .where(
        RuleRun.company_id == bindparam("company_id"),
        RuleRun.deal_id == bindparam("deal_id"),
        WANTS_MENDING,
    )
    .order_by(RuleRun.ended_at.desc())
)


def stopped_rules(session: Session, *, company_id: int, deal_id: int) -> tuple[StoppedRule, ...]:
    """Read what has stopped on a deal and wants mending, the newest first."""
    rows = session.execute(_STOPPED, {"company_id": company_id, "deal_id": deal_id})
    return tuple(
        StoppedRule(
            run_key=row.run_key,
            kind=RuleKind(row.rule),
            code=ErrorCode(row.reason),
            detail=row.detail,
            since=row.ended_at,
        )
        for row in rows
    )


def all_stopped(session: Session, *, company_id: int) -> tuple[str, ...]:
    """List the runs of a company that have stopped and want mending."""
    return tuple(session.scalars(select(RuleRun.run_key).where(RuleRun.company_id == company_id, WANTS_MENDING)))


def again_rules(session: Session, *, run_keys: Collection[str], now: datetime) -> None:
    """Have stopped rules try again now; nothing where one is not stopped any more."""
    stopped = select(RuleRun).where(RuleRun.run_key.in_(run_keys), RuleRun.state.in_(("stopped", "failed")))
    for run in session.scalars(stopped.order_by(RuleRun.run_key).with_for_update()):
        run.state, run.due_at, run.tries = "pending", now, 0
        run.ended_at, run.reason, run.detail = None, None, ""
        intent = session.get(Intent, run.run_key, with_for_update=True)
        if intent is not None and intent.state == "failed":
            # Given up for good, or refused while nobody was waiting: a person asks for it again.
            intent.state = "prepared"
