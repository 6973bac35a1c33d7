"""What of a company's work waits, failed or is behind, one kind at a time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BigInteger, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

import manifests
from sync.domain.invoice import Status
from sync.domain.troubles import Case, Trouble, TroubleKind
from sync.errors import ErrorCode
from sync.operations.asked import OVER, asked_of_deal, problems_of
from sync.operations.invoices import invoices_of_deal
from sync.operations.problems import SOON, UNREAD, waits
from sync.operations.rules_stopped import WANTS_MENDING
from sync.operations.split_pipedrive import SOURCE as PIPEDRIVE
from sync.operations.split_pipedrive import TURN
from sync.operations.standing_cases import MOST, NAMED, cases_of
from sync.operations.tend_fields import FieldTrouble
from sync.store.accounts import Organisation
from sync.store.company import Company, DealFieldTrouble, PipedriveWebhook
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun

_LACKS = {
    FieldTrouble.PLAN: TroubleKind.FIELDS_NO_ROOM,
    FieldTrouble.DELETED: TroubleKind.FIELDS_DELETED,
    FieldTrouble.OPTIONS: TroubleKind.FIELDS_OPTIONS,
}


def rests(*, company: Company, organisation: Organisation | None, now: datetime) -> Iterator[Trouble]:
    """Tell which vendor takes no calls just now, and until when."""
    if organisation is not None and _is_later(organisation.parked_until, now=now):
        yield Trouble(TroubleKind.XERO_RESTS, until=organisation.parked_until, can_help=False)
    if _is_later(company.parked_until, now=now):
        yield Trouble(TroubleKind.PIPEDRIVE_RESTS, until=company.parked_until, can_help=False)


def webhooks(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell that Pipedrive does not tell us of deals, or not through whoever acts for the company."""
    found = session.execute(
        select(PipedriveWebhook.action, PipedriveWebhook.entity).where(
            PipedriveWebhook.company_id == company.company_id,
            PipedriveWebhook.user_id == company.acting_user_id,
            PipedriveWebhook.webhook_id.is_not(None),
        )
    )
    have = {(row.action, row.entity) for row in found}
    missing = [one for one in manifests.pipedrive().webhooks if (one.action, one.object) not in have]
    if missing and now - company.created_at > SOON:
        yield Trouble(TroubleKind.WEBHOOKS, count=len(missing), is_tried=_is_tended(company, now=now))


def behind(
    session: Session, *, company: Company, organisation: Organisation | None, now: datetime
) -> Iterator[Trouble]:
    """Tell how much of the news waits, where the oldest has waited longer than a moment."""
    tenants = [("pipedrive", str(company.company_id))]
    if organisation is not None:
        tenants.append(("xero", organisation.tenant_id))
    count, oldest = 0, now
    for source, tenant in tenants:
        waiting = select(func.count(), func.min(Event.received_at)).where(
            Event.source == source, Event.state == "pending", Event.tenant == tenant, Event.reason == ""
        )
        number, first = session.execute(waiting).one()
        count, oldest = count + number, min(oldest, first if number else now)
    if now - oldest > SOON:
        yield Trouble(TroubleKind.BEHIND, since=oldest, count=count)


def invoice_news(session: Session, *, company: Company, organisation: Organisation | None) -> Iterator[Trouble]:
    """Tell of what Xero told of invoices that hang on this company's deals, and could not be taken in."""
    if organisation is None:
        return
    query = (
        select(
            DealInvoice.deal_id,
            DealRow.title,
            InvoiceRecord.number,
            func.min(Event.received_at).label("since"),
            func.max(Event.state).label("state"),
        )
        .join(DealInvoice, DealInvoice.invoice_id == Event.resource_id)
        .join(DealRow, (DealRow.company_id == DealInvoice.company_id) & (DealRow.deal_id == DealInvoice.deal_id))
        .join(
            InvoiceRecord,
            (InvoiceRecord.organisation_id == DealInvoice.organisation_id)
            & (InvoiceRecord.invoice_id == DealInvoice.invoice_id),
        )
        .where(
            *UNREAD,
            Event.tenant == organisation.tenant_id,
            Event.received_at > InvoiceRecord.fetched_at,
            DealInvoice.company_id == company.company_id,
            DealInvoice.organisation_id == organisation.organisation_id,
        )
        .group_by(DealInvoice.deal_id, DealRow.title, InvoiceRecord.number, DealInvoice.invoice_id)
    )
    yield from cases_of(session, TroubleKind.INVOICE_NEWS, query)


def deal_news(session: Session, *, company: Company) -> Iterator[Trouble]:
    """Tell of what Pipedrive told of deals, also of such as we do not know yet, and could not be taken in.

    Whatever was fetched of a deal since has told what there was to tell; but not to a rule that could be set off by it.
    """
    deal_id = cast(case((Event.source == PIPEDRIVE, Event.resource_id)), BigInteger)
    later = aliased(Event)
    is_seen_since = exists().where(
        later.source == Event.source,
        later.tenant == Event.tenant,
        later.category == Event.category,
        later.resource_id == Event.resource_id,
        later.worked_at > Event.received_at,
        or_(and_(later.state == "done", later.type != "merge"), later.type == "delete"),
    )
    query = (
        select(
            Event.resource_id.label("deal_id"),
            DealRow.title,
            func.min(Event.received_at).label("since"),
            func.max(Event.state).label("state"),
            func.max(case((Event.reason == ErrorCode.DEAL_HIDDEN.value, Event.reason))).label("code"),
        )
        .outerjoin(DealRow, (DealRow.company_id == company.company_id) & (DealRow.deal_id == deal_id))
        .where(
            Event.source == PIPEDRIVE,
            Event.tenant == str(company.company_id),
            Event.state.in_(("pending", "set_aside")),
            Event.reason != "",
            ~is_seen_since,
            or_(Event.type == TURN, DealRow.fetched_at.is_(None), Event.received_at > DealRow.fetched_at),
        )
        .group_by(Event.resource_id, DealRow.title)
    )
    yield from cases_of(session, TroubleKind.DEAL_NEWS, query)


def missing_fields(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell which of our deal fields the company lacks, or has in part."""
    found = session.scalars(
        select(DealFieldTrouble)
        .where(DealFieldTrouble.company_id == company.company_id)
        .order_by(DealFieldTrouble.since)
    ).all()
    names = {spec.slot: spec.name for spec in manifests.pipedrive().deal_fields}
    is_tried = _is_tended(company, now=now)
    for reason, kind in _LACKS.items():
        rows = [row for row in found if row.reason == reason and row.slot in names]
        if rows:
            named = tuple(names[row.slot] for row in rows)
            yield Trouble(kind, since=rows[0].since, count=len(rows), names=named, is_tried=is_tried)


def fields(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell of deals whose fields could not be written for longer than a moment."""
    query = select(
        DealRow.deal_id,
        DealRow.title,
        DealRow.problem_since.label("since"),
        DealRow.problem_code.label("code"),
        DealRow.problem_detail.label("detail"),
        DealRow.due_at,
    ).where(
        DealRow.company_id == company.company_id,
        DealRow.is_deleted.is_(False),
        DealRow.problem_code.is_not(None),
        DealRow.problem_since < now - SOON,
    )
    yield from cases_of(session, TroubleKind.FIELDS, query, now=now)


def rules(session: Session, *, company: Company) -> Iterator[Trouble]:
    """Tell of rules that stopped, or failed, and want mending."""
    query = (
        select(
            RuleRun.deal_id,
            DealRow.title,
            RuleRun.ended_at.label("since"),
            RuleRun.reason.label("code"),
            RuleRun.detail,
            RuleRun.rule,
        )
        .outerjoin(DealRow, (DealRow.company_id == RuleRun.company_id) & (DealRow.deal_id == RuleRun.deal_id))
        .where(RuleRun.company_id == company.company_id, WANTS_MENDING)
    )
    yield from cases_of(session, TroubleKind.RULES, query)


def rules_wait(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell of rules that have waited for longer than a moment."""
    query = (
        select(
            RuleRun.deal_id,
            DealRow.title,
            RuleRun.created_at.label("since"),
            RuleRun.reason.label("code"),
            RuleRun.rule,
        )
        .outerjoin(DealRow, (DealRow.company_id == RuleRun.company_id) & (DealRow.deal_id == RuleRun.deal_id))
        .where(RuleRun.company_id == company.company_id, waits(now=now))
    )
    for trouble in cases_of(session, TroubleKind.RULES_WAIT, query):
        yield replace(trouble, can_help=False)


def asked(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell of what was asked of Xero and whose end is not known, or that failed, as the deals' own panels tell it."""
    later = aliased(Intent)
    is_made_since = exists().where(
        later.company_id == Intent.company_id,
        later.deal_id == Intent.deal_id,
        later.kind == "create",
        later.state == "done",
        later.asked_at > Intent.asked_at,
    )
    is_over = exists().where(
        InvoiceRecord.organisation_id == Intent.organisation_id,
        InvoiceRecord.invoice_id == Intent.invoice_id,
        InvoiceRecord.status.in_([status.value for status in OVER]),
    )
    deals = session.execute(
        select(Intent.deal_id, DealRow.title)
        .join(DealRow, (DealRow.company_id == Intent.company_id) & (DealRow.deal_id == Intent.deal_id))
        .where(Intent.company_id == company.company_id, Intent.state.in_(("unknown", "failed")))
        # Most of what went wrong was put right long ago: that must not keep what is not from being told.
        .where(~is_over, ~and_(Intent.kind == "create", Intent.state == "failed", is_made_since))
        .group_by(Intent.deal_id, DealRow.title)
        .order_by(func.max(Intent.asked_at).desc())
        .limit(MOST)
    ).all()
    cases = [
        case
        for deal_id, title in deals
        for case in _asked_of(session, company_id=company.company_id, deal_id=deal_id, title=title, now=now)
    ]
    if cases:
        ordered = sorted(cases, key=lambda case: case.since)
        yield Trouble(
            TroubleKind.ASKED,
            since=ordered[0].since,
            count=len(ordered),
            cases=tuple(ordered[:NAMED]),
            # What is being tried keeps nobody from having the others tried.
            is_tried=any(case.is_tried for case in ordered) and not any(case.can_retry for case in ordered),
            can_help=any(case.can_retry for case in ordered),
        )


def _asked_of(session: Session, *, company_id: int, deal_id: int, title: str, now: datetime) -> Iterator[Case]:
    found = invoices_of_deal(session, company_id=company_id, deal_id=deal_id)
    records = {one.record.invoice_id: one.record for one in found}
    statuses = {key: Status(record.status) for key, record in records.items()}
    said = asked_of_deal(session, company_id=company_id, deal_id=deal_id, statuses=statuses)
    for problem in problems_of(said, invoice_ids=tuple(statuses), now=now):
        yield Case(
            deal_id=deal_id,
            title=title,
            since=problem.since or now,
            number=records[problem.invoice_key].number if problem.invoice_key else "",
            code=problem.code,
            detail=problem.detail,
            can_retry=problem.can_retry,
            is_tried=problem.is_tried,
        )


def _is_tended(company: Company, *, now: datetime) -> bool:
    return company.tend_due_at is not None and company.tend_due_at <= now


def _is_later(moment: datetime | None, *, now: datetime) -> bool:
    return moment is not None and moment > now
