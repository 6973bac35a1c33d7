"""Take what the receivers wrote down apart into events."""

from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations.inbox import pending_deliveries
from sync.operations.outcome import Outcome
from sync.operations.split_pipedrive import split_pipedrive
from sync.operations.split_xero import QUIET, SOURCE, split_xero
from sync.operations.turns import NOT_THEIRS
from sync.store.inbox import Delivery

log = structlog.get_logger()

_BATCH = 20
#: The most batches that one turn takes apart.
_IN_ONE_TURN = 10
#: What PostgreSQL calls the right to take deliveries apart.
_SPLITTING = 0x1257E9


def split_deliveries(core: Core) -> Outcome | timedelta:
    """Take pending deliveries apart, a few at a time: nobody may wait long for the right to write.

    Gives after how long to look again where events wait for the end of a burst.
    """
    outcome: Outcome | timedelta = Outcome.DONE
    for _ in range(_IN_ONE_TURN):
        with core.database.writing() as session:
            if not _has_the_right(session):
                return Outcome.HELD
            found = pending_deliveries(session, limit=_BATCH)
            for delivery in found:
                if _split(session, delivery=delivery):
                    outcome = QUIET
        if len(found) < _BATCH:
            break
    return outcome


def _has_the_right(session: Session) -> bool:
    """Take the right to split until the transaction ends: two at once would wait for each other's events."""
    if session.get_bind().dialect.name == "sqlite":
        # Who writes there writes alone.
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_SPLITTING))))


def _split(session: Session, *, delivery: Delivery) -> bool:
    """Take one delivery apart; one that brings out a defect is kept as it came, and holds up nobody."""
    split = split_xero if delivery.source == SOURCE else split_pipedrive
    try:
        with session.begin_nested():
            waits = split(session, delivery=delivery)
            session.flush()
    except NOT_THEIRS:
        raise
    except Exception:
        log.exception("delivery_failed", source=delivery.source, delivery_id=delivery.delivery_id)
        delivery.state = "unparseable"
        return False
    return bool(waits)
