"""Work off what Xero's webhooks brought: calls grow with the number of chunks, not of events."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from sync.clients.failures import NotFound, Refused, Unreadable
from sync.connections.xero import find_reaching
from sync.core import Core
from sync.domain.freshness import is_echo
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations.inbox import UNREADABLE, EventSeed, add_events, pause_while_away
from sync.operations.lease import hold_organisation, is_free
from sync.operations.outcome import Outcome
from sync.operations.refresh_invoices import CHUNK, fetch_invoices
from sync.store.accounts import Connection, Organisation
from sync.store.inbox import Delivery, Event
from sync.store.invoices import InvoiceRecord

log = structlog.get_logger()

SOURCE = "xero"
_TRIES = 8
#: From then on events are tried in smaller groups.
_TRIES_TOGETHER = 3
_BATCH = 400
_STRANGER = "organisation not connected"


def split_xero(session: Session, *, delivery: Delivery) -> None:
    """Take a delivery apart into events; what cannot be read is kept as it came, and marked."""
    try:
        events = list(_events(json.loads(delivery.body), received_at=delivery.received_at))
    except UNREADABLE:
        delivery.state = "unparseable"
        log.warning("delivery_unparseable", source=SOURCE, delivery_id=delivery.delivery_id)
        return
    add_events(session, source=SOURCE, seeds=_marking_strangers(session, seeds=events))
    delivery.state = "done"


def drain_organisation(core: Core, *, organisation_id: str) -> Outcome:
    """Work off an organisation's pending events, unless another worker is at it.

    Killed at any point it can run again: an event is done only together with what it brought.
    """
    with hold_organisation(core, organisation_id=organisation_id) as held:
        if not held:
            return Outcome.IGNORED
        outcome = Outcome.UNCHANGED
        while events := _claim(core, organisation_id=organisation_id):
            outcome = _work_off_or_put_off(core, organisation_id=organisation_id, events=events)
            if outcome is Outcome.IGNORED:
                break
        return outcome


def _marking_strangers(session: Session, *, seeds: Sequence[EventSeed]) -> list[EventSeed]:
    """Set the events of organisations that nobody is connected to aside."""
    tenants = {seed.tenant for seed in seeds}
    known = set(
        session.scalars(
            select(Organisation.tenant_id)
            .join(Connection)
            .where(Connection.state == "active", Organisation.tenant_id.in_(tenants))
        )
    )
    return [seed if seed.tenant in known else replace(seed, ignored=_STRANGER) for seed in seeds]


def due_organisations(core: Core) -> list[str]:
    """List the organisations with events that may be worked off now, the one that has waited longest first."""
    with core.database.reading() as session:
        return list(
            session.scalars(
                select(Organisation.organisation_id)
                .join(Event, Event.tenant == Organisation.tenant_id)
                .where(Event.source == SOURCE, Event.state == "pending", _is_due(core.now()))
                .where((Organisation.parked_until.is_(None)) | (Organisation.parked_until <= core.now()))
                .where(is_free(Organisation, now=core.now()))
                .group_by(Organisation.organisation_id)
                .order_by(func.min(Event.event_id))
            )
        )


def _claim(core: Core, *, organisation_id: str) -> list[Event]:
    with core.database.reading() as session:
        organisation = session.get_one(Organisation, organisation_id)
        return list(
            session.scalars(
                select(Event)
                .where(Event.source == SOURCE, Event.state == "pending", Event.tenant == organisation.tenant_id)
                .where(_is_due(core.now()))
                .order_by(Event.event_id)
                .limit(_BATCH)
            )
        )


def _is_due(now: datetime) -> Any:
    return (Event.due_at.is_(None)) | (Event.due_at <= now)


def _work_off_or_put_off(core: Core, *, organisation_id: str, events: list[Event]) -> Outcome:
    """Work events off; where one of them keeps spoiling the answer for all, they are halved until it is alone."""
    try:
        return _work_off(core, organisation_id=organisation_id, events=events)
    except (OperationalError, InterfaceError, TimeoutError):
        raise
    except Exception as err:  # noqa: BLE001 - a defect that one event brings out is set aside like a poisoned one
        spoilt = isinstance(err, Unreadable | NotFound | Refused) or not isinstance(err, InstepError)
        if not spoilt or len(events) == 1 or max(event.tries for event in events) < _TRIES_TOGETHER:
            _put_off(core, organisation_id=organisation_id, events=events, err=err)
            return Outcome.UNCHANGED if spoilt else Outcome.IGNORED
    middle = len(events) // 2
    for half in (events[:middle], events[middle:]):
        outcome = _work_off_or_put_off(core, organisation_id=organisation_id, events=half)
        if outcome is Outcome.IGNORED:
            break
    return outcome


def _work_off(core: Core, *, organisation_id: str, events: list[Event]) -> Outcome:
    """Fetch what the events speak of, each invoice once however many of them there are."""
    with core.database.reading() as session:
        wanted = dict.fromkeys(
            event.resource_id
            for event in events
            if event.category == "INVOICE" and not _is_known(session, organisation_id=organisation_id, event=event)
        )
    ids = tuple(wanted)
    outcome = Outcome.UNCHANGED
    if ids:
        with core.database.reading() as session:
            organisation = find_reaching(session, organisation_id=organisation_id)
        if organisation is None:
            raise Anticipated(ErrorCode.XERO_RECONNECT)
        outcome = fetch_invoices(core, organisation=organisation, invoice_ids=ids)
    log.info("events_worked_off", source=SOURCE, events=len(events), invoices=len(ids), chunks=-(-len(ids) // CHUNK))
    with core.database.writing() as session:
        session.execute(
            update(Event)
            .where(Event.event_id.in_([event.event_id for event in events]))
            .values(state="done", worked_at=core.now())
        )
    return outcome


def _ignore_if_left(session: Session, *, organisation_id: str) -> None:
    """Set the events of an organisation aside that nobody is connected to any more."""
    tenant = select(Organisation.tenant_id).where(Organisation.organisation_id == organisation_id)
    active = exists().where(Connection.organisation_id == organisation_id, Connection.state == "active")
    session.execute(
        update(Event)
        .where(Event.source == SOURCE, Event.state == "pending", Event.tenant == tenant.scalar_subquery(), ~active)
        .values(state="ignored", reason=_STRANGER)
    )


def _is_known(session: Session, *, organisation_id: str, event: Event) -> bool:
    """Whether an event only tells what our own write's answer told already (D16)."""
    record = session.get(InvoiceRecord, (organisation_id, event.resource_id))
    return record is not None and is_echo(event_date=event.happened_at, own_write_updated=record.own_write_at)


def _put_off(core: Core, *, organisation_id: str, events: list[Event], err: Exception) -> None:
    """Keep the events for later; a limit parks the organisation, and a worker never sleeps it out."""
    log.warning("organisation_put_off", organisation_id=organisation_id, events=len(events), reason=str(err))
    retry_after = getattr(err, "retry_after", None)
    lost = isinstance(err, Anticipated) and err.code is ErrorCode.XERO_RECONNECT
    with core.database.writing() as session:
        if retry_after is not None:
            session.get_one(Organisation, organisation_id).parked_until = core.now() + pause_while_away(
                core, since=core.now(), retry_after=retry_after
            )
        if lost:
            _ignore_if_left(session, organisation_id=organisation_id)
        for seen in events:
            event = session.get_one(Event, seen.event_id)
            if event.state != "pending":
                continue
            if lost:
                # Another company's grant may reach it still; where none does, the event is a stranger's next time.
                event.due_at = core.now() + pause_while_away(core, since=event.received_at, retry_after=None)
                continue
            if isinstance(err, Transient):
                # A limit, or a Xero that is away, says nothing against the event.
                event.due_at = core.now() + pause_while_away(core, since=event.received_at, retry_after=retry_after)
                continue
            event.tries += 1
            event.due_at = core.now() + timedelta(seconds=min(2**event.tries, 900))
            if event.tries >= _TRIES:
                event.state = "set_aside"
                event.reason = str(err)


def _events(body: Any, *, received_at: datetime) -> Iterator[EventSeed]:
    """Read the events of a delivery. https://developer.xero.com/documentation/guides/webhooks/overview"""
    for event in body["events"]:
        yield EventSeed(
            tenant=str(uuid.UUID(event["tenantId"])),
            category=str(event["eventCategory"]),
            resource_id=str(uuid.UUID(event["resourceId"])),
            type=str(event["eventType"]),
            identity=str(event["eventDateUtc"]),
            # UTC without a `Z`, to the millisecond.
            happened_at=_utc(str(event["eventDateUtc"])),
            received_at=received_at,
        )


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
