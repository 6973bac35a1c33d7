"""Tell Xero that a connection has ended (D2)."""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import Disconnected, GrantDead, NotFound
from sync.connections.xero import connections_for
from sync.core import Core
from sync.errors import ErrorCode, InstepError, Transient
from sync.operations.due import NOW, Due, has_come
from sync.operations.tickets import Purpose
from sync.store.accounts import Connection, Grant
from sync.store.company import Ticket

log = structlog.get_logger()

_TRY_AGAIN = timedelta(minutes=1)
#: Longer than the calls between a consent's tokens and its connections may take, with their time-outs.
_CONSENT_TAKES = timedelta(minutes=2)


#: The connections whose organisation has not been told yet that the company has left.
due_to_leave = Due(
    str,
    select(Connection.key, func.coalesce(Connection.leave_due_at, NOW)).where(
        Connection.state == "ending", has_come(Connection.leave_due_at)
    ),
)


def take_leave_or_put_off(core: Core, *, connection_key: str) -> None:
    """Take leave of an organisation that a company has left; what fails is tried again in a minute."""
    try:
        take_leave(core, connection_key=connection_key)
    except InstepError as err:
        log.warning("leave_put_off", connection=connection_key, reason=str(err))
    except Exception:
        # One grant's defect, as a seal that no key opens, must not keep the other connections waiting.
        log.exception("leave_failed", connection=connection_key)
    else:
        return
    with core.database.writing() as session:
        session.get_one(Connection, connection_key).leave_due_at = core.now() + _TRY_AGAIN


def take_leave(core: Core, *, connection_key: str) -> None:
    """Tell Xero that a connection has ended, unless another company uses it; revoke the grant when it was its last.

    https://developer.xero.com/documentation/guides/oauth2/auth-flow - a connection left to lapse counts against the
    app's tier, so it is deleted.

    :raises Transient: when Xero cannot be reached, or somebody may be consenting again; the connection stays `ending`.
    """
    with core.database.reading() as session:
        connection = session.get_one(Connection, connection_key)
        _require_nobody_connecting(core, session, company_id=connection.company_id)
        _require_settled(core, session, grant=session.get_one(Grant, connection.grant_id))
        shared = _is_alive(
            session, Connection.organisation_id == connection.organisation_id, Connection.key != connection_key
        )
    if not shared:
        # What is gone on Xero's side already is as it was wanted.
        with suppress(NotFound, GrantDead, Disconnected):
            connections_for(core, grant_id=connection.grant_id).delete(connection_id=connection.xero_connection_id)
    end_grant(core, grant_id=connection.grant_id)
    with core.database.writing() as session:
        # A company that has come back meanwhile stays.
        session.execute(
            update(Connection)
            .where(Connection.key == connection_key, Connection.state == "ending")
            .values(state="ended")
        )


def end_grant(core: Core, *, grant_id: str) -> None:
    """Revoke a grant at Xero and forget its tokens, unless a connection lives on it.

    :raises Transient: when Xero cannot be reached, or its user may be consenting again.
    """
    with core.database.writing() as session:
        grant = session.get_one(Grant, grant_id, with_for_update=True)
        if _is_alive(session, Connection.grant_id == grant_id):
            return
        _require_settled(core, session, grant=grant)
        seen = grant.refresh_token
    if seen:
        core.xero_oauth.revoke(refresh_token=core.vault.open(seen))
    with core.database.writing() as session:
        grant = session.get_one(Grant, grant_id, with_for_update=True)
        # Other tokens than those that were revoked are a new consent's.
        if grant.refresh_token == seen:
            grant.state = "ended"
            grant.access_token = ""
            grant.refresh_token = ""


def _is_alive(session: Session, *scope: ColumnElement[bool]) -> bool:
    alive = exists().where(Connection.state.in_(("active", "offered")), *scope)
    return bool(session.scalar(select(alive)))


def put_farewells_off(session: Session, *, company_id: int, now: datetime) -> None:
    """Keep the company's old connections while its consent is turned into tokens and connections."""
    session.execute(
        update(Connection)
        .where(Connection.company_id == company_id, Connection.state == "ending")
        .values(leave_due_at=now + _CONSENT_TAKES)
    )


def _require_nobody_connecting(core: Core, session: Session, *, company_id: int) -> None:
    """Turn away while somebody of the company is at Xero's consent page.

    Xero gives a connection that is consented to again the id that it had: deleted after the consent, it is the new one
    that goes, and the consent comes back without an organisation.
    """
    open_consent = exists().where(
        Ticket.purpose == Purpose.XERO, Ticket.company_id == company_id, Ticket.expires_at > core.now()
    )
    if session.scalar(select(open_consent)):
        raise Transient(ErrorCode.XERO_BUSY, detail="somebody is connecting")


def _require_settled(core: Core, session: Session, *, grant: Grant) -> None:
    """Turn away while a consent may be under way: its tokens are kept first, and its connections a call later.

    A refresh looks the same for these minutes; waiting them out harms nobody.
    """
    newest = session.scalar(select(func.max(Connection.connected_at)).where(Connection.grant_id == grant.grant_id))
    is_young = core.now() - grant.refreshed_at < _CONSENT_TAKES
    if is_young and (newest is None or grant.refreshed_at > newest):
        raise Transient(ErrorCode.XERO_BUSY, detail="the grant's tokens are new")
