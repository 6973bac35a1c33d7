"""The net under lost webhooks of Pipedrive: once an hour, what changed there is held against what we know (F27).

Ten of the company's daily tokens for five hundred deals. What webhooks told already changes nothing here. Deals are
compared after Xero was looked through: after a restore from a copy our fields would else be written from what was true
then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead, Refused
from sync.connections.pipedrive import acting_client
from sync.connections.xero import find_active
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.rounds import next_round
from sync.domain.summary import Slot, read_values
from sync.errors import InstepError, Transient
from sync.operations.adopt import adopt_named, named_by
from sync.operations.deals import correct_fields, record_deals
from sync.operations.due import Due, has_come, is_at_work
from sync.operations.identity import forget_access
from sync.operations.lease import Lease, hold_company
from sync.operations.outcome import Outcome
from sync.operations.rules_causes import note_deal, read_rules
from sync.operations.turns import NOT_THEIRS
from sync.operations.watch import is_caught_up
from sync.store.accounts import Connection, Grant
from sync.store.company import Company, DealFieldCode
from sync.store.inbox import Delivery
from sync.store.invoices import DealRow, InvoiceRecord

log = structlog.get_logger()

EVERY = timedelta(hours=1)
#: `updated_since` has whole seconds and another machine's clock.
_OVERLAP = timedelta(minutes=5)
#: What changed longer ago than this should have been told by now: Pipedrive tries for three minutes.
_TOLD_BY = timedelta(minutes=5)
_PAGE = 500


_is_connected = exists().where(
    Connection.company_id == Company.company_id,
    Connection.state == "active",
    Grant.grant_id == Connection.grant_id,
    Grant.state == "active",
)
#: The companies whose deals want comparing, and whose organisation has been looked through.
due_to_compare = Due(
    int,
    select(Company.company_id, func.coalesce(Company.compare_due_at, Company.created_at)).where(
        Company.ended_at.is_(None),
        has_come(Company.compare_due_at),
        is_at_work(Company),
        _is_connected,
        is_caught_up(),
    ),
)


def compare_deals(core: Core, *, company_id: int) -> Outcome:
    """Fetch the deals that changed since the last look, keep them, and write our fields anew where they differ."""
    with hold_company(core, company_id=company_id) as held:
        if held is None:
            return Outcome.HELD
        try:
            return _compare(core, held, company_id=company_id)
        except NOT_THEIRS:
            raise
        except Exception as err:
            known = isinstance(err, InstepError)
            log.warning("compare_put_off", company_id=company_id, reason=str(err), exc_info=not known)
            _postpone(core, held, company_id=company_id, err=err)
            return Outcome.IGNORED


def _compare(core: Core, held: Lease, *, company_id: int) -> Outcome:
    started = core.now()
    with core.database.reading() as session:
        company = session.get_one(Company, company_id)
        organisation = find_active(session, company_id=company_id)
        rows = session.scalars(select(DealFieldCode).where(DealFieldCode.company_id == company_id))
        codes = {Slot(row.slot): row.field_code for row in rows}
    if organisation is None:
        return Outcome.IGNORED
    since = (company.compared_to or company.created_at) - _OVERLAP
    changed = acting_client(core, company_id=company_id).changed_deals(since=since, field_codes=list(codes.values()))
    newest = None
    while page := list(islice(changed, _PAGE)):
        unknown = _keep(core, held, company_id=company_id, page=page, codes=codes)
        adopt_named(core, company_id=company_id, organisation=organisation, deals=unknown)
        _hold_against(core, held, company_id=company_id, page=page)
        newest = page[-1].update_time
    with core.database.writing() as session:
        held.keep(session)
        row = session.get_one(Company, company_id)
        row.compared_to = started
        row.compare_due_at = next_round(key=company_id, after=core.now(), every=EVERY)
        if newest is not None and _was_not_told(session, company_id=company_id, of=newest, now=started):
            log.warning("webhooks_missed", source="pipedrive", company_id=company_id)
            row.tend_due_at = core.now()
    return Outcome.DONE


def _keep(
    core: Core, held: Lease, *, company_id: int, page: Sequence[Deal], codes: Mapping[Slot, str]
) -> list[tuple[Deal, str]]:
    """Keep the deals that we know, or that carry our fields; give those that name an invoice that nobody knows."""
    with core.database.writing() as session:
        held.keep(session)
        ids = [deal.deal_id for deal in page]
        known = session.execute(
            select(DealRow.deal_id, DealRow.owner_id).where(DealRow.company_id == company_id, DealRow.deal_id.in_(ids))
        )
        owners = {row.deal_id: row.owner_id for row in known}
        rules, now = read_rules(session, company_id=company_id), core.now()
        # What webhooks did not tell may set off a rule all the same, also on a deal that we have never heard of.
        caused = [deal for deal in page if note_deal(session, company_id=company_id, deal=deal, rules=rules, now=now)]
        ours = [
            deal
            for deal in page
            if deal.deal_id in owners or deal in caused or (_is_filled(deal) and not deal.is_deleted)
        ]
        for row in record_deals(session, company_id=company_id, deals=ours, now=core.now()):
            if owners.get(row.deal_id, row.owner_id) != row.owner_id:
                forget_access(session, company_id=company_id, deal_id=row.deal_id)
        named = {deal.deal_id: named_by(deal.custom_fields.get(codes.get(Slot.LINK, ""))) for deal in ours}
        kept = _kept_invoices(session, company_id=company_id, wanted=[one for one in named.values() if one])
        return [
            (deal, one) for deal in ours if (one := named[deal.deal_id]) and one not in kept and not deal.is_deleted
        ]


def _is_filled(deal: Deal) -> bool:
    return any(value is not None for value in deal.custom_fields.values())


def _kept_invoices(session: Session, *, company_id: int, wanted: Sequence[str]) -> set[str]:
    # Of any organisation that it ever worked with; without one, every invoice of the house would be looked through.
    theirs = select(Connection.organisation_id).where(Connection.company_id == company_id)
    kept = InvoiceRecord.organisation_id.in_(theirs) & InvoiceRecord.invoice_id.in_(wanted)
    return set(session.scalars(select(InvoiceRecord.invoice_id).where(kept)))


def _hold_against(core: Core, held: Lease, *, company_id: int, page: Sequence[Deal]) -> None:
    """Have our fields written anew where they are not as we wrote them last: by people, or before a restore."""
    there = {deal.deal_id: read_values(values=deal.custom_fields) for deal in page if not deal.is_deleted}
    with core.database.writing() as session:
        held.keep(session)
        rows = session.scalars(
            select(DealRow)
            .where(DealRow.company_id == company_id, DealRow.deal_id.in_(list(there)))
            .order_by(DealRow.deal_id)
            .with_for_update()
        )
        for row in rows:
            if correct_fields(row, actual=there[row.deal_id], now=core.now()):
                log.warning("deal_fields_differ", company_id=company_id, deal_id=row.deal_id)
        # The oldest change comes first: a look that is cut short goes on from here.
        company = session.get_one(Company, company_id)
        company.compared_to = max(company.compared_to or company.created_at, page[-1].update_time)


def _was_not_told(session: Session, *, company_id: int, of: datetime, now: datetime) -> bool:
    """Whether a change that webhooks should have told long ago came without any delivery since."""
    last = session.scalar(
        select(func.max(Delivery.received_at)).where(Delivery.source == "pipedrive", Delivery.company_id == company_id)
    )
    return of < now - _TOLD_BY and (last is None or last < of - _TOLD_BY)


def _postpone(core: Core, held: Lease, *, company_id: int, err: Exception) -> None:
    """Look again in a while where trying again may help, and else with the next round."""
    soon = timedelta(seconds=getattr(err, "retry_after", None) or 300)
    wait = soon if isinstance(err, Transient | GrantDead | Refused) else EVERY
    with core.database.writing() as session:
        held.keep(session)
        company = session.get_one(Company, company_id)
        company.compare_due_at = core.now() + wait
        if isinstance(err, GrantDead | Refused):
            # Somebody else has to act, or a field of ours is gone: looking after the company mends both.
            company.tend_due_at = core.now()
