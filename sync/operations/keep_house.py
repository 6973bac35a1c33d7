"""Throw away what has had its day, and use tokens that would otherwise lapse."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, exists, select, tuple_

from sync.connections.keeper import TokenKeeper
from sync.connections.pipedrive import installation_tokens
from sync.connections.xero import grant_tokens
from sync.core import Core
from sync.errors import InstepError
from sync.operations.loss import lose_dead
from sync.operations.take_leave import end_grant
from sync.store.accounts import Connection, Grant
from sync.store.base import Base
from sync.store.company import Installation, Ticket
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealAccess, HalfWritten, Intent

log = structlog.get_logger()

_AT_ONCE = 500
#: Xero keeps and replays events for 31 days, so ours are recognised for longer (D15).
_KEEP_EVENTS = timedelta(days=33)
_KEEP_PREPARED = timedelta(days=1)
_KEEP_ACCESS = timedelta(days=1)
_KEEP_HALF_WRITTEN = timedelta(days=30)
#: Refresh tokens of both vendors die after 60 days without use.
_KEEP_ALIVE = timedelta(days=14)
#: So long after its last refresh, a grant without a connection is not in the middle of a consent.
_ORPHANED = timedelta(hours=1)


def keep_house(core: Core) -> None:
    """Prune the store, refresh the tokens that nobody has used for two weeks, end the grants that nobody needs."""
    for table, *has_had_its_day in _old(core.now()):
        while _prune(core, table=table, which=has_had_its_day):
            pass
    for tokens_of, keeper in _idle(core).items():
        _attempt(keeper.refresh_now, chore="keep_alive", tokens_of=tokens_of)
    for grant_id in _orphans(core):
        _attempt(partial(end_grant, core, grant_id=grant_id), chore="end_grant", tokens_of=grant_id)
    with core.database.writing() as session:
        lose_dead(session)


def _old(now: datetime) -> tuple[tuple[Any, ...], ...]:
    return (
        (Ticket, Ticket.expires_at < now),
        (DealAccess, DealAccess.checked_at < now - _KEEP_ACCESS),
        (Intent, Intent.state == "prepared", Intent.created_at < now - _KEEP_PREPARED),
        (HalfWritten, HalfWritten.saved_at < now - _KEEP_HALF_WRITTEN),
        (Delivery, Delivery.state != "pending", Delivery.received_at < now - _KEEP_EVENTS),
        (Event, Event.state != "pending", Event.received_at < now - _KEEP_EVENTS),
    )


def _prune(core: Core, *, table: type[Base], which: Sequence[ColumnElement[bool]]) -> bool:
    """Delete some rows, and say whether there may be more: nobody may wait long for the right to write."""
    key = list(table.__table__.primary_key)
    with core.database.writing() as session:
        chosen = session.execute(select(*key).where(*which).limit(_AT_ONCE)).all()
        if chosen:
            session.execute(delete(table).where(tuple_(*key).in_([tuple(row) for row in chosen]), *which))
    return len(chosen) == _AT_ONCE


def _attempt(part: Callable[[], None], *, chore: str, tokens_of: str) -> None:
    """Do what belongs to one grant or installation; what goes wrong with it must not keep the others waiting."""
    try:
        part()
    except InstepError as err:
        # A dead grant is marked by its keeper; a vendor that is away is asked again next time.
        log.warning("chore_put_off", chore=chore, tokens_of=tokens_of, reason=str(err))
    except Exception:
        log.exception("chore_failed", chore=chore, tokens_of=tokens_of)


def _idle(core: Core) -> dict[str, TokenKeeper]:
    before = core.now() - _KEEP_ALIVE
    with core.database.reading() as session:
        grants = session.scalars(
            select(Grant.grant_id).where(
                Grant.state == "active", Grant.refreshed_at < before, _has_connection("offered", "active")
            )
        ).all()
        users = session.execute(
            select(Installation.company_id, Installation.user_id).where(
                Installation.state == "active", Installation.refreshed_at < before
            )
        ).all()
    return {
        **{grant_id: grant_tokens(core, grant_id=grant_id) for grant_id in grants},
        **{
            f"{user.company_id}/{user.user_id}": installation_tokens(
                core, company_id=user.company_id, user_id=user.user_id
            )
            for user in users
        },
    }


def _orphans(core: Core) -> Sequence[str]:
    """List the grants that lost their last connection to another grant, or whose consent never came to one."""
    with core.database.reading() as session:
        return session.scalars(
            select(Grant.grant_id).where(
                Grant.state == "active",
                Grant.refreshed_at < core.now() - _ORPHANED,
                ~_has_connection("offered", "active", "ending", "lost"),
            )
        ).all()


def _has_connection(*states: str) -> ColumnElement[bool]:
    return exists().where(Connection.grant_id == Grant.grant_id, Connection.state.in_(states))
