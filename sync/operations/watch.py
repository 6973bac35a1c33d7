"""Notice that nobody was at work for a while: a machine that was off, or a database that was restored from a copy."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.rounds import next_round
from sync.store.accounts import Organisation
from sync.store.company import Company

log = structlog.get_logger()

#: Longer than a deployment.
_GAP = timedelta(minutes=10)
#: Within so long after a gap everybody is looked through, each at a moment of its own.
_CATCH_UP = timedelta(minutes=10)


def watch(core: Core, last: datetime | None) -> None:
    """Have every tenant looked through soon where the last watch was long ago: what was told meanwhile may be lost."""
    now = core.now()
    if last is None or now - last <= _GAP:
        return
    log.warning("nobody_was_at_work", since=last.isoformat())
    with core.database.writing() as session:
        _bring_forward(session, Organisation, "organisation_id", due="sweep_due_at", now=now)
        for due in ("tend_due_at", "compare_due_at"):
            _bring_forward(session, Company, "company_id", due=due, now=now)


def _bring_forward(
    session: Session, table: type[Organisation] | type[Company], key: str, *, due: str, now: datetime
) -> None:
    """Let what is due later be due within the time to catch up; what is not due at all stays so."""
    soon = now + _CATCH_UP
    keys = session.scalars(select(getattr(table, key)).where(getattr(table, due) > soon)).all()
    rows = [{key: one, due: next_round(key=one, after=now, every=_CATCH_UP)} for one in keys]
    if rows:
        session.execute(update(table), rows)
