"""Write into a deal's fields what has become of its invoices: one PATCH a deal, and only what changed (F28)."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.clients.failures import Forbidden, GrantDead, NotFound, RateLimited, Refused
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client
from sync.core import Core
from sync.domain.invoice import Status
from sync.domain.links import invoice_link
from sync.domain.summary import (
    Slot,
    SummaryField,
    changed_values,
    deal_summary,
    field_values,
    storable_values,
)
from sync.errors import ErrorCode, InstepError
from sync.operations.invoices import InvoiceOnDeal, invoices_of_deal, to_invoice
from sync.operations.lease import hold_company, is_free
from sync.operations.outcome import Outcome
from sync.store.company import Company, DealFieldCode
from sync.store.invoices import DealRow

log = structlog.get_logger()

_NO_FIELDS_YET = timedelta(seconds=5)


def companies_with_due_deals(core: Core) -> list[int]:
    """List the companies with deals whose fields want writing now, the one that has waited longest first."""
    with core.database.reading() as session:
        return list(
            session.scalars(
                select(DealRow.company_id)
                .join(Company, Company.company_id == DealRow.company_id)
                .where(DealRow.due_at <= core.now(), Company.ended_at.is_(None))
                .where((Company.parked_until.is_(None)) | (Company.parked_until <= core.now()))
                .where(is_free(Company, now=core.now()))
                .group_by(DealRow.company_id)
                .order_by(func.min(DealRow.due_at))
            )
        )


def push_deals(core: Core, *, company_id: int) -> Outcome:
    """Write every due deal of a company, unless another worker is at it."""
    with hold_company(core, company_id=company_id) as held:
        if not held:
            return Outcome.IGNORED
        with core.database.reading() as session:
            due = list(
                session.scalars(
                    select(DealRow)
                    .where(DealRow.company_id == company_id, DealRow.due_at <= core.now())
                    .order_by(DealRow.due_at)
                )
            )
        try:
            client = acting_client(core, company_id=company_id)
        except GrantDead as err:
            for deal in due:
                _failed(core, deal=deal, err=err)
            return Outcome.IGNORED
        for deal in due:
            if _push_one(core, client, deal=deal) is Outcome.IGNORED:
                return Outcome.IGNORED
        return Outcome.DONE if due else Outcome.UNCHANGED


def _push_one(core: Core, client: PipedriveClient, *, deal: DealRow) -> Outcome:
    with core.database.reading() as session:
        fields = _fields(session, company_id=deal.company_id)
        values = {} if deal.is_deleted else _changed(core, session, deal=deal, fields=fields)
    if not fields:
        _wait_for_fields(core, deal=deal)
        return Outcome.DONE
    try:
        if values:
            client.update_deal_fields(deal_id=deal.deal_id, values=values)
    except InstepError as err:
        return _failed(core, deal=deal, err=err)
    _written(core, deal=deal, values=values)
    return Outcome.DONE


def _changed(
    core: Core, session: Session, *, deal: DealRow, fields: Mapping[Slot, SummaryField]
) -> Mapping[str, object]:
    found = invoices_of_deal(session, company_id=deal.company_id, deal_id=deal.deal_id)
    summary = deal_summary(invoices=[to_invoice(one.record) for one in found], deal_currency=deal.currency)
    link = _link(core, found=found, invoice_id=summary.link_invoice_id)
    return changed_values(new=field_values(summary=summary, fields=fields, link=link), last_written=deal.written)


def _link(core: Core, *, found: list[InvoiceOnDeal], invoice_id: str | None) -> str:
    leading = next((one for one in found if one.record.invoice_id == invoice_id), None)
    if leading is None:
        return ""
    return invoice_link(
        web_url=core.settings.xero_web_url, short_code=leading.short_code, invoice_id=leading.record.invoice_id
    )


def _fields(session: Session, *, company_id: int) -> dict[Slot, SummaryField]:
    rows = session.scalars(select(DealFieldCode).where(DealFieldCode.company_id == company_id))
    return {
        Slot(row.slot): SummaryField(
            field_code=row.field_code, option_ids={Status(name): number for name, number in row.options.items()}
        )
        for row in rows
    }


def _written(core: Core, *, deal: DealRow, values: Mapping[str, object]) -> None:
    """Note what is in Pipedrive now; a mark that was made meanwhile keeps the deal due."""
    with core.database.writing() as session:
        row = session.get_one(DealRow, (deal.company_id, deal.deal_id), with_for_update=True)
        row.written = row.written | storable_values(values=values)
        row.tries = 0
        row.problem_code, row.problem_detail, row.problem_since = None, "", None
        # Marked meanwhile: once more, because ours may have been written over a newer one.
        row.due_at = None if row.revision == deal.revision else core.now()
    log.info("deal_written", company_id=deal.company_id, deal_id=deal.deal_id, fields=len(values))


def _wait_for_fields(core: Core, *, deal: DealRow) -> None:
    """Wait until the company is looked after: where its plan allows no fields, that is tomorrow."""
    with core.database.writing() as session:
        tended_at = session.get_one(Company, deal.company_id).tend_due_at or core.now()
        row = session.get_one(DealRow, (deal.company_id, deal.deal_id), with_for_update=True)
        row.due_at = max(tended_at, core.now()) + _NO_FIELDS_YET


def _failed(core: Core, *, deal: DealRow, err: InstepError) -> Outcome:
    """Write the failure where people see it; what trying again may mend is tried again, later and later."""
    log.warning("deal_put_off", company_id=deal.company_id, deal_id=deal.deal_id, reason=str(err))
    hopeless = isinstance(err, NotFound | Forbidden)
    with core.database.writing() as session:
        row = session.get_one(DealRow, (deal.company_id, deal.deal_id), with_for_update=True)
        company = session.get_one(Company, deal.company_id)
        row.tries += 1
        wait = timedelta(seconds=getattr(err, "retry_after", None) or min(2**row.tries, 900))
        row.due_at = None if hopeless else core.now() + wait
        row.problem_code = _code(err)
        row.problem_detail = getattr(err, "detail", "") if isinstance(err, Refused) else ""
        row.problem_since = row.problem_since or core.now()
        if isinstance(err, RateLimited):
            company.parked_until = core.now() + wait
        if isinstance(err, Refused | GrantDead):
            # A field was deleted, or the acting user has left: looking after the company mends both.
            company.tend_due_at = core.now()
    return Outcome.IGNORED if isinstance(err, RateLimited | GrantDead) else Outcome.DONE


def _code(err: InstepError) -> ErrorCode:
    if isinstance(err, GrantDead):
        return ErrorCode.INSTALL_LAPSED
    if isinstance(err, NotFound | Forbidden):
        return ErrorCode.NO_ACCESS_TO_DEAL
    code = getattr(err, "code", ErrorCode.PIPEDRIVE_REFUSED)
    return code if isinstance(code, ErrorCode) else ErrorCode.PIPEDRIVE_REFUSED
