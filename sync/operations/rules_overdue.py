"""Find the invoices that have become overdue: nobody tells us that a day has passed."""

from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.invoice import Status
from sync.domain.rules import Cause, Rule, RuleKind, cause_of_delay, is_late
from sync.domain.timezones import local_day
from sync.operations.invoices import to_invoice
from sync.operations.rules_causes import add_runs, to_rule
from sync.store.accounts import Connection, Organisation
from sync.store.invoices import DealInvoice, InvoiceRecord
from sync.store.rules import RuleRow

#: A due date may also be changed in Xero, to one that is past.
_LOOK_EVERY = timedelta(minutes=15)


def look_for_overdue(core: Core, *, company_id: int) -> None:
    """Write down what became overdue since the rule was switched on, where it is time to look again."""
    with core.database.reading() as session:
        row = session.get(RuleRow, (company_id, RuleKind.OVERDUE.value))
        if row is None or row.look_at is None or row.look_at > core.now():
            return
        causes = _causes(core, session, company_id=company_id, rule=to_rule(row))
    with core.database.writing() as session:
        add_runs(session, company_id=company_id, causes=causes, now=core.now())
        row = session.get(RuleRow, (company_id, RuleKind.OVERDUE.value), with_for_update=True)
        if row is not None:
            row.look_at = core.now() + _LOOK_EVERY


def _causes(core: Core, session: Session, *, company_id: int, rule: Rule) -> list[Cause]:
    causes = []
    for record, deal_id, timezone in session.execute(_late_query(company_id=company_id, rule=rule, core=core)):
        invoice, since = to_invoice(record), local_day(now=rule.since, xero_name=timezone)
        today = local_day(now=core.now(), xero_name=timezone)
        # Due on the day of the switch or later: it became overdue afterwards.
        if is_late(invoice=invoice, today=today) and invoice.due_date is not None and invoice.due_date >= since:
            cause = cause_of_delay(deal_id=deal_id, invoice_id=invoice.invoice_id, due_date=invoice.due_date)
            causes.append(cause)
    return causes


def _late_query(*, company_id: int, rule: Rule, core: Core) -> Select[InvoiceRecord, int, str]:
    a_day = timedelta(days=1)
    return (
        select(InvoiceRecord, DealInvoice.deal_id, Organisation.timezone)
        .join(
            DealInvoice,
            (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
            & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
        )
        .join(Organisation, Organisation.organisation_id == InvoiceRecord.organisation_id)
        # Of an organisation that is not connected any more nobody tells us what has been paid.
        .join(
            Connection,
            (Connection.organisation_id == InvoiceRecord.organisation_id)
            & (Connection.company_id == DealInvoice.company_id),
        )
        .where(
            DealInvoice.company_id == company_id,
            Connection.state == "active",
            InvoiceRecord.status == Status.AUTHORISED.value,
            # The day is told apart by the organisation's own time zone afterwards.
            InvoiceRecord.due_date >= rule.since.date() - a_day,
            InvoiceRecord.due_date <= core.now().date() + a_day,
        )
    )
