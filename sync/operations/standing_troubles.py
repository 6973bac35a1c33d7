"""What of a company's work waits, failed or is behind, one kind at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.orm import Session

import manifests
from sync.domain.invoice import Status
from sync.domain.troubles import Case, Trouble, TroubleKind
from sync.errors import ErrorCode
from sync.operations.asked import asked_of_deal, problems_of
from sync.operations.invoices import invoices_of_deal
from sync.operations.rules_stopped import WANTS_MENDING
from sync.operations.tend_fields import FieldTrouble
from sync.store.accounts import Organisation
from sync.store.company import Company, DealFieldTrouble, PipedriveWebhook
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun

#: What mends itself sooner is not behind.
SOON = timedelta(minutes=2)
#: As many are told of by name; the rest is counted, up to `MOST`.
NAMED, MOST = 10, 100
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
            Event.source == "xero",
            Event.tenant == organisation.tenant_id,
            Event.category == "INVOICE",
            Event.state.in_(("pending", "set_aside")),
            Event.reason != "",
            Event.received_at > InvoiceRecord.fetched_at,
            DealInvoice.company_id == company.company_id,
            DealInvoice.organisation_id == organisation.organisation_id,
        )
        .group_by(DealInvoice.deal_id, DealRow.title, InvoiceRecord.number, DealInvoice.invoice_id)
    )
    yield from _cases(session, TroubleKind.INVOICE_NEWS, query)


def deal_news(session: Session, *, company: Company) -> Iterator[Trouble]:
    """Tell of what Pipedrive told of deals that we know, and could not be taken in."""
    unread = session.execute(
        select(Event.resource_id, func.min(Event.received_at).label("since"), func.max(Event.state).label("state"))
        .where(
            Event.source == "pipedrive",
            Event.tenant == str(company.company_id),
            Event.state.in_(("pending", "set_aside")),
            Event.reason != "",
        )
        .group_by(Event.resource_id)
        .order_by("since")
        .limit(MOST)
    ).all()
    ids = {int(row.resource_id) for row in unread}
    own = (DealRow.company_id == company.company_id, DealRow.deal_id.in_(ids))
    titles = {
        str(row.deal_id): row.title for row in session.execute(select(DealRow.deal_id, DealRow.title).where(*own))
    }
    found = [row for row in unread if row.resource_id in titles]
    if found:
        cases = tuple(Case(int(row.resource_id), titles[row.resource_id], row.since) for row in found[:NAMED])
        is_tried = all(row.state == "pending" for row in found)
        yield Trouble(TroubleKind.DEAL_NEWS, since=found[0].since, count=len(found), cases=cases, is_tried=is_tried)


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
    yield from _cases(session, TroubleKind.FIELDS, query, now=now)


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
    yield from _cases(session, TroubleKind.RULES, query)


def asked(session: Session, *, company: Company, now: datetime) -> Iterator[Trouble]:
    """Tell of what was asked of Xero and whose end is not known, or that failed, as the deals' own panels tell it."""
    deals = session.execute(
        select(Intent.deal_id, DealRow.title)
        .join(DealRow, (DealRow.company_id == Intent.company_id) & (DealRow.deal_id == Intent.deal_id))
        .where(Intent.company_id == company.company_id, Intent.state.in_(("unknown", "failed")))
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
            is_tried=any(case.is_tried for case in ordered),
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


def _cases(
    session: Session, kind: TroubleKind, query: Select[*tuple[Any, ...]], *, now: datetime | None = None
) -> Iterator[Trouble]:
    rows: Sequence[RowMapping] = session.execute(query.order_by("since").limit(MOST)).mappings().all()
    if not rows:
        return
    yield Trouble(
        kind=kind,
        since=rows[0]["since"],
        count=len(rows),
        cases=tuple(_case(row) for row in rows[:NAMED]),
        is_tried=all(_is_tried(row, now=now) for row in rows),
    )


def _case(row: RowMapping) -> Case:
    code = row.get("code")
    return Case(
        deal_id=row["deal_id"],
        title=row["title"] or "",
        since=row["since"],
        number=row.get("number") or "",
        code=ErrorCode(code) if code else None,
        detail=row.get("detail") or "",
        rule=row.get("rule") or "",
    )


def _is_tried(row: RowMapping, *, now: datetime | None) -> bool:
    if "due_at" in row:
        return now is not None and row["due_at"] is not None and row["due_at"] <= now
    # An event that is tried again keeps its reason; "set_aside" comes last of the two.
    return bool(row.get("state") == "pending")


def _is_tended(company: Company, *, now: datetime) -> bool:
    return company.tend_due_at is not None and company.tend_due_at <= now


def _is_later(moment: datetime | None, *, now: datetime) -> bool:
    return moment is not None and moment > now
