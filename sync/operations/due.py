"""Who is due: statements that are made once, and asked together in one question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    SelectBase,
    String,
    bindparam,
    cast,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from sync.core import Core
from sync.store.accounts import Organisation
from sync.store.company import Company
from sync.store.types import UtcDateTime

Key = TypeVar("Key", str, int)

#: The moment at which it is asked.
NOW: BindParameter[Any] = bindparam("now", type_=UtcDateTime())


class Due(Generic[Key]):
    """Names who is due, whoever has waited longest first; the statement gives keys, and since when each waits."""

    def __init__(self, kind: type[Key], statement: SelectBase) -> None:
        self.kind: type[Key] = kind
        self.statement = statement

    def __call__(self, core: Core) -> list[Key]:
        """Ask for this alone."""
        [keys] = who_is_due(core, dues=[self])
        return keys


def who_is_due(core: Core, *, dues: Sequence[Due[Any]]) -> list[list[Any]]:
    """Ask for several at once."""
    found: list[list[Any]] = [[] for _ in dues]
    with core.database.engine.connect() as connection:
        rows = connection.execute(_together(tuple(dues)), {"now": core.now()}).all()
    for row in sorted(rows, key=lambda row: row.since):
        found[row.place].append(dues[row.place].kind(row.key))
    return found


def is_free(table: type[Organisation] | type[Company]) -> ColumnElement[bool]:
    """Whether nobody holds a row's tenant: what is held is not due, for its holder looks again when it is done."""
    return or_(table.lease_until.is_(None), table.lease_until < NOW)


def has_come(
    moment: InstrumentedAttribute[datetime | None], *, now: datetime | BindParameter[Any] = NOW
) -> ColumnElement[bool]:
    """Whether a moment has come; where there is none, it is at once."""
    return or_(moment.is_(None), moment <= now)


def is_at_work(table: type[Organisation] | type[Company]) -> ColumnElement[bool]:
    """Whether a row's tenant is neither held nor parked."""
    return is_free(table) & has_come(table.parked_until)


_made: dict[tuple[Due[Any], ...], CompoundSelect[Any]] = {}


def _together(dues: tuple[Due[Any], ...]) -> CompoundSelect[Any]:
    if dues not in _made:
        tables = [due.statement.subquery() for due in dues]
        _made[dues] = union_all(
            *(
                select(
                    literal_column(str(place)).label("place"),
                    cast(table.c[0], String).label("key"),
                    table.c[1].label("since"),
                )
                for place, table in enumerate(tables)
            )
        )
    return _made[dues]
