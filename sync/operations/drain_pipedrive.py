"""Work off what Pipedrive's webhooks brought: a renamed, re-owned, merged or deleted deal is followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import String, cast, func, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import Forbidden, GrantDead, NotFound, RateLimited
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.summary import read_values
from sync.errors import ErrorCode, InstepError, Transient
from sync.operations.deals import correct_fields, mark_deal_due, record_deal
from sync.operations.due import Due, has_come, is_at_work
from sync.operations.happenings import record_merge
from sync.operations.identity import forget_access
from sync.operations.inbox import count_try, set_aside
from sync.operations.invoices import surviving_deal
from sync.operations.lease import Lease, hold_company
from sync.operations.merged_work import move_work
from sync.operations.outcome import Outcome
from sync.operations.rules_causes import note_deal, note_deletion, read_rules
from sync.operations.split_pipedrive import EDIT, SOURCE, TURN
from sync.operations.turns import NOT_THEIRS, is_short
from sync.store.company import Company, DealFieldCode
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow

log = structlog.get_logger()

_AWAY_SECONDS = 5
_NOBODY_SECONDS = 900
#: The most that one turn looks at, and the most that it asks for: meanwhile nothing is written into the company's deals.
_MOST_EVENTS = 200
_MOST_DEALS = 25


#: The companies with deal events that may be worked off now.
due_companies = Due(
    int,
    select(Company.company_id, func.min(Event.received_at))
    .join(Event, Event.tenant == cast(Company.company_id, String))
    .where(Event.source == SOURCE, Event.state == "pending", has_come(Event.due_at))
    .where(is_at_work(Company))
    .group_by(Company.company_id),
)


def drain_company(core: Core, *, company_id: int) -> Outcome:
    """Work off some of a company's deal events, unless another worker is at it; one that fails holds up no other.

    :raises RateLimited: when it is over in a moment.
    """
    with hold_company(core, company_id=company_id) as held:
        if held is None:
            return Outcome.HELD
        with core.database.reading() as session:
            ended = session.get_one(Company, company_id).ended_at is not None
        for news in _pending(core, company_id=company_id):
            if ended:
                with core.database.writing() as session:
                    held.keep(session)
                    _finish(session, news=news, now=core.now(), ignored="the company has left")
                continue
            if _work_off(core, held, news=news) is Outcome.IGNORED:
                return Outcome.IGNORED
        return Outcome.DONE


@dataclass(frozen=True)
class _News:
    """All that is told of one deal, in the order in which it came: whatever it is, the deal is fetched once."""

    company_id: int
    deal_id: int
    events: tuple[Event, ...]

    @property
    def types(self) -> set[str]:
        """What kinds of events there are."""
        return {event.type for event in self.events}

    @property
    def merges(self) -> list[int]:
        """The deals that it was merged into."""
        return [event.merged_to for event in self.events if event.type == "merge" and event.merged_to is not None]


def _work_off(core: Core, held: Lease, *, news: _News) -> Outcome:
    """Follow what is told of a deal; what cannot be followed is put off, or has the whole company wait."""
    try:
        _follow(core, held, news=news)
    except NOT_THEIRS:
        raise
    except (Transient, GrantDead) as err:
        if is_short(err):
            raise
        _wait(core, held, company_id=news.company_id, err=err)
        return Outcome.IGNORED
    except Exception as err:
        known = isinstance(err, InstepError)
        ids = {"company_id": news.company_id, "deal_id": news.deal_id, "event_id": news.events[0].event_id}
        log.warning("event_put_off", source=SOURCE, reason=str(err), exc_info=not known, **ids)
        _put_off(core, held, news=news, reason=str(err) if known else type(err).__name__)
    return Outcome.DONE


def _follow(core: Core, held: Lease, *, news: _News) -> None:
    with core.database.reading() as session:
        is_known = session.get(DealRow, (news.company_id, news.deal_id)) is not None
    if is_known or TURN in news.types:
        client = acting_client(core, company_id=news.company_id)
        for into in news.merges:
            _merge(core, held, client, news=news, into=into)
        if news.types != {"merge"}:
            _reread(core, held, client, news=news)
            return
    with core.database.writing() as session:
        held.keep(session)
        _finish(session, news=news, now=core.now(), ignored="" if is_known else "no invoice hangs on this deal")


def _finish(session: Session, *, news: _News, now: datetime, ignored: str = "") -> None:
    """Note that the events are worked off, in the transaction that writes what they brought."""
    session.execute(
        update(Event)
        .where(Event.event_id.in_([event.event_id for event in news.events]))
        .values(state="ignored" if ignored else "done", reason=ignored, worked_at=now)
    )


def _reread(core: Core, held: Lease, client: PipedriveClient, *, news: _News) -> None:
    """Ask what the deal is now: the events are hints, the truth is fetched (promise 3).

    A deal that the acting user may not see looks the same as one that is gone (D19): gone it is where Pipedrive also
    said that it was deleted. No rule deletes anything for that, because it is not confirmed. What could have set off a rule
    is not lost without a word.
    """
    deal, is_gone = None, False
    try:
        deal = client.get_deal(deal_id=news.deal_id)
    except NotFound:
        is_gone = "delete" in news.types
    except Forbidden:
        pass
    with core.database.writing() as session:
        held.keep(session)
        if deal is not None:
            _keep(session, news=news, deal=deal, now=core.now())
        elif is_gone and (row := session.get(DealRow, (news.company_id, news.deal_id), with_for_update=True)):
            row.is_deleted = True
        if deal is None and not is_gone and TURN in news.types:
            for event in news.events:
                set_aside(session, session.get_one(Event, event.event_id), reason=ErrorCode.DEAL_HIDDEN.value)
        else:
            hidden = "" if deal is not None or is_gone else "whoever acts for the company may not see this deal"
            _finish(session, news=news, now=core.now(), ignored=hidden)


def _keep(session: Session, *, news: _News, deal: Deal, now: datetime) -> None:
    """Keep a deal that we know, or that sets off a rule, and write down what it sets off."""
    company_id, deal_id = news.company_id, news.deal_id
    rules = read_rules(session, company_id=company_id)
    known = session.get(DealRow, (company_id, deal_id), with_for_update=True)
    owner = known.owner_id if known else None
    is_cause = note_deal(session, company_id=company_id, deal=deal, rules=rules, now=now)
    if "delete" in news.types and known is not None and known.merged_into is None:
        note_deletion(session, company_id=company_id, deal=deal, rules=rules, now=now)
    if known is None and not is_cause:
        return
    row = record_deal(session, company_id=company_id, deal=deal, now=now)
    if owner != row.owner_id:
        forget_access(session, company_id=company_id, deal_id=deal_id)
    if EDIT in news.types and not deal.is_deleted:
        correct_fields(row, actual=_our_values(session, company_id=company_id, deal=deal), now=now)


def _our_values(session: Session, *, company_id: int, deal: Deal) -> dict[str, object]:
    """Give what our fields hold, as it is remembered; an option of ours comes with its label."""
    codes = session.scalars(select(DealFieldCode.field_code).where(DealFieldCode.company_id == company_id))
    found = {code: deal.custom_fields.get(code) for code in codes}
    plain = {
        code: value["id"] if isinstance(value, Mapping) and "label" in value else value for code, value in found.items()
    }
    return read_values(values=plain)


def _merge(core: Core, held: Lease, client: PipedriveClient, *, news: _News, into: int) -> None:
    """Move a merged deal's invoices to the deal that is left, though that one may have been merged before we heard."""
    company_id, deal_id = news.company_id, news.deal_id
    with core.database.reading() as session:
        into = surviving_deal(session, company_id=company_id, deal_id=into)
    survivor = client.get_deal(deal_id=into)
    with core.database.writing() as session:
        held.keep(session)
        # Intents before deals, as everywhere.
        move_work(session, company_id=company_id, deal_id=deal_id, into=into)
        row = record_deal(session, company_id=company_id, deal=survivor, now=core.now())
        session.flush()
        moved = session.execute(
            update(DealInvoice)
            .where(DealInvoice.company_id == company_id, DealInvoice.deal_id == deal_id)
            .values(deal_id=into)
            .returning(DealInvoice.organisation_id, DealInvoice.invoice_id)
        ).all()
        record_merge(session, company_id=company_id, deal_id=deal_id, into=into, moved=moved, at=core.now())
        gone = session.get_one(DealRow, (company_id, deal_id))
        gone.is_deleted = True
        gone.merged_into = into
        gone.due_at = None
        mark_deal_due(row, now=core.now())
        forget_access(session, company_id=company_id, deal_id=deal_id)


def _pending(core: Core, *, company_id: int) -> list[_News]:
    """Find what is due, a bounded piece of it, deal by deal in the order in which each was first told of."""
    with core.database.reading() as session:
        due = session.scalars(
            select(Event)
            .where(Event.source == SOURCE, Event.tenant == str(company_id), Event.state == "pending")
            .where(has_come(Event.due_at, now=core.now()))
            .order_by(Event.event_id)
            .limit(_MOST_EVENTS)
        ).all()
    by_deal: dict[int, list[Event]] = {}
    for event in due:
        by_deal.setdefault(int(event.resource_id), []).append(event)
    found = [_News(company_id, deal_id, tuple(events)) for deal_id, events in by_deal.items()]
    return found[:_MOST_DEALS]


def _wait(core: Core, held: Lease, *, company_id: int, err: Transient | GrantDead) -> None:
    """Let every event of a company wait: a limit, a Pipedrive that is away or a missing user says nothing against them."""
    log.warning("company_put_off", source=SOURCE, company_id=company_id, reason=str(err))
    seconds = _NOBODY_SECONDS if isinstance(err, GrantDead) else err.retry_after or _AWAY_SECONDS
    until = core.now() + timedelta(seconds=seconds)
    with core.database.writing() as session:
        held.keep(session)
        session.execute(
            update(Event)
            .where(Event.source == SOURCE, Event.tenant == str(company_id), Event.state == "pending")
            .values(due_at=until)
        )
        company = session.get_one(Company, company_id)
        if isinstance(err, RateLimited):
            company.parked_until, company.parked_reason = until, err.problem
        if isinstance(err, GrantDead):
            # Looking after the company elects somebody else, if there is anybody.
            company.tend_due_at = core.now()


def _put_off(core: Core, held: Lease, *, news: _News, reason: str) -> None:
    with core.database.writing() as session:
        held.keep(session)
        for event in news.events:
            count_try(session, session.get_one(Event, event.event_id), reason=reason, now=core.now())
