"""Mark as due what failed, on one deal or in a whole company: a worker then tries it again at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, select, update
from sqlalchemy.orm import Session

from sync.operations.intents import CLAIM_LASTS
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, Intent


@dataclass(frozen=True)
class Reach:
    """Whose work is meant: a company's, or only that of one of its deals."""

    company_id: int
    deal_id: int | None = None

    def of(self, table: type[Intent] | type[DealRow] | type[DealInvoice]) -> ColumnElement[bool]:
        """Give what a row must fulfil to be meant."""
        own = table.company_id == self.company_id
        return own if self.deal_id is None else and_(own, table.deal_id == self.deal_id)


def waiting_intents(*, reach: Reach, now: datetime) -> ColumnElement[bool]:
    """Say which intents can be hurried: what is due sooner a worker may have in hand."""
    return and_(reach.of(Intent), Intent.state == "unknown", Intent.due_at > now + CLAIM_LASTS)


def again_asked(session: Session, *, reach: Reach, now: datetime) -> bool:
    """Have the ends of intents found out now."""
    hurry = update(Intent).where(waiting_intents(reach=reach, now=now)).values(due_at=now)
    return session.execute(hurry.returning(Intent.intent_id)).first() is not None


def again_fields(session: Session, *, reach: Reach, now: datetime) -> bool:
    """Have fields written that could not be."""
    mark = update(DealRow).where(reach.of(DealRow), DealRow.problem_code.is_not(None)).values(due_at=now, tries=0)
    return session.execute(mark.returning(DealRow.deal_id)).first() is not None


def again_invoice_news(session: Session, *, reach: Reach) -> bool:
    """Have what Xero told of invoices on these deals taken in, where it was set aside."""
    here = (
        exists()
        .where(reach.of(DealInvoice), DealInvoice.invoice_id == Event.resource_id)
        .where(Organisation.organisation_id == DealInvoice.organisation_id, Organisation.tenant_id == Event.tenant)
    )
    return _again(session, Event.source == "xero", Event.category == "INVOICE", here)


def again_deal_news(session: Session, *, company_id: int) -> bool:
    """Have what Pipedrive told of deals taken in, where it was set aside."""
    return _again(session, Event.source == "pipedrive", Event.tenant == str(company_id))


def again_behind(session: Session, *, company_id: int) -> None:
    """Have all news that waits looked at now, however often it was put off."""
    ours = (
        select(Organisation.tenant_id)
        .join(Connection, Connection.organisation_id == Organisation.organisation_id)
        .where(Connection.company_id == company_id, Connection.state == "active")
    )
    of_xero = and_(Event.source == "xero", Event.tenant.in_(ours))
    of_pipedrive = and_(Event.source == "pipedrive", Event.tenant == str(company_id))
    session.execute(
        update(Event)
        .where(Event.state == "pending", of_xero | of_pipedrive)
        .values(due_at=None)
        .execution_options(synchronize_session=False)
    )


def again_registrations(session: Session, *, company_id: int, now: datetime) -> None:
    """Have the company's webhooks and fields in Pipedrive looked after now."""
    session.execute(update(Company).where(Company.company_id == company_id).values(tend_due_at=now))


def _again(session: Session, *which: ColumnElement[bool]) -> bool:
    """Give events that were set aside one more try; one that fails again is set aside again at once."""
    again = (
        update(Event)
        .where(Event.state == "set_aside", *which)
        .values(state="pending", due_at=None, tries=case((Event.tries > 0, Event.tries - 1), else_=0))
        .returning(Event.event_id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(again).first() is not None
