"""The timeline of an invoice on a deal: what our store has written down, newest first (F32). No call to either vendor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.timeline import Side, Verb
from sync.domain.timezones import zone_name
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.store.accounts import Organisation
from sync.store.company import Installation
from sync.store.invoices import DealInvoice, InvoiceRecord
from sync.store.timeline import Happening

#: More than anybody reads in a sidebar.
MOST = 100

_ENTRIES = (
    select(Happening, Installation.user_name)
    .outerjoin(
        Installation,
        (Installation.company_id == Happening.company_id) & (Installation.user_id == Happening.user_id),
    )
    .where(
        Happening.company_id == bindparam("company_id"),
        or_(
            and_(
                Happening.organisation_id == bindparam("organisation_id"),
                Happening.invoice_id == bindparam("invoice_id"),
            ),
            # What a rule did not do on the deal before there was an invoice.
            and_(Happening.invoice_id.is_(None), Happening.deal_id == bindparam("deal_id")),
        ),
    )
    .order_by(Happening.at.desc(), Happening.happening_id.desc())
    .limit(MOST + 1)
)


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `at` is in the organisation's own time zone (D26).

    `user_name` is empty where no Pipedrive user did it, or one who is unknown by now: then `is_persons` tells.
    """

    at: datetime
    side: Side
    verb: Verb
    is_persons: bool
    user_name: str
    rule: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class TimelineView:
    """What the panel shows of an invoice's past, by the clock of `zone`; `is_cut` where there is more than it shows."""

    number: str
    zone: str
    days: tuple[tuple[date, tuple[Entry, ...]], ...]
    is_cut: bool


def show_timeline(core: Core, *, person: Person, deal_id: int, invoice_id: str) -> TimelineView:
    """Tell the past of an invoice that hangs on the deal that `require_deal` let this person see.

    :raises Anticipated: NOT_ON_DEAL.
    """
    with core.database.reading() as session:
        found = session.execute(
            select(InvoiceRecord.organisation_id, InvoiceRecord.number, Organisation.timezone)
            .join(
                DealInvoice,
                (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
                & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
            )
            .join(Organisation, Organisation.organisation_id == InvoiceRecord.organisation_id)
            .where(
                DealInvoice.company_id == person.company_id,
                DealInvoice.deal_id == deal_id,
                DealInvoice.invoice_id == invoice_id,
            )
        ).first()
        if found is None:
            raise Anticipated(ErrorCode.NOT_ON_DEAL)
        about = {
            "company_id": person.company_id,
            "organisation_id": found.organisation_id,
            "invoice_id": invoice_id,
            "deal_id": deal_id,
        }
        zone = zone_name(xero_name=found.timezone)
        entries = _entries(session, about=about, zone=ZoneInfo(zone))
    days = groupby(entries[:MOST], key=lambda entry: entry.at.date())
    return TimelineView(
        number=found.number,
        zone=zone,
        days=tuple((day, tuple(of_day)) for day, of_day in days),
        is_cut=len(entries) > MOST,
    )


def _entries(session: Session, *, about: Mapping[str, object], zone: ZoneInfo) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            at=row.at.astimezone(zone),
            side=Side(row.side),
            verb=Verb(row.verb),
            is_persons=row.user_id is not None and not row.rule,
            user_name=user_name or "",
            rule=row.rule,
            values=row.values,
        )
        for row, user_name in session.execute(_ENTRIES, dict(about))
    )
