"""Notice that nobody was at work for a while: a machine that was off, or a database that was restored from a copy."""

from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, exists, update

from sync.core import Core
from sync.operations.due import GAP, GAP_BEGAN, NOW
from sync.store.accounts import Connection, Organisation
from sync.store.chores import Chore
from sync.store.company import Company

log = structlog.get_logger()

NAME = "watch"


def watch(core: Core, last: datetime | None) -> None:
    """Have every tenant looked through where the last watch was long ago: what was told meanwhile may be lost."""
    now = core.now()
    if last is None or now - last <= GAP:
        return
    log.warning("nobody_was_at_work", since=last.isoformat())
    with core.database.writing() as session:
        # They take turns, and their next rounds are spread again.
        for due in (Organisation.sweep_due_at, Company.tend_due_at, Company.compare_due_at):
            session.execute(update(due.class_).where(due > now).values({due: now}))


def is_caught_up() -> ColumnElement[bool]:
    """Whether a company's organisation was looked through since the last gap.

    Until then our copies may be from before a restore: nothing may be made, or written over, because of them.
    """
    is_gap = exists().where(Chore.name == NAME, Chore.done_at < GAP_BEGAN)
    waits = exists().where(
        Connection.company_id == Company.company_id,
        Connection.state == "active",
        Organisation.organisation_id == Connection.organisation_id,
        Organisation.sweep_due_at <= NOW,
    )
    return ~is_gap & ~waits
