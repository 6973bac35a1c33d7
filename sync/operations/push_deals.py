"""Write into deals' fields what has become of their invoices: one PATCH a deal, and only what changed (F28)."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.clients.failures import Forbidden, GrantDead, NotFound, OutcomeUnknown, RateLimited, Refused
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client
from sync.core import Core
from sync.domain.invoice import Status
from sync.domain.links import invoice_link
from sync.domain.summary import (
    UNKNOWN,
    Slot,
    SummaryField,
    changed_values,
    deal_summary,
    field_values,
    storable_values,
)
from sync.errors import ErrorCode, InstepError, Transient
from sync.operations.deals import mark_deal_due
from sync.operations.due import NOW, Due, is_at_work
from sync.operations.invoices import to_invoice
from sync.operations.lease import Lease, LeaseLost, hold_company
from sync.operations.meanwhile import ask_meanwhile
from sync.operations.outcome import Outcome
from sync.operations.turns import NOT_THEIRS, is_short
from sync.operations.watch import is_caught_up
from sync.store.accounts import Organisation
from sync.store.company import Company, DealFieldCode
from sync.store.invoices import DealInvoice, DealRow, InvoiceRecord

log = structlog.get_logger()

_NO_FIELDS_YET = timedelta(seconds=5)
_BUSY_SECONDS = 5
#: The most that one turn writes to, and how many calls of it are under way at once; their answers are kept together.
_IN_ONE_TURN = 25
_AT_ONCE = 5


@dataclass(frozen=True)
class _Patch:
    """What a deal's fields are to become, and how that went."""

    deal: DealRow
    values: Mapping[str, object]
    err: Exception | None = None
    #: The invoices that hang on the deal, for the log.
    invoice_ids: tuple[str, ...] = ()


#: The companies with deals whose fields want writing now.
companies_with_due_deals = Due(
    int,
    select(DealRow.company_id, func.min(DealRow.due_at))
    .join(Company, Company.company_id == DealRow.company_id)
    .where(DealRow.due_at <= NOW, Company.ended_at.is_(None), is_at_work(Company), is_caught_up())
    .group_by(DealRow.company_id),
)


def push_deals(core: Core, *, company_id: int) -> Outcome:
    """Write some due deals of a company, unless another worker is at it.

    :raises RateLimited: when it is over in a moment.
    """
    with hold_company(core, company_id=company_id) as lease:
        if lease is None:
            return Outcome.HELD
        with core.database.reading() as session:
            fields = _fields(session, company_id=company_id)
            deals = _due(core, session, company_id=company_id)
            patches = _patches(core, session, deals=deals, fields=fields)
        if not deals:
            return Outcome.UNCHANGED
        if not fields:
            _wait_for_fields(core, lease, deals=deals)
            return Outcome.DONE
        return _write_all(core, lease, company_id=company_id, patches=patches)


def _due(core: Core, session: Session, *, company_id: int) -> Sequence[DealRow]:
    return session.scalars(
        select(DealRow)
        .where(DealRow.company_id == company_id, DealRow.due_at <= core.now())
        .order_by(DealRow.due_at, DealRow.deal_id)
        .limit(_IN_ONE_TURN)
    ).all()


def _write_all(core: Core, lease: Lease, *, company_id: int, patches: Sequence[_Patch]) -> Outcome:
    """Write to a few deals at once and keep their answers together; a limit or a dead grant ends the turn."""
    needless = [patch for patch in patches if not patch.values]
    left = [patch for patch in patches if patch.values]
    if not left:
        _record(core, lease, company_id=company_id, answers=needless, is_last=True)
        return Outcome.DONE
    try:
        client = acting_client(core, company_id=company_id)
    except GrantDead as err:
        failed = [replace(patch, values={}, err=err) for patch in left]
        _record(core, lease, company_id=company_id, answers=[*needless, *failed], is_last=True)
        return Outcome.IGNORED
    while left:
        group, left = left[:_AT_ONCE], left[_AT_ONCE:]
        answers = _write(client, patches=group)
        _record(core, lease, company_id=company_id, answers=[*needless, *answers], is_last=not left)
        needless = []
        short = next((one.err for one in answers if one.err and is_short(one.err)), None)
        if short:
            raise short
        if _is_hopeless(answers):
            return Outcome.IGNORED
    return Outcome.DONE


def _write(client: PipedriveClient, *, patches: Sequence[_Patch]) -> list[_Patch]:
    def write(patch: _Patch) -> _Patch:
        try:
            client.update_deal_fields(deal_id=patch.deal.deal_id, values=patch.values)
        except NOT_THEIRS:
            raise
        except Exception as err:
            if not isinstance(err, InstepError):
                log.exception("deal_failed", **_ids(patch))
            return replace(patch, err=err)
        return patch

    if len(patches) == 1:
        return [write(patches[0])]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        answers = [ask_meanwhile(pool=pool, ask=partial(write, patch)) for patch in patches]
    return [answer.result() for answer in answers]


def _is_hopeless(answers: Sequence[_Patch]) -> bool:
    """Whether those that wait would fare no better: a limit, nobody to act, or a Pipedrive that is away."""
    errors = [one.err for one in answers]
    return any(isinstance(err, RateLimited | GrantDead) for err in errors) or all(
        isinstance(err, Transient) for err in errors
    )


def _patches(
    core: Core, session: Session, *, deals: Sequence[DealRow], fields: Mapping[Slot, SummaryField]
) -> list[_Patch]:
    """Work out what each deal's fields are to become; nothing where they are so already, or the deal is gone."""
    if not deals or not fields:
        return []
    rows = session.execute(
        select(DealInvoice.deal_id, InvoiceRecord, Organisation.short_code)
        .join(
            InvoiceRecord,
            (InvoiceRecord.organisation_id == DealInvoice.organisation_id)
            & (InvoiceRecord.invoice_id == DealInvoice.invoice_id),
        )
        .join(Organisation, Organisation.organisation_id == InvoiceRecord.organisation_id)
        .where(DealInvoice.company_id == deals[0].company_id, DealInvoice.deal_id.in_([one.deal_id for one in deals]))
        .order_by(DealInvoice.linked_at.desc(), InvoiceRecord.invoice_id)
    ).all()
    found: dict[int, list[tuple[InvoiceRecord, str]]] = {deal.deal_id: [] for deal in deals}
    for deal_id, record, short_code in rows:
        found[deal_id].append((record, short_code))
    return [
        _Patch(
            deal,
            {} if deal.is_deleted else _changed(core, deal=deal, fields=fields, found=found[deal.deal_id]),
            invoice_ids=tuple(record.invoice_id for record, _ in found[deal.deal_id]),
        )
        for deal in deals
    ]


def _changed(
    core: Core, *, deal: DealRow, fields: Mapping[Slot, SummaryField], found: Sequence[tuple[InvoiceRecord, str]]
) -> Mapping[str, object]:
    summary = deal_summary(invoices=[to_invoice(record) for record, _ in found], deal_currency=deal.currency)
    link = next(
        (
            invoice_link(web_url=core.settings.xero_web_url, short_code=short_code, invoice_id=record.invoice_id)
            for record, short_code in found
            if record.invoice_id == summary.link_invoice_id
        ),
        "",
    )
    return changed_values(new=field_values(summary=summary, fields=fields, link=link), last_written=deal.written)


def _fields(session: Session, *, company_id: int) -> dict[Slot, SummaryField]:
    rows = session.scalars(select(DealFieldCode).where(DealFieldCode.company_id == company_id))
    return {
        Slot(row.slot): SummaryField(
            field_code=row.field_code, option_ids={Status(name): number for name, number in row.options.items()}
        )
        for row in rows
    }


def _record(core: Core, lease: Lease, *, company_id: int, answers: Sequence[_Patch], is_last: bool) -> None:
    """Keep how it went, all together; whoever lost the lease meanwhile may have written over a newer truth."""
    try:
        with core.database.writing() as session:
            (lease.give_back if is_last else lease.keep)(session)
            rows = _locked(session, company_id=company_id, answers=answers)
            company = session.get_one(Company, company_id)
            for one in answers:
                if one.err is None:
                    _written(core, row=rows[one.deal.deal_id], patch=one)
                else:
                    _failed(core, company=company, row=rows[one.deal.deal_id], patch=one, err=one.err)
    except LeaseLost:
        _distrust(core, company_id=company_id, answers=answers)
        raise


def _locked(session: Session, *, company_id: int, answers: Sequence[_Patch]) -> dict[int, DealRow]:
    rows = session.scalars(
        select(DealRow)
        .where(DealRow.company_id == company_id, DealRow.deal_id.in_([one.deal.deal_id for one in answers]))
        .order_by(DealRow.deal_id)
        .with_for_update()
    )
    return {row.deal_id: row for row in rows}


def _ids(patch: _Patch) -> dict[str, object]:
    deal = patch.deal
    return {"company_id": deal.company_id, "deal_id": deal.deal_id, "invoice_ids": list(patch.invoice_ids)}


def _written(core: Core, *, row: DealRow, patch: _Patch) -> None:
    """Note what is in Pipedrive now; a mark that was made meanwhile keeps the deal due."""
    row.tries = 0
    row.problem_code, row.problem_detail, row.problem_since = None, "", None
    if row.written == patch.deal.written:
        row.written = row.written | storable_values(values=patch.values)
        row.due_at = None if row.revision == patch.deal.revision else core.now()
    else:
        # Somebody else has written, or seen something else there: which of them came last nobody knows.
        row.written = row.written | dict.fromkeys(patch.values, UNKNOWN)
        row.due_at = core.now()
    log.info("deal_written", fields=len(patch.values), **_ids(patch))


def _distrust(core: Core, *, company_id: int, answers: Sequence[_Patch]) -> None:
    """Have the deals written again to which we wrote while another worker may have done so, too."""
    with core.database.writing() as session:
        rows = _locked(session, company_id=company_id, answers=answers)
        for one in answers:
            if one.values:
                row = rows[one.deal.deal_id]
                row.written = row.written | dict.fromkeys(one.values, UNKNOWN)
                mark_deal_due(row, now=core.now())


def _wait_for_fields(core: Core, lease: Lease, *, deals: Sequence[DealRow]) -> None:
    """Wait until the company is looked after: where its plan allows no fields, that is tomorrow."""
    company_id = deals[0].company_id
    with core.database.writing() as session:
        lease.give_back(session)
        tended_at = session.get_one(Company, company_id).tend_due_at or core.now()
        rows = _locked(session, company_id=company_id, answers=[_Patch(deal, {}) for deal in deals])
        for row in rows.values():
            row.due_at = max(tended_at, core.now()) + _NO_FIELDS_YET


def _failed(core: Core, *, company: Company, row: DealRow, patch: _Patch, err: Exception) -> None:
    """Write the failure where people see it; what trying again may mend is tried again, later and later."""
    if is_short(err):
        return
    log.warning("deal_put_off", reason=str(err), **_ids(patch))
    if isinstance(err, RateLimited):
        # It says nothing of this deal.
        company.parked_until = core.now() + timedelta(seconds=err.retry_after or _BUSY_SECONDS)
        company.parked_reason = err.problem
        return
    if isinstance(err, OutcomeUnknown):
        row.written = row.written | dict.fromkeys(patch.values, UNKNOWN)
    row.tries += 1
    wait = timedelta(seconds=getattr(err, "retry_after", None) or min(2**row.tries, 900))
    if not isinstance(err, NotFound | Forbidden):
        row.due_at = core.now() + wait
    elif row.revision == patch.deal.revision:
        # Nothing will be written until the deal is marked again; a mark that was made meanwhile stands.
        row.due_at = None
    row.problem_code = _code(err)
    row.problem_detail = getattr(err, "detail", "") if isinstance(err, Refused) else ""
    row.problem_since = row.problem_since or core.now()
    if isinstance(err, Refused | GrantDead):
        # A field was deleted, or the acting user has left: looking after the company mends both.
        company.tend_due_at = core.now()


def _code(err: Exception) -> ErrorCode:
    if isinstance(err, GrantDead):
        return ErrorCode.INSTALL_LAPSED
    if isinstance(err, NotFound | Forbidden):
        return ErrorCode.NO_ACCESS_TO_DEAL
    code = getattr(err, "code", ErrorCode.PIPEDRIVE_REFUSED)
    return code if isinstance(code, ErrorCode) else ErrorCode.PIPEDRIVE_REFUSED
