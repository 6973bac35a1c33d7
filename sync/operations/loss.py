"""Xero no longer lets us in: noticed wherever it shows, so that work stops and pages offer to reconnect (F1)."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exists, update
from sqlalchemy.orm import Session

from sync.clients.failures import Disconnected
from sync.connections.xero import ActiveOrganisation
from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.store.accounts import Connection, Grant


@contextmanager
def noticing_loss(core: Core, *, organisation: ActiveOrganisation) -> Iterator[None]:
    """Mark the connections through this grant lost when Xero turns a call away.

    Another company's connection to the same organisation hangs on a grant of its own and goes on (D2).

    :raises Anticipated: XERO_RECONNECT.
    """
    began = core.now()
    try:
        yield
    except Disconnected as err:
        with core.database.writing() as session:
            session.execute(
                update(Connection)
                .where(
                    Connection.organisation_id == organisation.organisation_id,
                    Connection.grant_id == organisation.grant_id,
                    Connection.state == "active",
                    # A consent that was given meanwhile is newer than this answer.
                    Connection.connected_at <= began,
                )
                .values(state="lost")
            )
        raise Anticipated(ErrorCode.XERO_RECONNECT) from err


def lose_dead(session: Session) -> None:
    """Mark the connections of grants that have ended on Xero's side lost: whoever is connected by one must reconnect."""
    dead = exists().where(Grant.grant_id == Connection.grant_id, Grant.state == "lapsed")
    session.execute(
        update(Connection)
        .where(Connection.state == "active", dead)
        .values(state="lost")
        .execution_options(synchronize_session=False)
    )
