"""Which tenants a worker holds, and whether they went on after it was killed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.store.database import Database
from sync.store.models import accounts, company, inbox, invoices


@dataclass(frozen=True)
class Held:
    """A tenant in somebody's hands."""

    is_company: bool
    key: str | int
    owner: str | None


def held(database: Database) -> list[Held]:
    """List the tenants that are in somebody's hands now."""
    organisation, client, now = accounts.Organisation, company.Company, datetime.now(UTC)
    with database.reading() as session:
        organisations = session.scalars(select(organisation).where(organisation.lease_until > now)).all()
        companies = session.scalars(select(client).where(client.lease_until > now)).all()
    return [
        *(Held(is_company=False, key=row.organisation_id, owner=row.lease_owner) for row in organisations),
        *(Held(is_company=True, key=row.company_id, owner=row.lease_owner) for row in companies),
    ]


def waiting(database: Database, before: list[Held]) -> list[Held]:
    """List those that are still in the same hands and have something to do."""
    with database.reading() as session:
        return [one for one in before if _is_waiting(session, one)]


def _is_waiting(session: Session, one: Held) -> bool:
    row = (
        session.get_one(company.Company, one.key) if one.is_company else session.get_one(accounts.Organisation, one.key)
    )
    now = datetime.now(UTC)
    if row.lease_owner != one.owner or (row.parked_until or now) > now:
        return False
    if isinstance(row, accounts.Organisation):
        due = (inbox.Event.due_at.is_(None)) | (inbox.Event.due_at <= now)
        events = select(inbox.Event.event_id).where(inbox.Event.tenant == row.tenant_id, inbox.Event.state == "pending")
        return session.scalars(events.where(due).limit(1)).first() is not None
    deals = select(invoices.DealRow.deal_id).where(
        invoices.DealRow.company_id == row.company_id, invoices.DealRow.due_at <= now
    )
    return session.scalars(deals.limit(1)).first() is not None
