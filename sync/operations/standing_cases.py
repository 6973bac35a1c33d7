"""The deals that a trouble of a company's is about, the oldest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select
from sqlalchemy.orm import Session

from sync.domain.troubles import Case, Trouble, TroubleKind
from sync.errors import ErrorCode

#: As many are told of by name; the rest is counted, up to `MOST`.
NAMED, MOST = 10, 100


def cases_of(
    session: Session, kind: TroubleKind, query: Select[*tuple[Any, ...]], *, now: datetime | None = None
) -> Iterator[Trouble]:
    """Read the deals that a trouble is about; a row may tell its title, invoice number, code, detail, rule and state."""
    rows: Sequence[RowMapping] = session.execute(query.order_by("since").limit(MOST)).mappings().all()
    if not rows:
        return
    yield Trouble(
        kind=kind,
        since=rows[0]["since"],
        count=len(rows),
        cases=tuple(_case(row) for row in rows[:NAMED]),
        is_tried=all(_is_tried(row, now=now) for row in rows),
    )


def _case(row: RowMapping) -> Case:
    code = row.get("code")
    return Case(
        deal_id=int(row["deal_id"]),
        title=row["title"] or "",
        since=row["since"],
        number=row.get("number") or "",
        code=ErrorCode(code) if code else None,
        detail=row.get("detail") or "",
        rule=row.get("rule") or "",
    )


def _is_tried(row: RowMapping, *, now: datetime | None) -> bool:
    if "due_at" in row:
        return now is not None and row["due_at"] is not None and row["due_at"] <= now
    # An event that is tried again keeps its reason; "set_aside" comes last of the two.
    return bool(row.get("state") == "pending")
