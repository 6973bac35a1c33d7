"""Working clients for Xero: which grant reaches an organisation, for whom."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.xero.client import XeroClient, XeroConnections
from sync.connections.keeper import TokenKeeper
from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.store.accounts import Connection, Grant, Organisation


@dataclass(frozen=True)
class ActiveOrganisation:
    """The organisation that a company works with."""

    organisation_id: str
    tenant_id: str
    grant_id: str
    name: str
    short_code: str
    base_currency: str
    timezone: str


def find_active(session: Session, *, company_id: int) -> ActiveOrganisation | None:
    """Find the organisation that a company is connected to."""
    return _first_active(session, Connection.company_id == company_id)


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
    return _first_active(session, Connection.organisation_id == organisation_id)


def client_for(core: Core, *, organisation: ActiveOrganisation) -> XeroClient:
    """Make a client for an organisation; its calls raise `GrantDead` when the Xero user must consent again."""
    return XeroClient(
        api_url=core.settings.xero_api_url,
        tenant_id=organisation.tenant_id,
        tokens=grant_tokens(core, grant_id=organisation.grant_id),
        transport=core.transport,
    )


def connections_for(core: Core, *, grant_id: str) -> XeroConnections:
    """Make the client that lists and ends a grant's connections."""
    return XeroConnections(
        api_url=core.settings.xero_api_url, tokens=grant_tokens(core, grant_id=grant_id), transport=core.transport
    )


def grant_tokens(core: Core, *, grant_id: str) -> TokenKeeper:
    """Make the keeper of a grant's tokens."""

    def find(session: Session) -> Grant | None:
        return session.scalar(select(Grant).where(Grant.grant_id == grant_id))

    return TokenKeeper(core, find=find, refresh=lambda token: core.xero_oauth.refresh(refresh_token=token))


def _first_active(session: Session, condition: object) -> ActiveOrganisation | None:
    row = session.execute(
        select(Organisation, Connection.grant_id)
        .join(Connection, Connection.organisation_id == Organisation.organisation_id)
        .join(Grant, Grant.grant_id == Connection.grant_id)
        .where(condition, Connection.state == "active", Grant.state == "active")  # type: ignore[arg-type]
        .order_by(Connection.connected_at)
    ).first()
    if row is None:
        return None
    organisation, grant_id = row
    return ActiveOrganisation(
        organisation_id=organisation.organisation_id,
        tenant_id=organisation.tenant_id,
        grant_id=grant_id,
        name=organisation.name,
        short_code=organisation.short_code,
        base_currency=organisation.base_currency,
        timezone=organisation.timezone,
    )
