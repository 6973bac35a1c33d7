"""Working clients for Pipedrive: a user's own, and the company's acting one (D4)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead
from sync.clients.oauth import Tokens
from sync.clients.pipedrive.client import PipedriveClient
from sync.clients.pipedrive.oauth import check_api_domain
from sync.clients.pipedrive.payer import UserOfCompany
from sync.connections.keeper import TokenKeeper
from sync.core import Core
from sync.errors import ErrorCode
from sync.store.company import Company, Installation
from sync.store.invoices import DealRow


@dataclass(frozen=True)
class KnownToken:
    """A token that was just handed to us and is not kept yet; it cannot be renewed."""

    token: str

    def current(self) -> str:
        """Give the token."""
        return self.token

    def renewed(self, *, stale: str) -> str:
        """Refuse.

        :raises GrantDead: always.
        """
        raise GrantDead("A token that is minutes old was refused.")


def client_for(core: Core, *, company_id: int, user_id: int) -> PipedriveClient:
    """Make a client that acts as this user; its calls raise `GrantDead` when the user must install again.

    :raises GrantDead: when the company is not known at all.
    """
    with core.database.reading() as session:
        company = session.get(Company, company_id)
    if company is None:
        raise GrantDead("The company is not installed.")
    return PipedriveClient(
        api_domain=company.api_domain,
        user=UserOfCompany(company_id=company_id, user_id=user_id),
        tokens=installation_tokens(core, company_id=company_id, user_id=user_id),
        transport=core.transport,
        governor=core.governor,
    )


def installation_tokens(core: Core, *, company_id: int, user_id: int) -> TokenKeeper:
    """Make the keeper of a user's tokens."""

    def find(session: Session) -> Installation | None:
        return session.get(Installation, (company_id, user_id))

    def stored(session: Session, tokens: Tokens) -> None:
        # A company may be renamed: every token answer carries the address that is right now.
        company = session.get_one(Company, company_id)
        company.api_domain = check_api_domain(
            api_domain=tokens.api_domain or company.api_domain, oauth_url=core.settings.pipedrive_oauth_url
        )

    return TokenKeeper(
        core,
        find=find,
        refresh=lambda token: core.pipedrive_oauth.refresh(refresh_token=token),
        busy=ErrorCode.PIPEDRIVE_BUSY,
        stored=stored,
    )


def acting_client(core: Core, *, company_id: int) -> PipedriveClient:
    """Make the client that does a company's background work.

    :raises GrantDead: when nobody of the company is left to act.
    """
    with core.database.reading() as session:
        company = session.get(Company, company_id)
        user_id = company.acting_user_id if company else None
    if user_id is None:
        raise GrantDead("Nobody of this company has the app installed.")
    return client_for(core, company_id=company_id, user_id=user_id)


def elect_acting(session: Session, *, company: Company, now: datetime) -> None:
    """Choose whose tokens do the company's background work: whoever does it stays, admins first, then the oldest."""
    active = session.scalars(
        select(Installation)
        .where(
            Installation.company_id == company.company_id,
            Installation.ended_at.is_(None),
            Installation.state == "active",
        )
        .order_by(Installation.is_admin.desc(), Installation.installed_at)
    ).all()
    if company.acting_user_id in {row.user_id for row in active}:
        return
    company.acting_user_id = active[0].user_id if active else None
    if active:
        # What the other was not allowed to see is written by this one, perhaps.
        session.execute(
            update(DealRow)
            .where(DealRow.company_id == company.company_id, DealRow.problem_code == ErrorCode.NO_ACCESS_TO_DEAL)
            .values(due_at=now, tries=0, revision=DealRow.revision + 1)
        )
