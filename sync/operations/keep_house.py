"""Throw away what has had its day, and use tokens that would otherwise lapse."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sync.connections.keeper import TokenKeeper
from sync.connections.pipedrive import installation_tokens
from sync.connections.xero import grant_tokens
from sync.core import Core
from sync.errors import InstepError
from sync.store.accounts import Grant
from sync.store.company import Installation, Ticket
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealAccess, Intent

log = structlog.get_logger()

#: Xero keeps and replays events for 31 days, so ours are recognised for longer (D15).
_KEEP_EVENTS = timedelta(days=33)
_KEEP_PREPARED = timedelta(days=1)
_KEEP_ACCESS = timedelta(days=1)
#: Refresh tokens of both vendors die after 60 days without use.
_KEEP_ALIVE = timedelta(days=14)


def keep_house(core: Core) -> None:
    """Prune the store, and refresh the tokens that nobody has used for two weeks."""
    with core.database.writing() as session:
        _prune(core, session)
    for keeper in _idle(core):
        try:
            keeper.refresh_now()
        except InstepError as err:
            # A dead grant is marked by its keeper; a vendor that is away is asked again next time.
            log.warning("keep_alive_failed", reason=str(err))


def _prune(core: Core, session: Session) -> None:
    now = core.now()
    session.execute(delete(Ticket).where(Ticket.expires_at < now))
    session.execute(delete(DealAccess).where(DealAccess.checked_at < now - _KEEP_ACCESS))
    session.execute(delete(Intent).where(Intent.state == "prepared", Intent.created_at < now - _KEEP_PREPARED))
    session.execute(delete(Delivery).where(Delivery.state != "pending", Delivery.received_at < now - _KEEP_EVENTS))
    session.execute(delete(Event).where(Event.state != "pending", Event.received_at < now - _KEEP_EVENTS))


def _idle(core: Core) -> list[TokenKeeper]:
    before = core.now() - _KEEP_ALIVE
    with core.database.reading() as session:
        grants = session.scalars(
            select(Grant.grant_id).where(Grant.state == "active", Grant.refreshed_at < before)
        ).all()
        users = session.execute(
            select(Installation.company_id, Installation.user_id).where(
                Installation.state == "active", Installation.refreshed_at < before
            )
        ).all()
    return [
        *(grant_tokens(core, grant_id=grant_id) for grant_id in grants),
        *(installation_tokens(core, company_id=user.company_id, user_id=user.user_id) for user in users),
    ]
