"""What rules about invoices that are here already would have done in the last month: from our own store."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.invoice import Status
from sync.domain.rules import Reaction, Rule, RuleKind, is_all_paid, is_late
from sync.domain.timezones import local_day
from sync.errors import ErrorCode
from sync.operations.dry_trials import Trial, Trials, deals_of
from sync.operations.identity import Person
from sync.operations.invoices import InvoiceOnDeal, invoices_of_deal, to_invoice
from sync.store.accounts import Organisation
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord


def try_deletes(core: Core, person: Person, rule: Rule) -> Trials:
    """Try a rule that deletes drafts on the deals that were lost, or deleted, and have drafts still."""
    status = "lost" if rule.kind is RuleKind.LOST else "deleted"
    trials = []
    for deal, at in deals_of(core, person, rule, status=status, stage_id=None):
        with core.database.reading() as session:
            found = invoices_of_deal(session, company_id=person.company_id, deal_id=deal.deal_id)
        drafts = tuple(one.record.number for one in found if one.record.status == Status.DRAFT)
        if drafts:
            trials.append(Trial(deal.deal_id, deal.title, at, subjects=drafts))
    return Trials(tuple(trials))


def try_paid(core: Core, person: Person, rule: Rule) -> Trials:
    """Try a rule about payments on the deals of which an invoice has been paid and nothing is owed any more."""
    with core.database.reading() as session:
        paid = _kept(session, person=person, status=Status.PAID)
        lately = sorted((one for one in paid if one[0].updated_at >= rule.since), key=lambda one: one[0].updated_at)
        latest = {deal.deal_id: (deal, record.updated_at) for record, deal, _ in lately}
        trials = [
            _try_paid(deal, rule=rule, at=at, found=_invoices(session, deal=deal)) for deal, at in latest.values()
        ]
    return Trials(_newest_first(trial for trial in trials if trial is not None))


def _invoices(session: Session, *, deal: DealRow) -> list[InvoiceOnDeal]:
    return invoices_of_deal(session, company_id=deal.company_id, deal_id=deal.deal_id)


def _try_paid(deal: DealRow, *, rule: Rule, at: datetime, found: Sequence[InvoiceOnDeal]) -> Trial | None:
    invoices = [to_invoice(one.record) for one in found]
    is_won_already = rule.does is Reaction.WIN and deal.status == "won"
    if not is_all_paid(invoices=invoices) or is_won_already or deal.is_deleted:
        return None
    is_given_up = rule.does is not Reaction.REMIND and deal.status == "lost"
    return Trial(
        deal.deal_id,
        deal.title,
        at,
        stop=ErrorCode.DEAL_LOST if is_given_up else None,
        subjects=tuple(one.number for one in invoices if one.status is Status.PAID),
    )


def try_overdue(core: Core, person: Person, rule: Rule) -> Trials:
    """Try a rule about delay on the invoices that became overdue and are so still."""
    trials = []
    with core.database.reading() as session:
        for record, deal, timezone in _kept(session, person=person, status=Status.AUTHORISED):
            invoice, today = to_invoice(record), local_day(now=core.now(), xero_name=timezone)
            due = invoice.due_date
            if deal.is_deleted or due is None or due < rule.since.date() or not is_late(invoice=invoice, today=today):
                continue
            at = datetime.combine(due + timedelta(days=1), time(), tzinfo=UTC)
            trials.append(Trial(deal.deal_id, deal.title, at, subjects=(record.number,)))
    return Trials(_newest_first(trials))


def _kept(session: Session, *, person: Person, status: Status) -> list[tuple[InvoiceRecord, DealRow, str]]:
    rows = session.execute(
        select(InvoiceRecord, DealRow, Organisation.timezone)
        .join(
            DealInvoice,
            (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
            & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
        )
        .join(DealRow, (DealRow.company_id == DealInvoice.company_id) & (DealRow.deal_id == DealInvoice.deal_id))
        .join(Organisation, Organisation.organisation_id == InvoiceRecord.organisation_id)
        .where(DealInvoice.company_id == person.company_id, InvoiceRecord.status == status.value)
    )
    return [(record, deal, timezone) for record, deal, timezone in rows]


def _newest_first(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda trial: trial.at, reverse=True))
