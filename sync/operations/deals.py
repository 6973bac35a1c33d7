"""Our copy of deals."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.domain.crm import Deal
from sync.store.invoices import DealRow


def record_deal(session: Session, *, company_id: int, deal: Deal, now: datetime) -> DealRow:
    """Keep a deal as fetched; an older copy never overwrites a newer one."""
    [row] = record_deals(session, company_id=company_id, deals=(deal,), now=now)
    return row


def record_deals(session: Session, *, company_id: int, deals: Iterable[Deal], now: datetime) -> list[DealRow]:
    """Keep some deals as fetched, with one look at what is there; always locked in the same order."""
    ordered = sorted(deals, key=lambda deal: deal.deal_id)
    known = session.scalars(
        select(DealRow)
        .where(DealRow.company_id == company_id, DealRow.deal_id.in_([deal.deal_id for deal in ordered]))
        .order_by(DealRow.deal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.deal_id: row for row in known}
    return [_record(session, company_id=company_id, row=rows.get(deal.deal_id), deal=deal, now=now) for deal in ordered]


def _record(session: Session, *, company_id: int, row: DealRow | None, deal: Deal, now: datetime) -> DealRow:
    if row is None:
        row = DealRow(company_id=company_id, deal_id=deal.deal_id, updated_at=deal.update_time)
        session.add(row)
    elif deal.update_time < row.updated_at:
        return row
    elif row.currency != deal.currency or (row.is_deleted and not deal.is_deleted):
        mark_deal_due(row, now=now)
    row.title = deal.title
    row.currency = deal.currency
    row.owner_id = deal.owner_id
    row.person_id = deal.person_id
    row.org_id = deal.org_id
    row.status = deal.status
    row.is_deleted = deal.is_deleted
    row.updated_at = deal.update_time
    row.fetched_at = now
    return row


def mark_deal_due(row: DealRow, *, now: datetime) -> None:
    """Say that the deal's fields in Pipedrive want writing; the revision keeps a mark made while one is under way."""
    row.revision = (row.revision or 0) + 1
    row.due_at = now
    row.tries = 0


def correct_fields(row: DealRow, *, actual: Mapping[str, object], now: datetime) -> bool:
    """Have our fields written anew where they are not as we wrote them last; False where they are."""
    if all(row.written.get(code) == value for code, value in actual.items()):
        return False
    row.written = {**row.written, **actual}
    mark_deal_due(row, now=now)
    return True
