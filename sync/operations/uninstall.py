"""A Pipedrive user uninstalls the app."""

from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sync.connections.pipedrive import elect_acting
from sync.core import Core
from sync.operations import audit
from sync.operations.outcome import Outcome
from sync.store.accounts import Connection
from sync.store.company import Company, Installation, PipedriveWebhook
from sync.store.invoices import DealAccess, HalfWritten
from sync.store.rules import RuleRow

log = structlog.get_logger()


def uninstall(core: Core, *, company_id: int, user_id: int, at: datetime | None) -> Outcome:
    """End one user's installation: tokens are deleted, another user takes over, the last one ends all work.

    An uninstall from before the present installation is a late one, and is ignored. Pipedrive removes that user's
    webhooks by itself; a worker makes them again under whoever takes over.

    https://pipedrive.readme.io/docs/app-uninstallation
    """
    with core.database.writing() as session:
        company = session.get(Company, company_id, with_for_update=True)
        installation = session.get(Installation, (company_id, user_id))
        if company is None or installation is None or installation.ended_at is not None:
            return Outcome.UNCHANGED
        if at is not None and _is_late(at, installed_at=installation.installed_at):
            log.info("uninstall_ignored", company_id=company_id, user_id=user_id, reason="installed again since")
            return Outcome.IGNORED
        _end_installation(session, installation=installation, now=core.now())
        elect_acting(session, company=company, now=core.now())
        if company.acting_user_id is None:
            _end_company(session, company=company, now=core.now())
        else:
            company.tend_due_at = core.now()
        audit.record(session, at=core.now(), company_id=company_id, user_id=user_id, verb="uninstall")
    core.waker.wake()
    return Outcome.DONE


def _is_late(at: datetime, *, installed_at: datetime) -> bool:
    """Whether an uninstall is from before the installation; its time may be told in whole seconds only."""
    return at < (installed_at if at.microsecond else installed_at.replace(microsecond=0))


def _end_installation(session: Session, *, installation: Installation, now: datetime) -> None:
    installation.ended_at = now
    installation.state = "ended"
    installation.access_token = ""
    installation.refresh_token = ""
    of_user = (installation.company_id, installation.user_id)
    session.execute(
        delete(PipedriveWebhook).where(
            PipedriveWebhook.company_id == of_user[0], PipedriveWebhook.user_id == of_user[1]
        )
    )
    session.execute(delete(HalfWritten).where(HalfWritten.company_id == of_user[0], HalfWritten.user_id == of_user[1]))
    session.execute(delete(DealAccess).where(DealAccess.company_id == of_user[0], DealAccess.user_id == of_user[1]))
    session.flush()


def _end_company(session: Session, *, company: Company, now: datetime) -> None:
    """Stop all work for a company; a worker then takes leave of Xero, for which the grant is still needed."""
    company.ended_at = now
    company.tend_due_at = None
    # Installed again, the company begins without rules: what happened meanwhile sets off nothing.
    session.execute(delete(RuleRow).where(RuleRow.company_id == company.company_id))
    for connection in session.scalars(
        select(Connection).where(
            Connection.company_id == company.company_id, Connection.state.in_(("active", "offered", "lost"))
        )
    ):
        connection.state = "ending"
