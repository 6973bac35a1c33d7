"""How the whole of it stands, in figures: what waits, how late it is, what failed, what the vendors were asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company, Installation
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealRow, Intent
from sync.store.rules import RuleRun

_RECENT = timedelta(minutes=5)
_MOST_RECENT = 1000


@dataclass(frozen=True)
class Figures:
    """Counts by what they are counted by; ages in seconds. Nothing here names a company, a person or an invoice."""

    events: Mapping[tuple[str, str], int]
    deliveries_pending: Mapping[str, int]
    oldest_pending: Mapping[str, float]
    #: From an event's arrival until it was worked off, of those of the last minutes, shortest first.
    lags: Sequence[float]
    parked: Mapping[tuple[str, str], int]
    failures: Mapping[str, int]
    #: By vendor and outcome, since the counters were last lost; None while Redis is away.
    calls: Mapping[tuple[str, str], int] | None


def figures(core: Core) -> Figures:
    """Look at the database, and at what the governor counted."""
    now = core.now()
    with core.database.reading() as session:
        return Figures(
            events=_events(session),
            deliveries_pending=_pending(session),
            oldest_pending=_oldest(session, now=now),
            lags=_lags(session, now=now),
            parked=_parked(session, now=now),
            failures=_failures(session),
            calls=core.governor.counted(),
        )


def _events(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(select(Event.source, Event.state, func.count()).group_by(Event.source, Event.state))
    return {(source, state): number for source, state, number in rows}


def _pending(session: Session) -> dict[str, int]:
    pending = select(Delivery.source, func.count()).where(Delivery.state == "pending").group_by(Delivery.source)
    return dict(session.execute(pending).all())


def _oldest(session: Session, *, now: datetime) -> dict[str, float]:
    found: dict[str, float] = {}
    for table in (Delivery, Event):
        pending = (
            select(table.source, func.min(table.received_at)).where(table.state == "pending").group_by(table.source)
        )
        for source, since in session.execute(pending):
            found[source] = max(found.get(source, 0.0), (now - since).total_seconds())
    return found


def _lags(session: Session, *, now: datetime) -> list[float]:
    newest = select(Event.received_at, Event.worked_at, Event.state).order_by(Event.event_id.desc()).limit(_MOST_RECENT)
    return sorted(
        (worked_at - received_at).total_seconds()
        for received_at, worked_at, state in session.execute(newest)
        if state == "done" and worked_at and worked_at > now - _RECENT
    )


def _parked(session: Session, *, now: datetime) -> dict[tuple[str, str], int]:
    found = {}
    for vendor, table in (("xero", Organisation), ("pipedrive", Company)):
        parked = select(table.parked_reason, func.count()).where(table.parked_until > now).group_by(table.parked_reason)
        for reason, number in session.execute(parked):
            found[vendor, reason or "away"] = number
    return found


def _failures(session: Session) -> dict[str, int]:
    counted = {
        "delivery_unparseable": (Delivery, Delivery.state == "unparseable"),
        "event_set_aside": (Event, Event.state == "set_aside"),
        "deal_not_written": (DealRow, DealRow.problem_code.is_not(None)),
        "intent_unknown": (Intent, Intent.state == "unknown"),
        "intent_failed": (Intent, Intent.state == "failed"),
        "rule_stopped": (RuleRun, RuleRun.state.in_(("stopped", "failed"))),
        "connection_lost": (Connection, Connection.state == "lost"),
        "installation_lapsed": (Installation, Installation.state == "lapsed"),
    }
    return {
        kind: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for kind, (table, condition) in counted.items()
    }
