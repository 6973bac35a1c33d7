"""Who is an admin in Pipedrive still: people are promoted and demoted there, and nobody tells us."""

import structlog
from sqlalchemy import select

from sync.clients.failures import GrantDead
from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.errors import Anticipated, ErrorCode, InstepError
from sync.operations.identity import Person
from sync.store.company import Installation

log = structlog.get_logger()


def require_still_admin(core: Core, *, person: Person) -> None:
    """Insist that this person is an admin at this moment, with one call to Pipedrive.

    :raises Anticipated: ADMIN_ONLY, INSTALL_LAPSED.
    :raises Transient: when Pipedrive cannot be asked.
    """
    if not person.is_admin:
        raise Anticipated(ErrorCode.ADMIN_ONLY)
    try:
        is_admin = _ask(core, company_id=person.company_id, user_id=person.user_id)
    except GrantDead as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    if not is_admin:
        raise Anticipated(ErrorCode.ADMIN_ONLY)


def refresh_admins(core: Core, *, company_id: int) -> None:
    """Ask for each admin whether they are one still; who cannot be asked about today is tomorrow."""
    with core.database.reading() as session:
        admins = session.scalars(
            select(Installation.user_id).where(
                Installation.company_id == company_id,
                Installation.is_admin.is_(True),
                Installation.state == "active",
                Installation.ended_at.is_(None),
            )
        ).all()
    for user_id in admins:
        try:
            _ask(core, company_id=company_id, user_id=user_id)
        except InstepError as err:
            log.warning("admin_not_asked", company_id=company_id, user_id=user_id, reason=str(err))


def _ask(core: Core, *, company_id: int, user_id: int) -> bool:
    user = client_for(core, company_id=company_id, user_id=user_id).me()
    with core.database.writing() as session:
        row = session.get_one(Installation, (company_id, user_id), with_for_update=True)
        if row.is_admin != user.is_admin:
            log.info("admin_changed", company_id=company_id, user_id=user_id, is_admin=user.is_admin)
        row.is_admin = user.is_admin
    return user.is_admin
