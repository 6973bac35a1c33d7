"""Work off what Xero's webhooks brought: calls grow with the number of chunks, not of events."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice

import structlog
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import NotFound, RateLimited, Refused, Unreadable
from sync.clients.xero.invoices import MOST_IDS
from sync.connections.xero import ActiveOrganisation, client_for, find_reaching
from sync.core import Core
from sync.domain.freshness import is_echo
from sync.errors import Anticipated, ErrorCode, InstepError, Transient
from sync.operations.apply_invoices import apply_invoices
from sync.operations.due import Due, has_come, is_at_work
from sync.operations.inbox import count_try, pause_while_away
from sync.operations.lease import Lease, hold_organisation
from sync.operations.loss import noticing_loss
from sync.operations.meanwhile import ask_meanwhile
from sync.operations.outcome import Outcome
from sync.operations.refresh_invoices import pull_invoices
from sync.operations.split_xero import INVOICE, SOURCE, STRANGER
from sync.operations.telling import some_ids
from sync.operations.turns import NOT_THEIRS, is_short
from sync.store.accounts import Connection, Organisation
from sync.store.inbox import Event
from sync.store.invoices import InvoiceRecord

log = structlog.get_logger()

#: From then on events are tried in smaller groups.
_TRIES_TOGETHER = 3
#: The most that one turn looks at.
_CLAIMED = 2000
#: Calls of one organisation that may be under way at once; Xero allows five, and people have one for themselves.
_CALLS_AT_ONCE = 4
#: With more invoices than that, looking through what changed costs fewer calls than asking for each (D17).
_SWEEP_FROM = 200
_PAGE = 1000
#: `If-Modified-Since` has whole seconds.
_OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True)
class _Claimed:
    """What one turn has in hand; `high` is the newest event that was there when it began to look."""

    core: Core
    lease: Lease
    organisation: ActiveOrganisation | None
    organisation_id: str
    tenant_id: str
    events: list[Event]
    #: Events about nothing that has to be fetched.
    needless: list[Event]
    high: int


#: The organisations with events that may be worked off now.
due_organisations = Due(
    str,
    select(Organisation.organisation_id, func.min(Event.received_at))
    .join(Event, Event.tenant == Organisation.tenant_id)
    .where(Event.source == SOURCE, Event.state == "pending", has_come(Event.due_at))
    .where(is_at_work(Organisation))
    .group_by(Organisation.organisation_id),
)


def drain_organisation(core: Core, *, organisation_id: str) -> Outcome:
    """Work off some of an organisation's pending events, unless another worker is at it.

    Killed at any point it can run again: an event is done only together with what it brought.

    :raises RateLimited: when it is over in a moment.
    """
    with hold_organisation(core, organisation_id=organisation_id) as lease:
        if lease is None:
            return Outcome.HELD
        claimed = _claim(core, lease=lease, organisation_id=organisation_id)
        ids = list(dict.fromkeys(event.resource_id for event in claimed.events))
        if len({event.resource_id for event in claimed.events if not event.by_id}) > _SWEEP_FROM:
            return _guarded_sweep(claimed, count=len(ids))
        chunks = [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
        return _work_off_chunks(claimed, chunks=chunks[:_CALLS_AT_ONCE])


def _claim(core: Core, *, lease: Lease, organisation_id: str) -> _Claimed:
    with core.database.reading() as session:
        tenant_id = session.get_one(Organisation, organisation_id).tenant_id
        pending = (Event.source == SOURCE, Event.state == "pending", Event.tenant == tenant_id)
        found = session.scalars(
            select(Event)
            .where(*pending, has_come(Event.due_at, now=core.now()))
            .order_by(Event.event_id)
            .limit(_CLAIMED)
        ).all()
        high = session.scalar(select(func.max(Event.event_id)).where(*pending)) or 0
        needed = _needed(session, organisation_id=organisation_id, events=found)
        organisation = find_reaching(session, organisation_id=organisation_id) if needed else None
    needless = [event for event in found if event.event_id not in needed]
    events = [event for event in found if event.event_id in needed]
    return _Claimed(core, lease, organisation, organisation_id, tenant_id, events, needless, high)


def _needed(session: Session, *, organisation_id: str, events: Iterable[Event]) -> set[int]:
    """Tell the events apart for which Xero has to be asked; not for what our own write's answer told already (D16)."""
    about_invoices = [event for event in events if event.category == INVOICE]
    found = session.execute(
        select(InvoiceRecord.invoice_id, InvoiceRecord.own_write_at)
        .where(InvoiceRecord.organisation_id == organisation_id, InvoiceRecord.own_write_at.is_not(None))
        .where(InvoiceRecord.invoice_id.in_({event.resource_id for event in about_invoices}))
    )
    own_writes = {row.invoice_id: row.own_write_at for row in found}
    return {
        event.event_id
        for event in about_invoices
        if not is_echo(event_date=event.happened_at, own_write_updated=own_writes.get(event.resource_id))
    }


def _work_off_chunks(claimed: _Claimed, *, chunks: Sequence[list[str]]) -> Outcome:
    """Fetch several chunks at once; the last write of a single one gives the lease back, too."""
    if len(chunks) < 2:
        ids = chunks[0] if chunks else []
        return _work_off_or_put_off(claimed, ids=ids, is_last=True)
    with ThreadPoolExecutor(max_workers=_CALLS_AT_ONCE) as pool:
        answers = [
            ask_meanwhile(pool=pool, ask=partial(_work_off_or_put_off, claimed, ids=ids, is_last=False))
            for ids in chunks
        ]
    outcomes = {answer.result() for answer in answers}
    return Outcome.IGNORED if Outcome.IGNORED in outcomes else Outcome.DONE


def _work_off_or_put_off(claimed: _Claimed, *, ids: list[str], is_last: bool) -> Outcome:
    """Work events off; where one of them keeps spoiling the answer for all, they are halved until it is alone."""
    events = [event for event in claimed.events if event.resource_id in set(ids)]
    try:
        return _work_off(claimed, ids=ids, is_last=is_last)
    except NOT_THEIRS:
        raise
    except Exception as err:
        if is_short(err):
            raise
        spoilt = isinstance(err, Unreadable | NotFound | Refused) or not isinstance(err, InstepError)
        if not spoilt or len(ids) < 2 or max(event.tries for event in events) < _TRIES_TOGETHER:
            _put_off(claimed, events=events, err=err)
            return Outcome.UNCHANGED if spoilt else Outcome.IGNORED
    middle = len(ids) // 2
    for half in (ids[:middle], ids[middle:]):
        outcome = _work_off_or_put_off(claimed, ids=half, is_last=False)
        if outcome is Outcome.IGNORED:
            break
    return outcome


def _work_off(claimed: _Claimed, *, ids: list[str], is_last: bool) -> Outcome:
    """Fetch what the events speak of, each invoice once however many of them there are."""
    core = claimed.core
    asked_at = core.now()
    invoices = pull_invoices(core, organisation=_reached(claimed), wanted=tuple(ids)) if ids else []
    outcome = apply_invoices(
        core,
        organisation_id=claimed.organisation_id,
        invoices=invoices,
        asked_at=asked_at,
        first=claimed.lease.give_back if is_last else claimed.lease.keep,
        last=partial(_finish, claimed=claimed, ids=ids),
    )
    # Our own echo is among what was needless.
    done = {"invoice_ids": ids, "needless": some_ids(claimed.needless)}
    log.info("events_worked_off", source=SOURCE, organisation_id=claimed.organisation_id, **done)
    return outcome


def _reached(claimed: _Claimed) -> ActiveOrganisation:
    if claimed.organisation is None:
        raise Anticipated(ErrorCode.XERO_RECONNECT)
    return claimed.organisation


def _finish(session: Session, *, claimed: _Claimed, ids: Iterable[str]) -> None:
    """Mark all events done that were there when the invoices were asked for, whether or not their time had come."""
    fetched = (Event.category == INVOICE) & Event.resource_id.in_(ids) & (Event.event_id <= claimed.high)
    session.execute(
        update(Event)
        .where(Event.source == SOURCE, Event.state == "pending", Event.tenant == claimed.tenant_id)
        .where(or_(fetched, Event.event_id.in_([event.event_id for event in claimed.needless])))
        .values(state="done", worked_at=claimed.core.now())
        .execution_options(synchronize_session=False)
    )


def _guarded_sweep(claimed: _Claimed, *, count: int) -> Outcome:
    """Sweep a large backlog; whatever it does not show, or cannot, is asked for by its id from now on."""
    try:
        shown = _sweep(claimed, pages=max(1, count // MOST_IDS // 2))
    except NOT_THEIRS:
        raise
    except Exception as err:
        if is_short(err):
            raise
        if isinstance(err, Transient) or _is_lost(err):
            _put_off(claimed, events=claimed.events, err=err)
            return Outcome.IGNORED
        log.warning("backlog_not_swept", organisation_id=claimed.organisation_id, reason=str(err))
        shown = set()
    log.info("backlog_swept", organisation_id=claimed.organisation_id, invoices=count, shown=len(shown))
    with claimed.core.database.writing() as session:
        claimed.lease.give_back(session)
        session.execute(
            update(Event)
            .where(Event.event_id.in_([one.event_id for one in claimed.events if one.resource_id not in shown]))
            .where(Event.state == "pending")
            .values(by_id=True)
            .execution_options(synchronize_session=False)
        )
    return Outcome.DONE


def _sweep(claimed: _Claimed, *, pages: int) -> set[str]:
    """Look through what changed since the oldest of the events; gives the invoices that were shown."""
    core, organisation = claimed.core, _reached(claimed)
    since = min(event.happened_at for event in claimed.events) - _OVERLAP
    wanted, shown = {event.resource_id for event in claimed.events}, set[str]()
    asked_at = core.now()
    with noticing_loss(core, organisation=organisation):
        changed = client_for(core, organisation=organisation).changed_invoices(since=since)
        for _ in range(pages):
            page = list(islice(changed, _PAGE))
            seen = {invoice.invoice_id for invoice in page}
            apply_invoices(
                core,
                organisation_id=claimed.organisation_id,
                invoices=page,
                asked_at=asked_at,
                first=claimed.lease.keep,
                last=partial(_finish, claimed=claimed, ids=seen),
            )
            shown |= seen
            if len(page) < _PAGE or wanted <= shown:
                break
    return shown


def _put_off(claimed: _Claimed, *, events: Sequence[Event], err: Exception) -> None:
    """Keep the events for later; a limit parks the organisation, and a worker never sleeps it out."""
    core, organisation_id = claimed.core, claimed.organisation_id
    ids = [event.event_id for event in events]
    about = some_ids(events)
    log.warning("organisation_put_off", organisation_id=organisation_id, invoice_ids=about, reason=str(err))
    with core.database.writing() as session:
        claimed.lease.keep(session)
        if isinstance(err, Transient) and err.retry_after is not None:
            row = session.get_one(Organisation, organisation_id)
            row.parked_until = core.now() + pause_while_away(core, since=core.now(), retry_after=err.retry_after)
            row.parked_reason = err.problem if isinstance(err, RateLimited) else ""
        if _is_lost(err):
            _ignore_if_left(session, organisation_id=organisation_id)
        pending = session.scalars(select(Event).where(Event.event_id.in_(ids), Event.state == "pending"))
        for event in pending:
            _put_event_off(core, session, event=event, err=err)


def _put_event_off(core: Core, session: Session, *, event: Event, err: Exception) -> None:
    if isinstance(err, Transient) or _is_lost(err):
        # A limit, a Xero that is away or a lost grant says nothing against the event; another company's may reach it.
        retry_after = getattr(err, "retry_after", None)
        event.due_at = core.now() + pause_while_away(core, since=event.received_at, retry_after=retry_after)
        return
    count_try(session, event, reason=str(err), now=core.now())


def _is_lost(err: Exception) -> bool:
    return isinstance(err, Anticipated) and err.code is ErrorCode.XERO_RECONNECT


def _ignore_if_left(session: Session, *, organisation_id: str) -> None:
    """Set the events of an organisation aside that nobody is connected to any more."""
    tenant = select(Organisation.tenant_id).where(Organisation.organisation_id == organisation_id)
    active = exists().where(Connection.organisation_id == organisation_id, Connection.state == "active")
    session.execute(
        update(Event)
        .where(Event.source == SOURCE, Event.state == "pending", Event.tenant == tenant.scalar_subquery(), ~active)
        .values(state="ignored", reason=STRANGER)
    )
