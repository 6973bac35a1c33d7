"""Take a delivery of Xero's apart: whose events they are, and which of them are one of a burst."""

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from sync.domain.moments import in_utc
from sync.operations.inbox import UNREADABLE, EventSeed, add_events
from sync.operations.telling import tell
from sync.store.accounts import Connection, Organisation
from sync.store.inbox import Delivery, Event

log = structlog.get_logger()

SOURCE = "xero"
INVOICE = "INVOICE"
STRANGER = "organisation not connected"
#: The first event about an invoice is worked off at once; one that follows so soon waits until there has been none for
#: so long, and the burst costs two calls. Nobody waits longer than the other.
QUIET = timedelta(seconds=0.5)
_LONGEST_WAIT = timedelta(seconds=3)


def split_xero(session: Session, *, delivery: Delivery) -> bool:
    """Take a delivery apart into events; what cannot be read is kept as it came, and marked.

    Gives whether some of them wait for a moment.
    """
    try:
        seeds = list(_events(json.loads(delivery.body), received_at=delivery.received_at))
    except UNREADABLE:
        delivery.state = "unparseable"
        log.warning("delivery_unparseable", source=SOURCE, delivery_id=delivery.delivery_id)
        return False
    bursting = _in_a_burst(session, seeds=seeds, at=delivery.received_at)
    due_at = delivery.received_at + QUIET
    seeds = [replace(one, due_at=due_at) if (one.tenant, one.resource_id) in bursting else one for one in seeds]
    add_events(session, source=SOURCE, seeds=_marking_strangers(session, seeds=seeds))
    delivery.state = "done"
    about_invoices = [one for one in seeds if one.category == INVOICE]
    received = {
        "source": SOURCE,
        "delivery_id": delivery.delivery_id,
        "tenant_ids": sorted({one.tenant for one in about_invoices}),
        "invoice_ids": list(dict.fromkeys(one.resource_id for one in about_invoices)),
    }
    tell(session, "events_received", received)
    return bool(bursting)


def _in_a_burst(session: Session, *, seeds: Sequence[EventSeed], at: datetime) -> set[tuple[str, str]]:
    """Find the invoices of which another event came a moment ago; what waits already waits on, within bounds."""
    named = {(one.tenant, one.resource_id) for one in seeds if one.category == INVOICE}
    if not named:
        return set()
    same = (
        (Event.source == SOURCE)
        & (Event.category == INVOICE)
        & Event.tenant.in_({tenant for tenant, _ in named})
        & Event.resource_id.in_({invoice_id for _, invoice_id in named})
    )
    recent = session.execute(select(Event.tenant, Event.resource_id).where(same, Event.received_at > at - QUIET))
    found = {(row.tenant, row.resource_id) for row in recent} & named
    if found:
        session.execute(
            update(Event)
            .where(same, tuple_(Event.tenant, Event.resource_id).in_(found), Event.state == "pending")
            .where(Event.tries == 0, Event.due_at > at, Event.received_at > at - _LONGEST_WAIT)
            .values(due_at=at + QUIET)
            .execution_options(synchronize_session=False)
        )
    return found


def _marking_strangers(session: Session, *, seeds: Sequence[EventSeed]) -> list[EventSeed]:
    """Set the events of organisations aside that nobody is connected to."""
    tenants = {seed.tenant for seed in seeds}
    known = set(
        session.scalars(
            select(Organisation.tenant_id)
            .join(Connection)
            .where(Connection.state == "active", Organisation.tenant_id.in_(tenants))
        )
    )
    return [seed if seed.tenant in known else replace(seed, ignored=STRANGER) for seed in seeds]


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
            happened_at=in_utc(datetime.fromisoformat(str(event["eventDateUtc"]))),
            received_at=received_at,
        )
