"""All the work that waits in the database, in the order in which people notice it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy import exists, or_, select
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import Session

from sync.core import Core
from sync.errors import InstepError
from sync.operations import drain_pipedrive, drain_xero
from sync.operations.inbox import pending_deliveries
from sync.operations.push_deals import companies_with_due_deals, push_deals
from sync.operations.send_intent import settle_intents
from sync.operations.sweep import due_to_sweep, sweep_organisation
from sync.operations.take_leave import take_leave_of_all
from sync.operations.tend_company import due_to_tend, tend_company
from sync.store.accounts import Connection
from sync.store.inbox import Delivery
from sync.store.invoices import Intent

log = structlog.get_logger()

_BATCH = 20
#: What is parked or has ended is in none of these lists, so that it wakes nobody.
_DUE: tuple[Callable[[Core], list[Any]], ...] = (
    drain_xero.due_organisations,
    drain_pipedrive.due_companies,
    companies_with_due_deals,
    due_to_tend,
    due_to_sweep,
)


def work_off(core: Core) -> None:
    """Do everything that is due; every part may be killed and run again, and several workers may be at it."""
    split_deliveries(core)
    drain_xero.ignore_strangers(core)
    for organisation_id in drain_xero.due_organisations(core):
        _guarded(partial(drain_xero.drain_organisation, core, organisation_id=organisation_id))
    for company_id in drain_pipedrive.due_companies(core):
        _guarded(partial(drain_pipedrive.drain_company, core, company_id=company_id))
    _push_all(core)
    _guarded(partial(settle_intents, core))
    for company_id in due_to_tend(core):
        _guarded(partial(tend_company, core, company_id=company_id))
    _guarded(partial(take_leave_of_all, core))
    for organisation_id in due_to_sweep(core):
        _guarded(partial(sweep_organisation, core, organisation_id=organisation_id))
    _push_all(core)


def split_deliveries(core: Core) -> None:
    """Take every pending delivery apart into events, a few at a time: nobody may wait long for the right to write."""
    while True:
        with core.database.writing() as session:
            found = pending_deliveries(session, limit=_BATCH)
            for delivery in found:
                _split(session, delivery=delivery)
        if not found:
            return


def _split(session: Session, *, delivery: Delivery) -> None:
    """Take one delivery apart; one that brings out a defect is kept as it came, and holds up nobody."""
    split = drain_xero.split_xero if delivery.source == drain_xero.SOURCE else drain_pipedrive.split_pipedrive
    try:
        with session.begin_nested():
            split(session, delivery=delivery)
            session.flush()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("delivery_failed", source=delivery.source, delivery_id=delivery.delivery_id)
        delivery.state = "unparseable"


def is_work_due(core: Core) -> bool:
    """Whether anything waits: what the clock asks before it wakes a worker."""
    now = core.now()
    with core.database.reading() as session:
        waits = any(
            session.scalar(select(exists().where(*condition)))
            for condition in (
                (Delivery.state == "pending",),
                (Intent.state.in_(("sending", "unknown")), Intent.due_at <= now),
                (Connection.state == "ending", or_(Connection.leave_due_at.is_(None), Connection.leave_due_at <= now)),
            )
        )
    return waits or any(bool(due(core)) for due in _DUE)


def _push_all(core: Core) -> None:
    for company_id in companies_with_due_deals(core):
        _guarded(partial(push_deals, core, company_id=company_id))


def _guarded(part: partial[Any]) -> None:
    """Do one tenant's part of the work; what goes wrong with it must not keep the others waiting.

    A database that is away keeps everybody waiting, and the clock tries again.
    """
    try:
        part()
    except (OperationalError, InterfaceError, TimeoutError):
        raise
    except InstepError as err:
        log.warning("work_put_off", part=part.func.__name__, reason=str(err), **part.keywords)
    except Exception:
        log.exception("work_failed", part=part.func.__name__, **part.keywords)
