"""The inbox: deliveries are written before they are acknowledged, and their events are told apart (promise 1, D15)."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations.telling import tell_set_aside
from sync.store.deliveries import NewDelivery
from sync.store.inbox import Delivery, Event

_LONGEST = {"tenant": 36, "category": 20, "resource_id": 36, "type": 20, "identity": 60}
#: What reading a body that anybody may have written can end in: one that nests too deep, a date before the calendar.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_SLICE = 500
#: While a vendor is away.
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
#: Of an event that fails.
_TRIES, _LONGEST_WAIT_SECONDS = 8, 900


@dataclass(frozen=True)
class EventSeed:
    """One event of a delivery; `identity` tells it from others about the same thing."""

    tenant: str
    category: str
    resource_id: str
    type: str
    identity: str
    happened_at: datetime
    received_at: datetime
    merged_to: int | None = None
    due_at: datetime | None = None
    #: Why nothing is to be done about it, if so.
    ignored: str = ""

    def __post_init__(self) -> None:
        """Refuse what one of the databases could not hold.

        :raises ValueError: for a text that is too long, has a NUL in it, or is none.
        """
        for name, longest in _LONGEST.items():
            text = getattr(self, name)
            # A lone surrogate is valid JSON and no text: encoding it raises ValueError, too.
            if len(text.encode()) > longest or "\0" in text:
                raise ValueError(name)


def accept_delivery(core: Core, *, source: str, company_id: int, body: bytes) -> None:
    """Commit one delivery as it came and wake a worker; one that is here already counts as accepted.

    :raises NotRecorded: nobody can say that it is on disk.
    """
    core.database.deliveries.add(
        NewDelivery(
            source=source,
            company_id=company_id,
            body_hash=hashlib.sha256(body).hexdigest(),
            body=body,
            received_at=core.now(),
        )
    )
    core.waker.wake()


def add_events(session: Session, *, source: str, seeds: Sequence[EventSeed]) -> None:
    """Add events that are not here yet; one that comes again after it was set aside, or that is not older than our
    last look (the clocks of two systems differ), is worked off again (D15).
    """
    if not seeds:
        return
    # The same event twice in one delivery is one row; PostgreSQL refuses to touch a row twice in one statement.
    rows = {
        (seed.tenant, seed.category, seed.resource_id, seed.type, seed.identity): _row(seed, source=source)
        for seed in seeds
    }
    again = or_(Event.state == "set_aside", and_(Event.state == "done", Event.happened_at >= Event.worked_at))
    # In one order, so that two workers cannot wait for each other, and in slices: parameters are counted by 16 bits.
    ordered = [rows[key] for key in sorted(rows)]
    for start in range(0, len(ordered), _SLICE):
        session.execute(
            _insert(session, Event)
            .values(ordered[start : start + _SLICE])
            .on_conflict_do_update(
                index_elements=["source", "tenant", "category", "resource_id", "type", "identity"],
                set_={"state": "pending", "tries": 0, "due_at": None},
                where=again,
            )
        )


def _row(seed: EventSeed, *, source: str) -> dict[str, object]:
    values = asdict(seed)
    reason = values.pop("ignored")
    return values | {"source": source, "state": "ignored" if reason else "pending", "tries": 0, "reason": reason}


def pause_while_away(core: Core, *, since: datetime, retry_after: float | None) -> timedelta:
    """Say how long to leave a vendor alone that is busy or away: as long again as the event has waited, within bounds."""
    if retry_after is not None:
        return max(timedelta(seconds=retry_after), _SHORTEST_PAUSE)
    return min(max(core.now() - since, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def count_try(session: Session, event: Event, *, reason: str, now: datetime) -> None:
    """Note that an event failed: it waits longer each time, and is set aside after the last."""
    event.tries += 1
    event.due_at = now + timedelta(seconds=min(2**event.tries, _LONGEST_WAIT_SECONDS))
    if event.tries >= _TRIES:
        set_aside(session, event, reason=reason)


def set_aside(session: Session, event: Event, *, reason: str) -> None:
    """Leave an event until somebody has it tried again."""
    event.state, event.reason = "set_aside", reason
    tell_set_aside(session, event)


def pending_deliveries(session: Session, *, limit: int) -> list[Delivery]:
    """Find deliveries that wait to be taken apart, oldest first; another worker's are passed over."""
    return list(
        session.scalars(
            select(Delivery)
            .where(Delivery.state == "pending")
            .order_by(Delivery.delivery_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def _insert(session: Session, table: type[Delivery] | type[Event]) -> postgresql.Insert | sqlite.Insert:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)
