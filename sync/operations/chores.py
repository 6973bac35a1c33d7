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
    """How often, and what."""

    every: timedelta
    do: Callable[[Core], None]


_PLANS: Mapping[str, _Plan] = {
    NAME: _Plan(timedelta(minutes=1), watch),
    "keep_house": _Plan(timedelta(hours=1), keep_house),
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
    if core.database.insert_once(lambda session: _take(session, name=name, every=plan.every, now=core.now())):
        plan.do(core)


def _take(session: Session, *, name: str, every: timedelta, now: datetime) -> bool:
    row = session.get(Chore, name, with_for_update=True)
    if row is None:
        session.add(Chore(name=name, due_at=now + every))
        session.flush()
        return True
    if row.due_at > now:
        return False
    row.due_at = now + every
    return True
