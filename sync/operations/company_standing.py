"""What waits, fails or is behind in a whole company, and why: for its admins (F31). No call to either vendor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.troubles import Trouble, TroubleKind
from sync.errors import Anticipated, ErrorCode
from sync.operations import standing_troubles as troubles
from sync.operations.identity import Person
from sync.operations.mark_again import (
    Reach,
    again_asked,
    again_behind,
    again_deal_news,
    again_fields,
    again_invoice_news,
    again_registrations,
)
from sync.operations.rules_stopped import again_rules, all_stopped
from sync.operations.setup import ConnectionsView, show_connections
from sync.operations.telling import tell
from sync.operations.tend_fields import want_fields_again
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company, Installation
from sync.store.inbox import Event
from sync.store.invoices import DealRow, InvoiceRecord


class AdminsOnly(Anticipated):
    """Somebody who is no admin asked; `admins` are those of their company who could tell."""

    def __init__(self, *, admins: tuple[str, ...]) -> None:
        super().__init__(ErrorCode.ADMIN_ONLY)
        self.admins = admins


@dataclass(frozen=True)
class CompanyStanding:
    """Both connections, what is the matter, and when either side was last heard of."""

    connections: ConnectionsView
    troubles: tuple[Trouble, ...]
    heard_from_xero: datetime | None
    heard_from_pipedrive: datetime | None
    #: Up to when all of Xero has been looked through, and all of Pipedrive's deals.
    swept_to: datetime | None
    compared_to: datetime | None

    @property
    def is_well(self) -> bool:
        """Whether both connections hold and nothing is the matter."""
        organisation = self.connections.organisation
        return not self.troubles and organisation is not None and organisation.healthy


@dataclass(frozen=True)
class CompanyTroubles:
    """What is the matter with one company."""

    company_id: int
    troubles: tuple[Trouble, ...]


def troubles_of_companies(core: Core, *, company_id: int | None) -> list[CompanyTroubles]:
    """Say to an operator what is the matter with one company, or with each that has the app."""
    chosen = Company.company_id == company_id if company_id is not None else Company.ended_at.is_(None)
    with core.database.reading() as session:
        return [
            CompanyTroubles(
                company.company_id,
                tuple(
                    _troubles(
                        session,
                        company=company,
                        organisation=_organisation(session, company_id=company.company_id),
                        now=core.now(),
                    )
                ),
            )
            for company in session.scalars(select(Company).where(chosen).order_by(Company.company_id))
        ]


def show_standing(core: Core, *, person: Person) -> CompanyStanding:
    """Show an admin how their company stands.

    :raises AdminsOnly: to everybody else.
    """
    with core.database.reading() as session:
        _require_admin(session, person=person)
        company = session.get_one(Company, person.company_id)
        organisation = _organisation(session, company_id=person.company_id)
        return CompanyStanding(
            connections=show_connections(session, person=person),
            troubles=tuple(_troubles(session, company=company, organisation=organisation, now=core.now())),
            heard_from_xero=_heard_from_xero(session, organisation=organisation),
            heard_from_pipedrive=_heard_from_pipedrive(session, company=company),
            swept_to=organisation.swept_to if organisation else None,
            compared_to=company.compared_to,
        )


def retry_trouble(core: Core, *, person: Person, kind: TroubleKind) -> None:
    """Have everything of one kind tried again at once.

    :raises AdminsOnly: to everybody but an admin.
    """
    with core.database.writing() as session:
        _require_admin(session, person=person)
        _MARKS[kind](session, Reach(company_id=person.company_id), core.now())
        tell(session, "retried", {"what": kind.value, "company_id": person.company_id, "user_id": person.user_id})
    core.waker.wake()


_Mark = Callable[[Session, Reach, datetime], object]


def _leave(_session: Session, _reach: Reach, _now: datetime) -> None:
    """Leave what only time mends."""


def _tend(session: Session, reach: Reach, now: datetime) -> None:
    again_registrations(session, company_id=reach.company_id, now=now)


def _tend_all_fields(session: Session, reach: Reach, now: datetime) -> None:
    """Have the fields made again that somebody deleted."""
    want_fields_again(session, company_id=reach.company_id)
    _tend(session, reach, now)


def _run_again(session: Session, reach: Reach, now: datetime) -> None:
    again_rules(session, run_keys=all_stopped(session, company_id=reach.company_id), now=now)


_MARKS: Mapping[TroubleKind, _Mark] = {
    **dict.fromkeys((TroubleKind.XERO_RESTS, TroubleKind.PIPEDRIVE_RESTS, TroubleKind.RULES_WAIT), _leave),
    **dict.fromkeys((TroubleKind.WEBHOOKS, TroubleKind.FIELDS_NO_ROOM, TroubleKind.FIELDS_OPTIONS), _tend),
    TroubleKind.FIELDS_DELETED: _tend_all_fields,
    TroubleKind.RULES: _run_again,
    TroubleKind.BEHIND: lambda session, reach, _now: again_behind(session, company_id=reach.company_id),
    TroubleKind.INVOICE_NEWS: lambda session, reach, _now: again_invoice_news(session, reach=reach),
    TroubleKind.DEAL_NEWS: lambda session, reach, _now: again_deal_news(session, company_id=reach.company_id),
    TroubleKind.ASKED: lambda session, reach, now: again_asked(session, reach=reach, now=now),
    TroubleKind.FIELDS: lambda session, reach, now: again_fields(session, reach=reach, now=now),
}


def _require_admin(session: Session, *, person: Person) -> None:
    if person.is_admin:
        return
    admins = session.scalars(
        select(Installation.user_name)
        .where(
            Installation.company_id == person.company_id,
            Installation.is_admin.is_(True),
            Installation.ended_at.is_(None),
        )
        .order_by(Installation.user_name)
    )
    raise AdminsOnly(admins=tuple(admins))


def _organisation(session: Session, *, company_id: int) -> Organisation | None:
    return session.scalar(
        select(Organisation)
        .join(Connection, Connection.organisation_id == Organisation.organisation_id)
        .where(Connection.company_id == company_id, Connection.state.in_(("active", "lost")))
        .order_by(Connection.state)
        .limit(1)
    )


def _troubles(session: Session, *, company: Company, organisation: Organisation | None, now: datetime) -> list[Trouble]:
    return [
        *troubles.rests(company=company, organisation=organisation, now=now),
        *troubles.webhooks(session, company=company, now=now),
        *troubles.behind(session, company=company, organisation=organisation, now=now),
        *troubles.invoice_news(session, company=company, organisation=organisation),
        *troubles.deal_news(session, company=company),
        *troubles.asked(session, company=company, now=now),
        *troubles.rules(session, company=company),
        *troubles.rules_wait(session, company=company, now=now),
        *troubles.fields(session, company=company, now=now),
        *troubles.missing_fields(session, company=company, now=now),
    ]


def _heard_from_xero(session: Session, *, organisation: Organisation | None) -> datetime | None:
    if organisation is None:
        return None
    told = session.scalar(
        select(func.max(Event.received_at)).where(Event.source == "xero", Event.tenant == organisation.tenant_id)
    )
    asked = session.scalar(
        select(func.max(InvoiceRecord.fetched_at)).where(InvoiceRecord.organisation_id == organisation.organisation_id)
    )
    return max((moment for moment in (told, asked, organisation.swept_to) if moment), default=None)


def _heard_from_pipedrive(session: Session, *, company: Company) -> datetime | None:
    told = session.scalar(
        select(func.max(Event.received_at)).where(Event.source == "pipedrive", Event.tenant == str(company.company_id))
    )
    asked = session.scalar(select(func.max(DealRow.fetched_at)).where(DealRow.company_id == company.company_id))
    return max((moment for moment in (told, asked, company.compared_to) if moment), default=None)
