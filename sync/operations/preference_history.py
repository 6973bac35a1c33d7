"""Who changed the preferences, when, and what (F5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.store.company import Installation, PreferenceChange

PAGE_SIZE = 20


@dataclass(frozen=True)
class Change:
    """One preference that changed, by the names and in the values of `to_flat`; empty is nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """What somebody saved at once; `user_name` is empty for a user who is not known any more."""

    at: datetime
    user_name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class HistoryPage:
    """Some of the entries, newest first; pages count from 1."""

    entries: tuple[HistoryEntry, ...]
    page: int
    pages: int


def show_history(core: Core, *, company_id: int, page: int = 1, size: int = PAGE_SIZE) -> HistoryPage:
    """Give one page of the history; for a page that does not exist the nearest one that does."""
    with core.database.reading() as session:
        count = session.scalar(select(func.count()).where(PreferenceChange.company_id == company_id)) or 0
        pages = max(1, -(-count // size))
        page = min(max(page, 1), pages)
        newest_first = _entries(company_id=company_id).order_by(PreferenceChange.change_id.desc())
        rows = session.execute(newest_first.limit(size).offset((page - 1) * size)).all()
        entries = tuple(_entry(change, user_name) for change, user_name in rows)
    return HistoryPage(entries=entries, page=page, pages=pages)


def changes_since(session: Session, *, company_id: int, change_id: int) -> tuple[HistoryEntry, ...]:
    """List what was saved after a change, oldest first."""
    found = _entries(company_id=company_id).where(PreferenceChange.change_id > change_id)
    rows = session.execute(found.order_by(PreferenceChange.change_id)).all()
    return tuple(_entry(change, user_name) for change, user_name in rows)


def last_change(session: Session, *, company_id: int) -> int:
    """Give the number of the company's last change; 0 before the first."""
    newest = select(func.max(PreferenceChange.change_id)).where(PreferenceChange.company_id == company_id)
    return session.scalar(newest) or 0


def record_change(
    session: Session,
    *,
    company_id: int,
    user_id: int,
    at: datetime,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    """Write down what is different; nothing where nothing is."""
    pairs = {name: [before.get(name, ""), after.get(name, "")] for name in (*before, *after)}
    changes = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if changes:
        session.add(PreferenceChange(company_id=company_id, user_id=user_id, at=at, changes=changes))


def _entries(*, company_id: int) -> Select[PreferenceChange, str]:
    its_user = and_(
        Installation.company_id == PreferenceChange.company_id, Installation.user_id == PreferenceChange.user_id
    )
    return (
        select(PreferenceChange, Installation.user_name)
        .outerjoin(Installation, its_user)
        .where(PreferenceChange.company_id == company_id)
    )


def _entry(row: PreferenceChange, user_name: str | None) -> HistoryEntry:
    changes = tuple(Change(name=name, before=pair[0], after=pair[1]) for name, pair in row.changes.items())
    return HistoryEntry(at=row.at, user_name=user_name or "", changes=changes)
