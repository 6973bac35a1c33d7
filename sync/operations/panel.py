"""The panel: everything that our store knows of a deal's invoices, with its age. No call to either vendor."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import RowMapping, bindparam, func, select
from sqlalchemy.orm import Session

from sync.connections.xero import ActiveOrganisation, find_active
from sync.core import Core
from sync.domain.actions import ActionChoice, Standpoint, action_choices
from sync.domain.invoice import Standing, Status, standings
from sync.domain.links import invoice_link
from sync.domain.problems import Problem
from sync.domain.rights import Right, RightsPolicy, why_not
from sync.domain.timezones import local_day
from sync.errors import ErrorCode
from sync.operations.asked import Asked, asked_of_deal, is_create_open, problems_of, under_way
from sync.operations.contact_links import customer_key
from sync.operations.identity import Person
from sync.operations.invoices import InvoiceOnDeal, invoices_of_deal, to_invoice
from sync.operations.problems import HAS_HELD_UP, HAS_NEWS, DealWork, problems_beside
from sync.store.accounts import Connection
from sync.store.company import Company
from sync.store.invoices import ContactLink, DealRow, InvoiceRecord


class PanelState(StrEnum):
    """Which of the designed states the panel is in."""

    READY = "ready"
    EMPTY = "empty"
    NOT_CONNECTED = "not_connected"
    RECONNECT = "reconnect"
    DEAL_GONE = "deal_gone"


@dataclass(frozen=True)
class InvoiceRow:
    """One invoice as the panel shows it.

    `as_of` is when Xero said so, in UTC; `under_way` is the kind of change whose outcome is still open, or empty.
    """

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
    contact_name: str = ""
    amount_credited: Decimal = Decimal(0)
    actions: tuple[ActionChoice, ...] = ()
    under_way: str = ""


@dataclass(frozen=True)
class PanelView:
    """All that the panel shows; `etag` changes when, and only when, something in it does."""

    state: PanelState
    deal_title: str
    organisation_name: str
    invoices: tuple[InvoiceRow, ...]
    problems: tuple[Problem, ...]
    can_create: bool
    #: What this person lacks for a first step: a right in the company, or the connection one in Xero.
    why_not_create: ErrorCode | None = None
    #: The contact in Xero that the deal's customer is linked to, or empty.
    contact_name: str = ""
    etag: str = ""


# Made once, and of the columns that are shown: these run at every request of every open panel.
_DEAL = select(
    DealRow.title,
    DealRow.org_id,
    DealRow.person_id,
    DealRow.is_deleted,
    DealRow.problem_code,
    DealRow.problem_detail,
    DealRow.problem_since,
    DealRow.due_at,
    DealRow.company_id,
    DealRow.deal_id,
    Company.parked_until,
    HAS_NEWS.label("has_news"),
    HAS_HELD_UP.label("has_held_up"),
).where(
    DealRow.company_id == bindparam("company_id"),
    DealRow.deal_id == bindparam("deal_id"),
    Company.company_id == DealRow.company_id,
)
# A link that is older than this column is named as Xero names the contact on an invoice.
_NAME_ON_INVOICE = (
    select(InvoiceRecord.contact_name)
    .where(
        InvoiceRecord.organisation_id == ContactLink.organisation_id,
        InvoiceRecord.contact_id == ContactLink.contact_id,
    )
    .order_by(InvoiceRecord.updated_at.desc())
    .limit(1)
    .scalar_subquery()
)
_CONTACT = select(func.coalesce(func.nullif(ContactLink.contact_name, ""), _NAME_ON_INVOICE)).where(
    ContactLink.company_id == bindparam("company_id"),
    ContactLink.organisation_id == bindparam("organisation_id"),
    ContactLink.customer == bindparam("customer"),
)
_ACTIONS = select(Connection.actions, Connection.actions_at).where(Connection.key == bindparam("key"))
_ENDED = (
    select(Connection.key)
    .where(Connection.company_id == bindparam("company_id"), Connection.state.in_(("lost", "active")))
    .limit(1)
)


def show_panel(core: Core, *, person: Person, deal_id: int) -> PanelView:
    """Draw the panel of a deal that `require_deal` let this person see, from the store."""
    with core.database.reading() as session:
        company_id = person.company_id
        deal = session.execute(_DEAL, {"company_id": company_id, "deal_id": deal_id}).mappings().one()
        found = invoices_of_deal(session, company_id=company_id, deal_id=deal_id)
        statuses = {one.record.invoice_id: Status(one.record.status) for one in found}
        asked = asked_of_deal(session, company_id=company_id, deal_id=deal_id, statuses=statuses)
        active = find_active(session, company_id=company_id)
        actions, were_read = _actions(session, active=active)
        rows = _rows(core, found=found, asked=asked, sight=_Sight(person=person, active=active, actions=actions))
        # Until Xero has said what may be done, the window asks.
        refusal = _why_not_create(actions, person=person) if were_read else None
        view = PanelView(
            state=_state(session, person=person, is_deleted=deal["is_deleted"], active=active, rows=rows),
            deal_title=deal["title"],
            organisation_name=active.name if active else "",
            invoices=rows,
            problems=(
                *problems_of(asked, invoice_ids=tuple(statuses), now=core.now()),
                *problems_beside(core, session, work=_work(deal), found=found, active=active),
            ),
            can_create=active is not None
            and refusal is None
            and not deal["is_deleted"]
            and not is_create_open(asked, organisation_id=active.organisation_id),
            why_not_create=refusal,
            contact_name=_contact_name(session, person=person, deal=deal, active=active),
        )
    return replace(view, etag=_etag(view))


@dataclass(frozen=True)
class _Sight:
    """Who looks, through which connection."""

    person: Person
    active: ActiveOrganisation | None
    actions: frozenset[str]

    def of(self, record: InvoiceRecord) -> Standpoint:
        """Say what that means for an invoice."""
        connected = self.active is not None and record.organisation_id == self.active.organisation_id
        return Standpoint(actions=self.actions, is_admin=self.person.is_admin, connected=connected)


def _rows(
    core: Core, *, found: Sequence[InvoiceOnDeal], asked: Sequence[Asked], sight: _Sight
) -> tuple[InvoiceRow, ...]:
    return tuple(
        invoice_row(
            core,
            found=one,
            standpoint=sight.of(one.record),
            under_way=under_way(asked, invoice_id=one.record.invoice_id),
        )
        for one in found
    )


_NOBODY = Standpoint(actions=frozenset(), is_admin=False, connected=False)


def invoice_row(
    core: Core, *, found: InvoiceOnDeal, standpoint: Standpoint = _NOBODY, under_way: str = ""
) -> InvoiceRow:
    """Show one invoice, with what "today" is in the organisation's own time zone (D26)."""
    record = found.record
    invoice = to_invoice(record)
    today = local_day(now=core.now(), xero_name=found.timezone)
    standing = standings(invoice, today=today)
    late = Standing.OVERDUE in standing and invoice.due_date is not None
    return InvoiceRow(
        key=record.invoice_id,
        number=invoice.number,
        status=invoice.status,
        standings=standing,
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
            short_code=found.short_code,
            invoice_id=record.invoice_id,
        ),
        contact_name=invoice.contact_name,
        amount_credited=invoice.amount_credited,
        actions=action_choices(invoice, standpoint=standpoint),
        under_way=under_way,
    )


def _actions(session: Session, *, active: ActiveOrganisation | None) -> tuple[frozenset[str], bool]:
    """Give what the connection may do in Xero, and whether Xero has ever said so."""
    if active is None:
        return frozenset(), False
    row = session.execute(_ACTIONS, {"key": active.connection_key}).one()
    return frozenset(row.actions), bool(row.actions) or row.actions_at is not None


def _why_not_create(actions: frozenset[str], *, person: Person) -> ErrorCode | None:
    return why_not(right=Right.DRAFT, actions=actions, is_admin=person.is_admin, policy=RightsPolicy())


def _contact_name(session: Session, *, person: Person, deal: RowMapping, active: ActiveOrganisation | None) -> str:
    customer = customer_key(org_id=deal["org_id"], person_id=deal["person_id"])
    if active is None or not customer:
        return ""
    about = {"company_id": person.company_id, "organisation_id": active.organisation_id, "customer": customer}
    return session.execute(_CONTACT, about).scalar_one_or_none() or ""


def _etag(view: PanelView) -> str:
    # A set prints in another order in another process.
    ordered = tuple(sorted(row.standings) for row in view.invoices)
    shown = replace(view, invoices=tuple(replace(row, standings=frozenset()) for row in view.invoices))
    return hashlib.sha256(repr((shown, ordered)).encode()).hexdigest()[:20]


def _state(
    session: Session,
    *,
    person: Person,
    is_deleted: bool,
    active: ActiveOrganisation | None,
    rows: tuple[InvoiceRow, ...],
) -> PanelState:
    if is_deleted:
        return PanelState.DEAL_GONE
    if active is not None:
        return PanelState.READY if rows else PanelState.EMPTY
    ended = session.execute(_ENDED, {"company_id": person.company_id}).first()
    # An "active" connection that reaches nothing hangs on a grant that Xero no longer honours.
    return PanelState.RECONNECT if ended else PanelState.NOT_CONNECTED


def _work(deal: RowMapping) -> DealWork:
    return DealWork(
        company_id=deal["company_id"],
        deal_id=deal["deal_id"],
        problem_code=deal["problem_code"],
        problem_detail=deal["problem_detail"],
        problem_since=deal["problem_since"],
        due_at=deal["due_at"],
        parked_until=deal["parked_until"],
        has_news=deal["has_news"],
        has_held_up=deal["has_held_up"],
    )
