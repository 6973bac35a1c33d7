"""What operators see of the inbox, and how they have it worked off again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, exists, func, or_, select, update
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations.split_pipedrive import SOURCE as PIPEDRIVE
from sync.operations.split_xero import SOURCE as XERO
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Delivery, Event

log = structlog.get_logger()

#: Nobody may wait long for the right to write.
_SLICE = 200
#: Beside a delivery's own states: one of which an event was set aside.
SET_ASIDE = "set_aside"
STATES = ("pending", "done", "unparseable", SET_ASIDE)
#: An event knows the moment of the delivery that brought it first.
_BROUGHT = and_(Event.source == Delivery.source, Event.received_at == Delivery.received_at)
#: Whether an event's tenant is one that works events off: else they would wait for ever.
_IS_SOMEBODYS = or_(
    and_(
        Event.source == XERO,
        Event.tenant.in_(select(Organisation.tenant_id).join(Connection).where(Connection.state == "active")),
    ),
    and_(
        Event.source == PIPEDRIVE,
        Event.tenant.in_(select(cast(Company.company_id, String)).where(Company.ended_at.is_(None))),
    ),
)
_HAS_SET_ASIDE = exists().where(_BROUGHT, Event.state == SET_ASIDE)


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery, without what is in it; `events` counts those that it brought first by their states."""

    delivery_id: int
    received_at: datetime
    source: str
    company_id: int
    state: str
    size: int
    events: Mapping[str, int]


@dataclass(frozen=True)
class EventLine:
    """One event, and what became of it."""

    event_id: int
    category: str
    type: str
    resource_id: str
    tenant: str
    state: str
    tries: int
    worked_at: datetime | None
    reason: str


@dataclass(frozen=True)
class OpenedDelivery:
    """One delivery with its body and the events that it brought first."""

    line: DeliveryLine
    body: bytes
    events: Sequence[EventLine]


@dataclass(frozen=True)
class Which:
    """Which deliveries are meant; what is None does not matter."""

    delivery_id: int | None = None
    state: str | None = None
    source: str | None = None
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Say it to the database."""
        found = [
            column == value
            for column, value in ((Delivery.delivery_id, self.delivery_id), (Delivery.source, self.source))
            if value is not None
        ]
        if self.state is not None:
            found.append(_HAS_SET_ASIDE if self.state == SET_ASIDE else Delivery.state == self.state)
        if self.since is not None:
            found.append(Delivery.received_at >= self.since)
        return found


def list_deliveries(core: Core, *, which: Which, limit: int) -> list[DeliveryLine]:
    """List deliveries, the newest first."""
    with core.database.reading() as session:
        return _lines(session, _DELIVERIES.where(*which.conditions()).limit(limit))


def find_delivery(core: Core, *, delivery_id: int) -> OpenedDelivery | None:
    """Open one delivery."""
    with core.database.reading() as session:
        lines = _lines(session, _DELIVERIES.where(Delivery.delivery_id == delivery_id))
        if not lines:
            return None
        body = session.scalars(select(Delivery.body).where(Delivery.delivery_id == delivery_id)).one()
        events = session.execute(
            select(*(getattr(Event, name) for name in EventLine.__dataclass_fields__))
            .where(Event.source == lines[0].source, Event.received_at == lines[0].received_at)
            .order_by(Event.event_id)
        )
        return OpenedDelivery(lines[0], body, [EventLine(**row) for row in events.mappings()])


def replay(core: Core, *, which: Which) -> int:
    """Have deliveries taken apart again, and the events that they brought first worked off again; gives how many.

    Nothing is done twice by it: an event is a hint, and what it is about is fetched.
    """
    with core.database.reading() as session:
        chosen = session.execute(
            select(Delivery.delivery_id, Delivery.source, Delivery.received_at).where(*which.conditions())
        ).all()
    for start in range(0, len(chosen), _SLICE):
        with core.database.writing() as session:
            _mark(session, chosen=chosen[start : start + _SLICE])
    log.info("deliveries_replayed", deliveries=len(chosen))
    core.waker.wake()
    return len(chosen)


def _mark(session: Session, *, chosen: Sequence[Row[int, str, datetime]]) -> None:
    """Have them worked off again; what is ignored for good, as the events of organisations not connected, stays so."""
    again = {"state": "pending", "tries": 0, "due_at": None}
    for source in {row.source for row in chosen}:
        moments = [row.received_at for row in chosen if row.source == source]
        session.execute(
            update(Event)
            .where(Event.source == source, Event.received_at.in_(moments))
            .where(or_(Event.state != "ignored", _IS_SOMEBODYS))
            .values(again)
        )
    ids = [row.delivery_id for row in chosen]
    session.execute(update(Delivery).where(Delivery.delivery_id.in_(ids)).values(state="pending"))


_DELIVERIES: Select[Any] = select(
    Delivery.delivery_id,
    Delivery.received_at,
    Delivery.source,
    Delivery.company_id,
    Delivery.state,
    func.length(Delivery.body).label("size"),
).order_by(Delivery.delivery_id.desc())


def _lines(session: Session, question: Select[Any]) -> list[DeliveryLine]:
    rows = session.execute(question).mappings().all()
    counted: dict[tuple[str, datetime], dict[str, int]] = {}
    brought = (
        select(Event.source, Event.received_at, Event.state, func.count())
        .where(Event.received_at.in_({row["received_at"] for row in rows}))
        .group_by(Event.source, Event.received_at, Event.state)
    )
    for source, received_at, state, number in session.execute(brought):
        counted.setdefault((source, received_at), {})[state] = number
    return [DeliveryLine(**row, events=counted.get((row["source"], row["received_at"]), {})) for row in rows]
