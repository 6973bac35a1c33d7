"""Take what the receivers wrote down apart into events."""

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations import drain_pipedrive, drain_xero
from sync.operations.inbox import pending_deliveries
from sync.store.inbox import Delivery

log = structlog.get_logger()

_BATCH = 20


def split_deliveries(core: Core) -> None:
    """Take every pending delivery apart, a few at a time: nobody may wait long for the right to write."""
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
