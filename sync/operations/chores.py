"""Do what is due for the house as a whole: when is a time in the database, so that one worker does it (D14)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, literal_column, select, union_all
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations.due import NOW, Due
from sync.operations.keep_house import keep_house
from sync.operations.watch import NAME, watch
from sync.store.chores import Chore


@dataclass(frozen=True)
class _Plan:
    """How often, and what; it is told when it was last done."""

    every: timedelta
    do: Callable[[Core, datetime | None], None]


_PLANS: Mapping[str, _Plan] = {
    NAME: _Plan(timedelta(minutes=1), watch),
    "keep_house": _Plan(timedelta(hours=1), lambda core, _last: keep_house(core)),
}


#: The chores that are due; one that was never done is.
due_chores = Due(
    str,
    union_all(
        *(
            select(literal_column(f"'{name}'").label("name"), NOW.label("since")).where(
                ~exists().where(Chore.name == name, Chore.due_at > NOW)
            )
            for name in _PLANS
        )
    ),
)


def do_chore(core: Core, *, name: str) -> None:
    """Do a chore, unless another worker has taken it; one that is cut short is done the next time."""
    plan = _PLANS[name]
    taken, last = core.database.insert_once(lambda session: _take(session, name=name, plan=plan, now=core.now()))
    if not taken:
        return
    plan.do(core, last)
    with core.database.writing() as session:
        session.get_one(Chore, name).done_at = core.now()


def _take(session: Session, *, name: str, plan: _Plan, now: datetime) -> tuple[bool, datetime | None]:
    row = session.get(Chore, name, with_for_update=True)
    if row is None:
        session.add(Chore(name=name, due_at=now + plan.every))
        session.flush()
        return True, None
    if row.due_at > now:
        return False, None
    row.due_at = now + plan.every
    return True, row.done_at
