"""The guided chain: connect Xero, choose the organisation, preferences, back to the deal (D23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.connections.xero import find_active
from sync.core import Core
from sync.domain.fields import SourceField
from sync.domain.rules import Rule
from sync.operations.company_fields import find_company_fields
from sync.operations.identity import Person, person_of
from sync.operations.preference_choices import Offers, find_choices
from sync.operations.preferences import Defaults, Preferences
from sync.operations.rules_causes import read_rules
from sync.operations.save_preferences import read_preferences
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.company import Company, Installation


class SetupStep(StrEnum):
    """Where in the chain a company is."""

    CONNECT = "connect"
    CHOOSE = "choose"
    PREFERENCES = "preferences"
    DONE = "done"


@dataclass(frozen=True)
class OrganisationChoice:
    """An organisation that the consent reached."""

    key: str
    name: str


@dataclass(frozen=True)
class ConnectedOrganisation:
    """The company's organisation; `healthy` is whether Xero still lets us in, `may_disconnect` whether this person may."""

    name: str
    connected_by: str
    #: Whose permission in Xero it works with.
    xero_user: str
    connected_at: datetime
    healthy: bool
    may_disconnect: bool


@dataclass(frozen=True)
class Installer:
    """Somebody of the company who has the app; `healthy` is whether Pipedrive still lets us in for them."""

    user_name: str
    installed_at: datetime
    healthy: bool
    #: Whether the company's background work is done as this user.
    is_acting: bool


@dataclass(frozen=True)
class SetupView:
    """All that the setup and settings pages show."""

    step: SetupStep
    company_name: str
    user_name: str
    is_admin: bool
    installers: tuple[Installer, ...]
    choices: tuple[OrganisationChoice, ...]
    organisation: ConnectedOrganisation | None
    preferences: Preferences
    defaults: Defaults
    fields: Mapping[str, SourceField]
    offers: Offers
    pipedrive_url: str
    #: The rules that are on.
    rules: tuple[Rule, ...]


def show_setup(core: Core, *, company_id: int, user_id: int) -> SetupView:
    """Show where the company's setup is, from the store; Xero is asked only for lists that are over an hour old.

    :raises Anticipated: NOT_INSTALLED, INSTALL_LAPSED.
    """
    person = person_of(core, company_id=company_id, user_id=user_id)
    # Before anything is looked up: asking Xero may show that the connection is lost.
    offers = find_choices(core, person=person)
    with core.database.reading() as session:
        company = session.get_one(Company, company_id)
        organisation = _connected(session, person=person)
        stored = read_preferences(
            session, company_id=company_id, organisation=find_active(session, company_id=company_id)
        )
        choices = _choices(session, company_id=company_id)
        installers = _installers(session, company=company)
        rules = read_rules(session, company_id=company_id)
    return SetupView(
        step=_step(company=company, choices=choices, organisation=organisation),
        company_name=person.company_name,
        user_name=person.user_name,
        is_admin=person.is_admin,
        installers=installers,
        choices=choices,
        organisation=organisation,
        preferences=stored.preferences,
        defaults=stored.defaults,
        fields=find_company_fields(core, company_id=company_id).known,
        offers=offers,
        pipedrive_url=person.api_domain,
        rules=rules,
    )


@dataclass(frozen=True)
class ConnectionsView:
    """Both connections of a company, as every page shows them."""

    company_name: str
    installers: tuple[Installer, ...]
    organisation: ConnectedOrganisation | None


def show_connections(session: Session, *, person: Person) -> ConnectionsView:
    """Show how both connections stand, from the store."""
    company = session.get_one(Company, person.company_id)
    return ConnectionsView(
        company_name=person.company_name,
        installers=_installers(session, company=company),
        organisation=_connected(session, person=person),
    )


def deal_url(person: Person, *, deal_id: int | None) -> str:
    """Make the address of a deal in Pipedrive, or of Pipedrive itself where there is no deal to go back to."""
    return f"{person.api_domain}/deal/{deal_id}" if deal_id is not None else person.api_domain


def _step(
    *, company: Company, choices: tuple[OrganisationChoice, ...], organisation: ConnectedOrganisation | None
) -> SetupStep:
    if organisation is not None and organisation.healthy:
        return SetupStep.DONE if company.preferences_saved_at else SetupStep.PREFERENCES
    return SetupStep.CHOOSE if choices else SetupStep.CONNECT


def _choices(session: Session, *, company_id: int) -> tuple[OrganisationChoice, ...]:
    rows = session.execute(
        select(Connection.key, Organisation.name)
        .join(Organisation, Organisation.organisation_id == Connection.organisation_id)
        .where(Connection.company_id == company_id, Connection.state == "offered")
        .order_by(Organisation.name)
    )
    return tuple(OrganisationChoice(key=row.key, name=row.name) for row in rows)


def _installers(session: Session, *, company: Company) -> tuple[Installer, ...]:
    rows = session.scalars(
        select(Installation)
        .where(Installation.company_id == company.company_id, Installation.ended_at.is_(None))
        .order_by(Installation.installed_at, Installation.user_id)
    )
    return tuple(
        Installer(
            user_name=row.user_name,
            installed_at=row.installed_at,
            healthy=row.state == "active",
            is_acting=row.user_id == company.acting_user_id,
        )
        for row in rows
    )


def _connected(session: Session, *, person: Person) -> ConnectedOrganisation | None:
    row = session.execute(
        select(Connection, Organisation.name, Grant.state, Grant.user_name)
        .join(Organisation, Organisation.organisation_id == Connection.organisation_id)
        .join(Grant, Grant.grant_id == Connection.grant_id)
        .where(Connection.company_id == person.company_id, Connection.state.in_(("active", "lost")))
        .order_by(Connection.state)
    ).first()
    if row is None:
        return None
    connection, name, grant_state, xero_user = row
    by = session.get(Installation, (person.company_id, connection.connected_by))
    return ConnectedOrganisation(
        name=name,
        connected_by=by.user_name if by else "",
        xero_user=xero_user,
        connected_at=connection.connected_at,
        healthy=connection.state == "active" and grant_state == "active",
        may_disconnect=person.is_admin or connection.connected_by == person.user_id,
    )
