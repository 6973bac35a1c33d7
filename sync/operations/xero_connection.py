"""A company connects to a Xero organisation, chooses, and takes leave of it (D2)."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead
from sync.clients.oauth import Tokens
from sync.clients.xero.oauth import AccessClaims, read_claims
from sync.connections.keeper import seal_tokens
from sync.connections.xero import connections_for, get_active
from sync.core import Core
from sync.domain.accounting import ConnectedTenant
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.identity import person_of
from sync.operations.reference import pull_reference
from sync.operations.take_leave import put_farewells_off
from sync.operations.tickets import Purpose, SetupHolder, TicketHolder, issue, known_holder, redeem
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.company import Company
from sync.store.invoices import Intent


@dataclass(frozen=True)
class ConnectOutcome:
    """Whose setup goes on, and whether an organisation has to be chosen first."""

    holder: SetupHolder
    choose: bool


def begin_connect(core: Core, *, company_id: int, user_id: int, browser: str, deal_id: int | None) -> str:
    """Start connecting to Xero in this browser; gives Xero's consent page."""
    holder = TicketHolder(company_id=company_id, user_id=user_id, deal_id=deal_id)
    return core.xero_oauth.authorize_url(state=issue(core, purpose=Purpose.XERO, holder=holder, browser=browser))


def decline_connect(core: Core, *, state: str, browser: str) -> SetupHolder:
    """Use up the state of a consent that was declined; the setup goes on where it was.

    :raises Anticipated: LINK_EXPIRED.
    """
    return known_holder(redeem(core, purpose=Purpose.XERO, key=state, browser=browser))


def finish_connect(core: Core, *, code: str, state: str, browser: str) -> ConnectOutcome:
    """Turn Xero's code into a grant and the organisations that it reaches; a single one is chosen at once.

    :raises Anticipated: LINK_EXPIRED; XERO_NOT_CONNECTED when the consent reached no organisation.
    :raises Transient: when Xero cannot be reached; the person starts again.
    """
    holder = known_holder(redeem(core, purpose=Purpose.XERO, key=state, browser=browser))
    with core.database.writing() as session:
        put_farewells_off(session, company_id=holder.company_id, now=core.now())
    try:
        tokens = core.xero_oauth.exchange(code=code)
    except GrantDead as err:
        raise Anticipated(ErrorCode.LINK_EXPIRED) from err
    claims = read_claims(tokens.access_token, tokens.id_token)
    grant_id = _keep_grant(core, tokens=tokens, claims=claims)
    tenants = [
        tenant
        for tenant in connections_for(core, grant_id=grant_id).list(auth_event_id=claims.authentication_event_id)
        if tenant.tenant_type == "ORGANISATION"
    ]
    if not tenants:
        raise Anticipated(ErrorCode.XERO_NOT_CONNECTED)
    offered = _offer(core, holder=holder, grant_id=grant_id, tenants=tenants)
    if len(offered) == 1:
        choose_organisation(core, company_id=holder.company_id, user_id=holder.user_id, organisation_key=offered[0])
    return ConnectOutcome(holder=holder, choose=len(offered) > 1)


def choose_organisation(core: Core, *, company_id: int, user_id: int, organisation_key: str) -> None:
    """Make one of the offered organisations the company's; the others and any earlier one are taken leave of.

    :raises Anticipated: LINK_EXPIRED when it is not on offer.
    """
    with core.database.writing() as session:
        chosen = session.scalar(
            select(Connection).where(
                Connection.key == organisation_key,
                Connection.company_id == company_id,
                Connection.state.in_(("offered", "active")),
            )
        )
        if chosen is None:
            raise Anticipated(ErrorCode.LINK_EXPIRED)
        session.execute(
            update(Connection)
            .where(
                Connection.company_id == company_id,
                Connection.key != organisation_key,
                Connection.state.in_(("offered", "active")),
            )
            .values(state="ending")
        )
        chosen.state = "active"
        organisation = session.get_one(Organisation, chosen.organisation_id)
        organisation.sweep_due_at = core.now()
        session.get_one(Company, company_id).compare_due_at = core.now()
        organisation.parked_until = None
        # What could not be found out without a connection is looked into now.
        session.execute(
            update(Intent).where(Intent.company_id == company_id, Intent.state == "unknown").values(due_at=core.now())
        )
        audit.record(session, at=core.now(), company_id=company_id, user_id=user_id, verb="connect_xero")
    pull_reference(core, organisation=get_active(core, company_id=company_id))
    core.waker.wake()


def disconnect_xero(core: Core, *, company_id: int, user_id: int) -> None:
    """End the company's connection; a worker tells Xero. Invoices stay where they are, on both sides.

    :raises Anticipated: ADMIN_ONLY unless the person connected it or is an admin in Pipedrive: it serves everybody.
    """
    person = person_of(core, company_id=company_id, user_id=user_id)
    with core.database.reading() as session:
        connected_by = session.scalars(
            select(Connection.connected_by).where(
                Connection.company_id == company_id, Connection.state.in_(("active", "lost"))
            )
        ).all()
    if not person.is_admin and user_id not in connected_by:
        raise Anticipated(ErrorCode.ADMIN_ONLY)
    with core.database.writing() as session:
        session.execute(
            update(Connection)
            .where(Connection.company_id == company_id, Connection.state.in_(("offered", "active", "lost")))
            .values(state="ending")
        )
        audit.record(session, at=core.now(), company_id=company_id, user_id=user_id, verb="disconnect_xero")
    core.waker.wake()


def _keep_grant(core: Core, *, tokens: Tokens, claims: AccessClaims) -> str:
    with core.database.writing() as session:
        grant = session.scalar(select(Grant).where(Grant.xero_userid == claims.xero_userid))
        if grant is None:
            grant = Grant(grant_id=str(uuid.uuid4()), xero_userid=claims.xero_userid)
            session.add(grant)
        grant.user_name = claims.name
        grant.scope = tokens.scope
        seal_tokens(core, row=grant, tokens=tokens)
        return grant.grant_id


def _offer(core: Core, *, holder: SetupHolder, grant_id: str, tenants: list[ConnectedTenant]) -> list[str]:
    with core.database.writing() as session:
        return [_offer_one(core, session, holder=holder, grant_id=grant_id, tenant=tenant) for tenant in tenants]


def _offer_one(core: Core, session: Session, *, holder: SetupHolder, grant_id: str, tenant: ConnectedTenant) -> str:
    organisation = _keep_organisation(session, tenant=tenant)
    connection = session.scalar(
        select(Connection).where(
            Connection.company_id == holder.company_id,
            Connection.organisation_id == organisation.organisation_id,
        )
    )
    if connection is None:
        connection = Connection(
            key=str(uuid.uuid4()),
            company_id=holder.company_id,
            organisation_id=organisation.organisation_id,
            state="offered",
        )
        session.add(connection)
    elif connection.state != "active":
        connection.state = "offered"
    connection.grant_id = grant_id
    connection.xero_connection_id = tenant.connection_id
    connection.connected_by = holder.user_id
    connection.connected_at = core.now()
    return connection.key


def _keep_organisation(session: Session, *, tenant: ConnectedTenant) -> Organisation:
    organisation = session.scalar(select(Organisation).where(Organisation.tenant_id == tenant.tenant_id))
    if organisation is None:
        organisation = Organisation(organisation_id=str(uuid.uuid4()), tenant_id=tenant.tenant_id, reference={})
        session.add(organisation)
    organisation.name = tenant.tenant_name
    session.flush()
    return organisation
