"""Write down that nothing is owed on a deal any more though no payment came: what was owed was voided, or taken off it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from sync.domain.invoice import Invoice, Status
from sync.domain.rules import OWED, RuleKind, cause_of_payment
from sync.operations.rules_causes import add_runs, find_rule
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord
from sync.store.rules import RuleRun


def note_voided(session: Session, *, deals: Iterable[DealRow], before: Invoice, after: Invoice, now: datetime) -> None:
    """Write down that an invoice is not owed any more, where that leaves only paid ones; the deals are locked."""
    if before.status in OWED and after.status not in OWED | {Status.PAID}:
        for deal in deals:
            note_unowed(session, deal=deal, at=after.updated_at, now=now)


def note_unowed(session: Session, *, deal: DealRow, at: datetime, now: datetime) -> None:
    """Write down that what was owed on a deal is not, since `at`, where all that is left is paid."""
    rule = find_rule(session, company_id=deal.company_id, kind=RuleKind.PAID)
    if rule is None or at < rule.since:
        return
    paid = _newest_paid(session, deal=deal)
    if paid is not None:
        cause = cause_of_payment(deal_id=deal.deal_id, invoice_id=paid, at=at)
        add_runs(session, company_id=deal.company_id, causes=(cause,), now=now)


def _newest_paid(session: Session, *, deal: DealRow) -> str | None:
    """Find what the deal's owner would be told of: nothing while anything is owed, or where they were told already."""
    found = session.execute(
        select(
            InvoiceRecord.invoice_id,
            InvoiceRecord.status,
            exists()
            .where(
                RuleRun.company_id == deal.company_id,
                RuleRun.rule == RuleKind.PAID.value,
                RuleRun.invoice_id == InvoiceRecord.invoice_id,
                RuleRun.sent_at.is_not(None),
            )
            .label("was_told"),
        )
        .join(
            DealInvoice,
            (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
            & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
        )
        .where(DealInvoice.company_id == deal.company_id, DealInvoice.deal_id == deal.deal_id)
        .order_by(InvoiceRecord.updated_at.desc())
    ).all()
    if any(row.status in OWED for row in found):
        return None
    newest = next((row for row in found if row.status == Status.PAID), None)
    return None if newest is None or newest.was_told else newest.invoice_id
