"""Notice that nobody was at work for a while: a machine that was off, or a database that was restored from a copy."""

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, exists, or_, update

from sync.core import Core
from sync.operations.due import NOW
from sync.store.accounts import Connection, Organisation
from sync.store.chores import Chore
from sync.store.company import Company

log = structlog.get_logger()

NAME = "watch"
#: Longer than a deployment.
_GAP = timedelta(minutes=10)


def watch(core: Core) -> None:
    """Have every tenant looked through where the last watch was long ago: what was told meanwhile may be lost."""
    now = core.now()
    with core.database.writing() as session:
        row = session.get_one(Chore, NAME, with_for_update=True)
        if row.kept_until is not None and row.kept_until < now:
            log.warning("nobody_was_at_work", since=(row.kept_until - _GAP).isoformat())
            row.gap_at = now
            # They take turns, and their next rounds are spread again.
            for due in (Organisation.sweep_due_at, Company.tend_due_at, Company.compare_due_at):
                session.execute(update(due.class_).where(due > now).values({due: now}))
        row.kept_until = now + _GAP


def is_caught_up() -> ColumnElement[bool]:
    """Whether a company's organisation was looked through since nobody was at work.

    Until then our copies may be from before a restore: nothing may be made, or written over, because of them.
    """
    is_unseen = exists().where(
        Connection.company_id == Company.company_id,
        Connection.state.in_(("active", "lost")),
        Organisation.organisation_id == Connection.organisation_id,
        Chore.name == NAME,
        or_(Organisation.swept_to < Chore.gap_at, Chore.kept_until < NOW),
    )
    return ~is_unseen
