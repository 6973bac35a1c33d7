"""What the store says about a run before any vendor is asked: that it is done, has to wait, or has nothing to do."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.rules import CREATES, Reaction, Rule, RuleKind
from sync.errors import Anticipated, ErrorCode
from sync.operations.intents import OPEN, has_live_invoice
from sync.store.invoices import Intent
from sync.store.rules import RuleRun


class StillOpen(Anticipated):
    """A create of the deal is on its way, and nobody can tell before `until` what becomes of it."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__(ErrorCode.IN_PROGRESS)
        self.until = until


def is_done_already(core: Core, *, run: RuleRun, rule: Rule) -> bool:
    """Whether an earlier try has made the invoice.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT; LIVE_INVOICE; why the invoice was not made, once that is known.
    :raises StillOpen: while a create of the deal is on its way.
    """
    makes = rule.does in CREATES
    if not makes and rule.does is not Reaction.DELETE_DRAFTS and rule.kind is not RuleKind.OVERDUE:
        return False
    organisation = get_active(core, company_id=run.company_id)
    if rule.kind is RuleKind.OVERDUE:
        return False
    with core.database.reading() as session:
        if makes and _is_made(session, run=run, organisation_id=organisation.organisation_id):
            return True
        require_none_open(core, session, run=run, organisation_id=organisation.organisation_id)
        # The claim asks again, in the transaction that writes the create down; this saves what it takes to get there.
        if makes and has_live_invoice(session, company_id=run.company_id, deal_id=run.deal_id):
            raise Anticipated(ErrorCode.LIVE_INVOICE)
    return False


def require_none_open(core: Core, session: Session, *, run: RuleRun, organisation_id: str) -> None:
    """Let a create of the deal end first.

    :raises StillOpen: while one is on its way.
    """
    opened = (
        select(Intent.due_at)
        .where(
            Intent.company_id == run.company_id,
            Intent.deal_id == run.deal_id,
            Intent.organisation_id == organisation_id,
            Intent.kind == "create",
            Intent.state.in_(OPEN),
        )
        .order_by(Intent.due_at.desc())
        .limit(1)
    )
    found = session.execute(opened).first()
    if found is not None:
        raise StillOpen(until=found.due_at or core.now())


def _is_made(session: Session, *, run: RuleRun, organisation_id: str) -> bool:
    intent = session.get(Intent, run.run_key)
    if intent is None or intent.state in ("prepared", "refused"):
        return False
    if intent.state in OPEN and intent.organisation_id != organisation_id:
        # Of an organisation that is not connected any more nobody will find out.
        raise Anticipated(ErrorCode.OUTCOME_UNKNOWN)
    if intent.state == "failed":
        raise Anticipated(ErrorCode(intent.error_code or ErrorCode.NOT_MADE), detail=intent.error_detail)
    return intent.state == "done"
