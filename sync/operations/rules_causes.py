"""Write down what sets a rule off, once per cause, in the same transaction as the fact that says so."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sync.domain.crm import Deal
from sync.domain.invoice import Invoice, Status
from sync.domain.rules import (
    Cause,
    Reaction,
    Rule,
    RuleKind,
    cause_of_deletion,
    cause_of_payment,
    causes_of_deal,
)
from sync.store.invoices import DealRow
from sync.store.rules import RuleRow, RuleRun

#: Whoever has claimed a run has it for so long: longer than all calls of one together.
CLAIM_LASTS = timedelta(minutes=2)
_NAMESPACE = uuid.UUID("6f1d2c52-8f0f-4d0b-9d53-1c1a5a5f2c10")


def read_rules(session: Session, *, company_id: int) -> tuple[Rule, ...]:
    """Read the rules that are on."""
    rows = session.scalars(select(RuleRow).where(RuleRow.company_id == company_id).order_by(RuleRow.kind))
    return tuple(to_rule(row) for row in rows)


def find_rule(session: Session, *, company_id: int, kind: RuleKind) -> Rule | None:
    """Find a rule, if it is on."""
    row = session.get(RuleRow, (company_id, kind.value))
    return to_rule(row) if row else None


def to_rule(row: RuleRow) -> Rule:
    """Give a row as the plain value that the domain works with."""
    return Rule(kind=RuleKind(row.kind), does=Reaction(row.does), since=row.since, by=row.by, stage_id=row.stage_id)


def run_key_of(*, company_id: int, cause: Cause) -> str:
    """Name the run of a cause: the same cause has the same name for ever."""
    return str(uuid.uuid5(_NAMESPACE, f"{company_id}/{cause.kind}/{cause.key}"))


def note_deal(session: Session, *, company_id: int, deal: Deal, rules: Collection[Rule], now: datetime) -> bool:
    """Write down what a deal as fetched sets off; gives whether that is anything."""
    causes = causes_of_deal(deal=deal, rules=rules)
    add_runs(session, company_id=company_id, causes=causes, now=now)
    return bool(causes)


def note_deletion(session: Session, *, company_id: int, deal: Deal, rules: Collection[Rule], now: datetime) -> None:
    """Write down that a deal was deleted: said by an event of its own, not a merge's, and confirmed by Pipedrive (D19)."""
    if deal.is_deleted and any(rule.kind is RuleKind.DELETED and deal.update_time >= rule.since for rule in rules):
        add_runs(session, company_id=company_id, causes=(cause_of_deletion(deal=deal),), now=now)


def note_payment(session: Session, *, deals: Iterable[DealRow], before: Invoice, after: Invoice, now: datetime) -> None:
    """Write down that an invoice, which was not paid `before`, is paid; for each company whose rule was on by then.

    Xero tells no moment of it: what was last changed before the rule was switched on was paid before as well.
    """
    if after.status is not Status.PAID or before.status is Status.PAID:
        return
    for deal in deals:
        rule = find_rule(session, company_id=deal.company_id, kind=RuleKind.PAID)
        if rule is not None and after.updated_at >= rule.since:
            cause = cause_of_payment(deal_id=deal.deal_id, invoice_id=after.invoice_id, at=after.updated_at)
            add_runs(session, company_id=deal.company_id, causes=(cause,), now=now)


def add_runs(
    session: Session, *, company_id: int, causes: Iterable[Cause], now: datetime, state: str = "pending"
) -> None:
    """Add a run for each cause that has none yet, whoever else is adding it at the same moment."""
    rows = [
        {
            "run_key": run_key_of(company_id=company_id, cause=cause),
            "company_id": company_id,
            "rule": cause.kind.value,
            "cause": cause.key,
            "deal_id": cause.deal_id,
            "invoice_id": cause.invoice_id,
            "state": state,
            "created_at": now,
            "due_at": now if state == "pending" else None,
            "ended_at": None if state == "pending" else now,
            "tries": 0,
            "detail": "",
        }
        for cause in causes
    ]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(RuleRun).values(rows).on_conflict_do_nothing())
