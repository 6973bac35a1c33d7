"""The panel: everything that our store knows of a deal's invoices, with its age. No call to either vendor."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.connections.xero import ActiveOrganisation, find_active
from sync.core import Core
from sync.domain.invoice import Standing, Status, standings
from sync.domain.links import invoice_link
from sync.domain.timezones import local_day
from sync.errors import ErrorCode
from sync.operations.identity import Person
from sync.operations.invoices import invoices_of_deal, to_invoice
from sync.store.accounts import Connection, Organisation
from sync.store.invoices import DealRow, Intent, InvoiceRecord


class PanelState(StrEnum):
    """Which of the designed states the panel is in."""

    READY = "ready"
    EMPTY = "empty"
    NOT_CONNECTED = "not_connected"
    RECONNECT = "reconnect"
    DEAL_GONE = "deal_gone"


@dataclass(frozen=True)
class Problem:
    """What went wrong, in which words of the vendor, since when."""

    code: ErrorCode
    detail: str
    since: datetime


@dataclass(frozen=True)
class InvoiceRow:
    """One invoice as the panel shows it; `as_of` is when Xero said so, in UTC."""

    key: str
    number: str
    status: Status
    standings: frozenset[Standing]
    overdue_days: int
    total: Decimal
    amount_paid: Decimal
    amount_due: Decimal
    currency: str
    issue_date: date | None
    due_date: date | None
    reference: str
    as_of: datetime
    xero_url: str


@dataclass(frozen=True)
class PanelView:
    """All that the panel shows; `etag` changes when, and only when, something in it does."""

    state: PanelState
    deal_title: str
    organisation_name: str
    invoices: tuple[InvoiceRow, ...]
    problem: Problem | None
    can_create: bool
    etag: str = ""


def show_panel(core: Core, *, person: Person, deal_id: int) -> PanelView:
    """Draw a deal's panel from the store."""
    with core.database.reading() as session:
        deal = session.get(DealRow, (person.company_id, deal_id))
        active = find_active(session, company_id=person.company_id)
        rows = _rows(core, session, person=person, deal_id=deal_id)
        view = PanelView(
            state=_state(session, person=person, deal=deal, active=active, rows=rows),
            deal_title=deal.title if deal else "",
            organisation_name=active.name if active else "",
            invoices=rows,
            problem=_problem(session, person=person, deal=deal, deal_id=deal_id),
            can_create=active is not None and not (deal and deal.is_deleted),
        )
    return replace(view, etag=_etag(view))


def invoice_row(core: Core, *, record: InvoiceRecord, organisation: Organisation) -> InvoiceRow:
    """Show one invoice, with what "today" is in the organisation's own time zone (D26)."""
    invoice = to_invoice(record)
    today = local_day(now=core.now(), xero_name=organisation.timezone)
    found = standings(invoice, today=today)
    late = Standing.OVERDUE in found and invoice.due_date is not None
    return InvoiceRow(
        key=record.invoice_id,
        number=invoice.number,
        status=invoice.status,
        standings=found,
        overdue_days=(today - invoice.due_date).days if late and invoice.due_date else 0,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        amount_due=invoice.amount_due,
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        reference=invoice.reference,
        as_of=record.fetched_at,
        xero_url=invoice_link(
            web_url=core.settings.xero_web_url,
            short_code=organisation.short_code,
            invoice_id=record.invoice_id,
        ),
    )


def _etag(view: PanelView) -> str:
    # A set prints in another order in another process.
    ordered = tuple(sorted(row.standings) for row in view.invoices)
    shown = replace(view, invoices=tuple(replace(row, standings=frozenset()) for row in view.invoices))
    return hashlib.sha256(repr((shown, ordered)).encode()).hexdigest()[:20]


def _rows(core: Core, session: Session, *, person: Person, deal_id: int) -> tuple[InvoiceRow, ...]:
    records = invoices_of_deal(session, company_id=person.company_id, deal_id=deal_id)
    organisations = {key: session.get_one(Organisation, key) for key in {record.organisation_id for record in records}}
    return tuple(
        invoice_row(core, record=record, organisation=organisations[record.organisation_id]) for record in records
    )


def _state(
    session: Session,
    *,
    person: Person,
    deal: DealRow | None,
    active: ActiveOrganisation | None,
    rows: tuple[InvoiceRow, ...],
) -> PanelState:
    if deal is not None and deal.is_deleted:
        return PanelState.DEAL_GONE
    if active is not None:
        return PanelState.READY if rows else PanelState.EMPTY
    ended = session.scalar(
        select(Connection.key)
        .where(Connection.company_id == person.company_id, Connection.state.in_(("lost", "active")))
        .limit(1)
    )
    # An "active" connection that reaches nothing hangs on a grant that Xero no longer honours.
    return PanelState.RECONNECT if ended else PanelState.NOT_CONNECTED


def _problem(session: Session, *, person: Person, deal: DealRow | None, deal_id: int) -> Problem | None:
    intent = session.scalar(
        select(Intent)
        .where(Intent.company_id == person.company_id, Intent.deal_id == deal_id, Intent.state == "unknown")
        .order_by(Intent.created_at)
        .limit(1)
    )
    if intent is not None:
        return Problem(code=ErrorCode.OUTCOME_UNKNOWN, detail="", since=intent.first_sent_at or intent.created_at)
    if deal is None or deal.problem_code is None or deal.problem_since is None:
        return None
    return Problem(code=ErrorCode(deal.problem_code), detail=deal.problem_detail, since=deal.problem_since)
