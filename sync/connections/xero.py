"""Working clients for Xero: which grant reaches an organisation, for whom."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, select
from sqlalchemy.orm import Session

from sync.clients.failures import Disconnected, GrantDead
from sync.clients.xero.client import XeroClient
from sync.clients.xero.connections import XeroConnections
from sync.connections.keeper import TokenKeeper
from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.store.accounts import Connection, Grant, Organisation


@dataclass(frozen=True)
class ActiveOrganisation:
    """The organisation that a company works with."""

    organisation_id: str
    connection_key: str
    tenant_id: str
    grant_id: str
    name: str
    short_code: str
    base_currency: str
    timezone: str
    parked_until: datetime | None


# Made once: the first runs at every request of every open panel.
_ACTIVE = (
    select(
        Organisation.organisation_id,
        Connection.key.label("connection_key"),
        Organisation.tenant_id,
        Connection.grant_id,
        Organisation.name,
        Organisation.short_code,
        Organisation.base_currency,
        Organisation.timezone,
        Organisation.parked_until,
    )
    .join(Connection, Connection.organisation_id == Organisation.organisation_id)
    .join(Grant, Grant.grant_id == Connection.grant_id)
    .where(Connection.state == "active", Grant.state == "active")
    .order_by(Connection.connected_at)
    .limit(1)
)
_OF_COMPANY = _ACTIVE.where(Connection.company_id == bindparam("company_id"))
_REACHING = _ACTIVE.where(Connection.organisation_id == bindparam("organisation_id"))


@dataclass(frozen=True)
class _OrganisationTokens:
    """A grant's tokens for one organisation: to whoever works with that, a dead grant is a lost connection."""

    keeper: TokenKeeper

    def current(self) -> str:
        """Give the token.

        :raises Disconnected: when the Xero user must consent again.
        """
        try:
            return self.keeper.current()
        except GrantDead as err:
            raise Disconnected(ErrorCode.XERO_RECONNECT) from err

    def renewed(self, *, stale: str) -> str:
        """Give another token.

        :raises Disconnected: when the Xero user must consent again.
        """
        try:
            return self.keeper.renewed(stale=stale)
        except GrantDead as err:
            raise Disconnected(ErrorCode.XERO_RECONNECT) from err


def find_active(session: Session, *, company_id: int) -> ActiveOrganisation | None:
    """Find the organisation that a company is connected to."""
    return _to_active(session.execute(_OF_COMPANY, {"company_id": company_id}).mappings().first())


def get_active(core: Core, *, company_id: int) -> ActiveOrganisation:
    """Get the organisation that a company is connected to.

    :raises Anticipated: XERO_NOT_CONNECTED, or XERO_RECONNECT when the connection was lost.
    """
    with core.database.reading() as session:
        found = find_active(session, company_id=company_id)
        lost = session.scalar(
            select(Connection.key).where(Connection.company_id == company_id, Connection.state == "lost")
        )
    if found is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT if lost else ErrorCode.XERO_NOT_CONNECTED)
    return found


def find_reaching(session: Session, *, organisation_id: str) -> ActiveOrganisation | None:
    """Find a grant that reaches an organisation, whichever company's it is: what belongs to the organisation is one."""
    return _to_active(session.execute(_REACHING, {"organisation_id": organisation_id}).mappings().first())


def client_for(core: Core, *, organisation: ActiveOrganisation) -> XeroClient:
    """Make a client for an organisation; its calls raise `Disconnected` when the Xero user must consent again."""
    return XeroClient(
        api_url=core.settings.xero_api_url,
        tenant_id=organisation.tenant_id,
        tokens=_OrganisationTokens(grant_tokens(core, grant_id=organisation.grant_id)),
        transport=core.transport,
        governor=core.governor,
    )


def connections_for(core: Core, *, grant_id: str) -> XeroConnections:
    """Make the client that lists and ends a grant's connections."""
    return XeroConnections(
        api_url=core.settings.xero_api_url,
        tokens=grant_tokens(core, grant_id=grant_id),
        transport=core.transport,
        governor=core.governor,
    )


def grant_tokens(core: Core, *, grant_id: str) -> TokenKeeper:
    """Make the keeper of a grant's tokens."""

    def find(session: Session) -> Grant | None:
        return session.scalar(select(Grant).where(Grant.grant_id == grant_id))

    return TokenKeeper(
        core,
        find=find,
        refresh=lambda token: core.xero_oauth.refresh(refresh_token=token),
        busy=ErrorCode.XERO_BUSY,
    )


def _to_active(row: RowMapping | None) -> ActiveOrganisation | None:
    return None if row is None else ActiveOrganisation(**row)
