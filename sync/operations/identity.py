"""Who is asking, and whether Pipedrive lets them see the deal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import jwt
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync.clients.failures import Forbidden, GrantDead, NotFound, TokenExpired
from sync.clients.pipedrive.client import MOST_DEALS
from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import Deal
from sync.errors import Anticipated, ErrorCode
from sync.operations.deals import record_deals
from sync.store.company import Company, Installation
from sync.store.invoices import DealAccess

_ACCESS_LASTS = timedelta(minutes=10)

# Made once: these two run at every request of every open panel.
_WHO = (
    select(
        Installation.user_name,
        Installation.language,
        Installation.locale,
        Installation.is_admin,
        Installation.state,
        Installation.ended_at,
        Company.name,
        Company.api_domain,
    )
    .join(Company, Company.company_id == Installation.company_id)
    .where(Installation.company_id == bindparam("company_id"), Installation.user_id == bindparam("user_id"))
)
_MAY_SEE = select(DealAccess.deal_id).where(
    DealAccess.company_id == bindparam("company_id"),
    DealAccess.user_id == bindparam("user_id"),
    DealAccess.deal_id.in_(bindparam("deal_ids", expanding=True)),
    DealAccess.checked_at > bindparam("since"),
)


@dataclass(frozen=True)
class Person:
    """A Pipedrive user who installed the app, as the pages need to know them."""

    company_id: int
    user_id: int
    user_name: str
    company_name: str
    language: str
    locale: str
    is_admin: bool
    api_domain: str


def identify(core: Core, *, token: str) -> Person:
    """Read the token that Pipedrive signed for this user.

    https://pipedrive.readme.io/docs/custom-ui-extensions

    :raises Anticipated: LINK_EXPIRED for a token that is wrong or over, NOT_INSTALLED, INSTALL_LAPSED.
    """
    try:
        claims = jwt.decode(
            token,
            core.settings.pipedrive_jwt_secret,
            algorithms=["HS256"],
            options={"require": ["exp"], "enforce_minimum_key_length": False},
            leeway=5,
        )
        company_id, user_id = int(claims["companyId"]), int(claims["userId"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as err:
        raise Anticipated(ErrorCode.LINK_EXPIRED) from err
    return person_of(core, company_id=company_id, user_id=user_id)


def person_of(core: Core, *, company_id: int, user_id: int) -> Person:
    """Find the person behind an installation.

    :raises Anticipated: NOT_INSTALLED, INSTALL_LAPSED.
    """
    with core.database.reading() as session:
        found = session.execute(_WHO, {"company_id": company_id, "user_id": user_id}).one_or_none()
    if found is None or found.ended_at is not None:
        raise Anticipated(ErrorCode.NOT_INSTALLED)
    if found.state != "active":
        raise Anticipated(ErrorCode.INSTALL_LAPSED)
    return Person(
        company_id=company_id,
        user_id=user_id,
        user_name=found.user_name,
        company_name=found.name,
        language=found.language,
        locale=found.locale,
        is_admin=found.is_admin,
        api_domain=found.api_domain,
    )


def require_deal(core: Core, *, person: Person, deal_id: int) -> None:
    """Ask Pipedrive, with the person's own token, whether they may see the deal; the yes is kept for ten minutes.

    :raises Anticipated: NO_ACCESS_TO_DEAL, INSTALL_LAPSED.
    :raises Transient: when Pipedrive cannot be asked.
    """
    if _let_in_lately(core, person=person, deal_ids=(deal_id,)):
        return
    try:
        deal = client_for(core, company_id=person.company_id, user_id=person.user_id).get_deal(deal_id=deal_id)
    except (Forbidden, NotFound) as err:
        raise Anticipated(ErrorCode.NO_ACCESS_TO_DEAL) from err
    except (GrantDead, TokenExpired) as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    _let_in(core, person=person, deals=(deal,))


def find_visible(core: Core, *, person: Person, deal_ids: Collection[int]) -> frozenset[int]:
    """Find those deals of some that this person may see, with one call about all that nobody asked about lately.

    :raises Anticipated: INSTALL_LAPSED.
    :raises Transient: when Pipedrive cannot be asked.
    """
    known = _let_in_lately(core, person=person, deal_ids=deal_ids)
    unknown = sorted(set(deal_ids) - known)[:MOST_DEALS]
    if not unknown:
        return known
    try:
        seen = client_for(core, company_id=person.company_id, user_id=person.user_id).get_deals(deal_ids=unknown)
    except (GrantDead, TokenExpired) as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    if seen:
        _let_in(core, person=person, deals=seen)
    return known | {deal.deal_id for deal in seen}


def _let_in_lately(core: Core, *, person: Person, deal_ids: Collection[int]) -> frozenset[int]:
    asked = {"company_id": person.company_id, "user_id": person.user_id, "deal_ids": tuple(deal_ids)}
    with core.database.reading() as session:
        return frozenset(session.scalars(_MAY_SEE, {**asked, "since": core.now() - _ACCESS_LASTS}))


def _let_in(core: Core, *, person: Person, deals: Collection[Deal]) -> None:
    try:
        _record(core, person=person, deals=deals)
    except IntegrityError:
        # Somebody else looked at one of them for the first time in the same moment; now it is there.
        _record(core, person=person, deals=deals)


def _record(core: Core, *, person: Person, deals: Collection[Deal]) -> None:
    with core.database.writing() as session:
        record_deals(session, company_id=person.company_id, deals=deals, now=core.now())
        # The rows that the answer replaces, read at once and locked in the order in which everybody takes them.
        known = {
            row.deal_id: row
            for row in session.scalars(
                select(DealAccess)
                .where(
                    DealAccess.company_id == person.company_id,
                    DealAccess.user_id == person.user_id,
                    DealAccess.deal_id.in_([deal.deal_id for deal in deals]),
                )
                .order_by(DealAccess.deal_id)
                .with_for_update()
            )
        }
        for deal in sorted(deals, key=lambda one: one.deal_id):
            row = known.get(deal.deal_id) or DealAccess(
                company_id=person.company_id, user_id=person.user_id, deal_id=deal.deal_id
            )
            row.checked_at = core.now()
            session.add(row)


def forget_access(session: Session, *, company_id: int, deal_id: int) -> None:
    """Forget who may see a deal, because its owner or visibility may have changed."""
    session.execute(delete(DealAccess).where(DealAccess.company_id == company_id, DealAccess.deal_id == deal_id))
