"""Give a deal's owner something to do, once for one cause: Pipedrive knows no idempotency keys, so we look first."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.pipedrive.client import PipedriveClient
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.invoice import Invoice
from sync.domain.links import invoice_link
from sync.domain.reminders import Reminder, reminder_of
from sync.domain.rules import RuleKind
from sync.domain.timezones import local_day
from sync.errors import ErrorCode, Transient
from sync.operations.invoices import InvoiceOnDeal, to_invoice
from sync.operations.rules_causes import CLAIM_LASTS
from sync.operations.watch import NAME as WATCH
from sync.store.chores import Chore
from sync.store.company import Installation
from sync.store.rules import RuleRun

#: The clocks of two systems differ.
_LOOK_BACK = timedelta(minutes=5)
#: How long causes of before a gap may come to light after it, and how old a copy may be that was restored.
_AFTER_A_GAP = timedelta(days=1)
_RESTORED_AT_MOST = timedelta(days=7)


def remind(core: Core, *, client: PipedriveClient, run: RuleRun, deal: Deal, found: InvoiceOnDeal) -> bool:
    """Add the activity; False where there is one already, from an earlier try or for another payment of the same deal.

    :raises Transient: when its end is not known: the next try looks.
    """
    invoice = to_invoice(found.record)
    reminder = _reminder(core, run=run, deal=deal, invoice=invoice, short_code=found.short_code)
    since = _told_since(core, run=run)
    if since is not None and client.has_activity(deal_id=deal.deal_id, subject=reminder.subject, since=since):
        return True
    if not _begin(core, run=run):
        return False
    client.add_activity(
        deal_id=deal.deal_id,
        owner_id=deal.owner_id,
        subject=reminder.subject,
        note=reminder.note,
        due=local_day(now=core.now(), xero_name=found.timezone),
    )
    return True


def _told_since(core: Core, *, run: RuleRun) -> datetime | None:
    """Say from when on an earlier try may have added it; None where there was none.

    Right after a gap the database may be one that was restored, and know nothing of what was done before.
    """
    with core.database.reading() as session:
        gap_at = session.scalar(select(Chore.gap_at).where(Chore.name == WATCH))
    if gap_at is not None and gap_at - _LOOK_BACK <= run.created_at < gap_at + _AFTER_A_GAP:
        return run.created_at - _RESTORED_AT_MOST
    return run.created_at - _LOOK_BACK if run.sent_at is not None else None


def _begin(core: Core, *, run: RuleRun) -> bool:
    """Write down that an activity is about to be added, as long as this run is still ours.

    :raises Transient: when another worker has taken it over.
    """
    with core.database.writing() as session:
        row = session.get_one(RuleRun, run.run_key, with_for_update=True)
        if row.state != "running" or row.due_at != run.due_at:
            raise Transient(ErrorCode.IN_PROGRESS)
        if run.rule == RuleKind.PAID and _was_told(session, run=run):
            return False
        row.sent_at = core.now()
        # Nobody else takes it while the call is under way, however long the steps before have taken.
        row.due_at = run.due_at = core.now() + CLAIM_LASTS
        return True


def _was_told(session: Session, *, run: RuleRun) -> bool:
    """Whether the owner was told, when this payment was known already, that everything is paid."""
    others = select(RuleRun.run_key).where(
        RuleRun.company_id == run.company_id,
        RuleRun.deal_id == run.deal_id,
        RuleRun.rule == run.rule,
        RuleRun.run_key != run.run_key,
        RuleRun.sent_at >= run.created_at,
    )
    return session.scalar(others.limit(1)) is not None


def _reminder(core: Core, *, run: RuleRun, deal: Deal, invoice: Invoice, short_code: str) -> Reminder:
    with core.database.reading() as session:
        reader = session.get(Installation, (run.company_id, deal.owner_id)) or session.scalar(
            select(Installation).where(Installation.company_id == run.company_id).order_by(Installation.installed_at)
        )
    link = invoice_link(web_url=core.settings.xero_web_url, short_code=short_code, invoice_id=invoice.invoice_id)
    return reminder_of(
        kind=RuleKind(run.rule),
        invoice=invoice,
        link=link,
        language=reader.language if reader else "",
        locale=reader.locale if reader else "",
    )
