"""Tell Xero that a connection has ended (D2)."""

from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import Disconnected, GrantDead, NotFound
from sync.connections.xero import connections_for
from sync.core import Core
from sync.errors import InstepError
from sync.store.accounts import Connection, Grant

log = structlog.get_logger()

_TRY_AGAIN = timedelta(minutes=1)


def take_leave_of_all(core: Core) -> None:
    """Take leave of every organisation that a company has left; what fails is tried again in a minute."""
    with core.database.reading() as session:
        keys = session.scalars(
            select(Connection.key).where(
                Connection.state == "ending",
                or_(Connection.leave_due_at.is_(None), Connection.leave_due_at <= core.now()),
            )
        ).all()
    for key in keys:
        try:
            take_leave(core, connection_key=key)
        except InstepError as err:
            log.warning("leave_put_off", connection=key, reason=str(err))
            with core.database.writing() as session:
                session.get_one(Connection, key).leave_due_at = core.now() + _TRY_AGAIN


def take_leave(core: Core, *, connection_key: str) -> None:
    """Tell Xero that a connection has ended, unless another company uses it; revoke the grant when it was its last.

    https://developer.xero.com/documentation/guides/oauth2/auth-flow - a connection left to lapse counts against the
    app's tier, so it is deleted.

    :raises Transient: when Xero cannot be reached; the connection stays `ending` and is tried again.
    """
    with core.database.reading() as session:
        connection = session.get_one(Connection, connection_key)
        shared = _others_alive(
            session, besides=connection, scope=Connection.organisation_id == connection.organisation_id
        )
        last_of_grant = not _others_alive(session, besides=connection, scope=Connection.grant_id == connection.grant_id)
    if not shared:
        # What is gone on Xero's side already is as it was wanted.
        with suppress(NotFound, GrantDead, Disconnected):
            connections_for(core, grant_id=connection.grant_id).delete(connection_id=connection.xero_connection_id)
    if not _is_ending(core, connection_key=connection_key):
        return
    if last_of_grant:
        _revoke(core, grant_id=connection.grant_id)
    with core.database.writing() as session:
        session.execute(
            update(Connection)
            .where(Connection.key == connection_key, Connection.state == "ending")
            .values(state="ended")
        )


def _is_ending(core: Core, *, connection_key: str) -> bool:
    """Whether the company has not come back meanwhile: then the grant is wanted again."""
    with core.database.reading() as session:
        return session.get_one(Connection, connection_key).state == "ending"


def _others_alive(session: Session, *, besides: Connection, scope: ColumnElement[bool]) -> bool:
    count = session.scalar(
        select(func.count()).where(scope, Connection.key != besides.key, Connection.state.in_(("active", "offered")))
    )
    return bool(count)


def _revoke(core: Core, *, grant_id: str) -> None:
    with core.database.reading() as session:
        sealed = session.get_one(Grant, grant_id).refresh_token
    if sealed:
        core.xero_oauth.revoke(refresh_token=core.vault.open(sealed))
    with core.database.writing() as session:
        grant = session.get_one(Grant, grant_id)
        grant.state = "ended"
        grant.access_token = ""
        grant.refresh_token = ""
