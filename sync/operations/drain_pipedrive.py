"""Work off what Pipedrive's webhooks brought: a renamed, re-owned, merged or deleted deal is followed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import String, cast, func, or_, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import Forbidden, GrantDead, NotFound, RateLimited
from sync.clients.pipedrive.client import PipedriveClient
from sync.connections.pipedrive import acting_client
from sync.core import Core
from sync.domain.deal_events import DealAction, DealDeleted, DealMerged, DealNotice, deal_events
from sync.domain.rules import concerns
from sync.errors import InstepError, Transient
from sync.operations.deals import mark_deal_due, record_deal
from sync.operations.due import NOW, Due, is_at_work
from sync.operations.happenings import record_merge
from sync.operations.identity import forget_access
from sync.operations.inbox import UNREADABLE, EventSeed, add_events
from sync.operations.invoices import surviving_deal
from sync.operations.lease import hold_company
from sync.operations.outcome import Outcome
from sync.operations.rules_causes import note_deal, note_deletion, read_rules
from sync.operations.telling import tell, tell_set_aside
from sync.store.company import Company
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealInvoice, DealRow

log = structlog.get_logger()

SOURCE = "pipedrive"
_TRIES = 8
_AWAY_SECONDS = 5
_NOBODY_SECONDS = 900
#: The type of an event that may set off a rule.
_TURN = "turn"


def split_pipedrive(session: Session, *, delivery: Delivery) -> None:
    """Take a delivery apart; a change of fields that we do not follow, our own writes among them, gives no event."""
    try:
        seeds = list(_seeds(session, json.loads(delivery.body), delivery=delivery))
    except UNREADABLE:
        delivery.state = "unparseable"
        log.warning("delivery_unparseable", source=SOURCE, delivery_id=delivery.delivery_id)
        return
    add_events(session, source=SOURCE, seeds=seeds)
    delivery.state = "done"
    deals = sorted({int(one.resource_id) for one in seeds})
    told = {"source": SOURCE, "delivery_id": delivery.delivery_id, "company_id": delivery.company_id, "deal_ids": deals}
    tell(session, "events_received", told)


#: The companies with deal events that may be worked off now.
due_companies = Due(
    int,
    select(Company.company_id, func.min(Event.received_at))
    .join(Event, Event.tenant == cast(Company.company_id, String))
    .where(Event.source == SOURCE, Event.state == "pending", or_(Event.due_at.is_(None), Event.due_at <= NOW))
    .where(is_at_work(Company))
    .group_by(Company.company_id),
)


def drain_company(core: Core, *, company_id: int) -> Outcome:
    """Work off a company's deal events, unless another worker is at it; one that fails does not hold up the others."""
    with hold_company(core, company_id=company_id) as held:
        if not held:
            return Outcome.IGNORED
        with core.database.reading() as session:
            ended = session.get_one(Company, company_id).ended_at is not None
        for event in _pending(core, company_id=company_id):
            if ended:
                _finish(core, event=event, ignored="the company has left")
                continue
            try:
                _follow(core, company_id=company_id, event=event)
            except (Transient, GrantDead) as err:
                _wait(core, company_id=company_id, err=err)
                return Outcome.IGNORED
            except InstepError as err:
                _put_off(core, event=event, err=err)
        return Outcome.DONE


def _follow(core: Core, *, company_id: int, event: Event) -> None:
    deal_id = int(event.resource_id)
    with core.database.reading() as session:
        known = session.get(DealRow, (company_id, deal_id)) is not None
    wanted = known or event.type == _TURN
    if wanted:
        client = acting_client(core, company_id=company_id)
        if event.type == "merge" and event.merged_to is not None:
            _merge(core, client, company_id=company_id, deal_id=deal_id, into=event.merged_to)
        else:
            _reread(core, client, company_id=company_id, deal_id=deal_id, is_said_gone=event.type == "delete")
    _finish(core, event=event, ignored="" if wanted else "no invoice hangs on this deal")


def _finish(core: Core, *, event: Event, ignored: str) -> None:
    with core.database.writing() as session:
        row = session.get_one(Event, event.event_id)
        row.state = "ignored" if ignored else "done"
        row.reason = ignored
        row.worked_at = core.now()


def _reread(core: Core, client: PipedriveClient, *, company_id: int, deal_id: int, is_said_gone: bool) -> None:
    """Ask what the deal is now: the event is a hint, the truth is fetched (promise 3).

    A deal that the acting user may not see looks the same as one that is gone (D19): gone it is where Pipedrive also
    said that it was deleted.
    """
    try:
        deal = client.get_deal(deal_id=deal_id)
    except (NotFound, Forbidden) as err:
        # Gone for us, but not confirmed: no rule deletes anything for it (D19).
        if isinstance(err, NotFound) and is_said_gone:
            with core.database.writing() as session:
                session.get_one(DealRow, (company_id, deal_id), with_for_update=True).is_deleted = True
        return
    with core.database.writing() as session:
        rules, now = read_rules(session, company_id=company_id), core.now()
        known = session.get(DealRow, (company_id, deal_id), with_for_update=True)
        owner = known.owner_id if known else None
        is_cause = note_deal(session, company_id=company_id, deal=deal, rules=rules, now=now)
        if is_said_gone and known is not None and known.merged_into is None:
            note_deletion(session, company_id=company_id, deal=deal, rules=rules, now=now)
        if known is None and not is_cause:
            return
        row = record_deal(session, company_id=company_id, deal=deal, now=now)
        if owner != row.owner_id:
            forget_access(session, company_id=company_id, deal_id=deal_id)


def _merge(core: Core, client: PipedriveClient, *, company_id: int, deal_id: int, into: int) -> None:
    """Move a merged deal's invoices to the deal that is left, though that one may have been merged before we heard."""
    with core.database.reading() as session:
        into = surviving_deal(session, company_id=company_id, deal_id=into)
    survivor = client.get_deal(deal_id=into)
    with core.database.writing() as session:
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


def _pending(core: Core, *, company_id: int) -> list[Event]:
    with core.database.reading() as session:
        return list(
            session.scalars(
                select(Event)
                .where(Event.source == SOURCE, Event.tenant == str(company_id), Event.state == "pending")
                .where((Event.due_at.is_(None)) | (Event.due_at <= core.now()))
                .order_by(Event.event_id)
            )
        )


def _wait(core: Core, *, company_id: int, err: Transient | GrantDead) -> None:
    """Let every event of a company wait: a limit, a Pipedrive that is away or a missing user says nothing against them."""
    log.warning("company_put_off", source=SOURCE, company_id=company_id, reason=str(err))
    seconds = _NOBODY_SECONDS if isinstance(err, GrantDead) else err.retry_after or _AWAY_SECONDS
    until = core.now() + timedelta(seconds=seconds)
    with core.database.writing() as session:
        session.execute(
            update(Event)
            .where(Event.source == SOURCE, Event.tenant == str(company_id), Event.state == "pending")
            .values(due_at=until)
        )
        company = session.get_one(Company, company_id)
        if isinstance(err, RateLimited):
            company.parked_until = until
        if isinstance(err, GrantDead):
            # Looking after the company elects somebody else, if there is anybody.
            company.tend_due_at = core.now()


def _put_off(core: Core, *, event: Event, err: InstepError) -> None:
    ids = {"event_id": event.event_id, "company_id": event.tenant, "deal_id": event.resource_id}
    log.warning("event_put_off", source=SOURCE, reason=str(err), **ids)
    with core.database.writing() as session:
        row = session.get_one(Event, event.event_id)
        row.tries += 1
        row.due_at = core.now() + timedelta(seconds=min(2**row.tries, 900))
        if row.tries >= _TRIES:
            row.state = "set_aside"
            row.reason = str(err)
            tell_set_aside(session, row)


def _seeds(session: Session, body: Any, *, delivery: Delivery) -> Iterator[EventSeed]:
    """Read a webhook of version 2. https://pipedrive.readme.io/docs/guide-for-webhooks-v2"""
    meta = body["meta"]
    if str(meta["entity"]) != "deal" or int(meta["company_id"]) != delivery.company_id:
        return
    notice = _notice(body)
    found: dict[tuple[int, str], int | None] = {}
    if notice.action is DealAction.CHANGE and "status" in notice.changed:
        found[(notice.deal_id, "change")] = None  # A deal may come back from the bin.
    for happened in deal_events(notice=notice):
        match happened:
            case DealMerged(deal_id=deal_id, into_deal_id=survivor):
                found[(deal_id, "merge")] = survivor
            case DealDeleted(deal_id=deal_id):
                found[(deal_id, "delete")] = None
            case _:
                found[(happened.deal_id, "change")] = None
    if _may_set_off_a_rule(session, body, notice=notice, company_id=delivery.company_id):
        found.pop((notice.deal_id, "change"), None)
        found[(notice.deal_id, _TURN)] = None
    for (deal_id, kind), into in found.items():
        yield EventSeed(
            tenant=str(delivery.company_id),
            category="deal",
            resource_id=str(deal_id),
            type=kind,
            identity=str(meta["id"])[:60],
            happened_at=_moment(str(meta["timestamp"]), fallback=delivery.received_at),
            received_at=delivery.received_at,
            merged_to=into,
        )


def _may_set_off_a_rule(session: Session, body: Any, *, notice: DealNotice, company_id: int) -> bool:
    """Say whether a deal, also one on which no invoice hangs, is worth a look for the rules' sake."""
    if notice.action is DealAction.DELETE:
        return False
    # A deal may be won from its first day; it cannot be moved to where it was put.
    changed = {"status"} if notice.action is DealAction.CREATE else notice.changed & {"status", "stage_id"}
    if not changed:
        return False
    data = body.get("data") or {}
    rules = read_rules(session, company_id=company_id)
    return concerns(rules=rules, changed=changed, status=data.get("status"), stage_id=data.get("stage_id"))


def _notice(body: Any) -> DealNotice:
    meta, data, previous = body["meta"], body.get("data") or {}, body.get("previous") or {}
    return DealNotice(
        action=DealAction(meta["action"]),
        deal_id=_deal_id(meta["entity_id"]),
        title=data.get("title"),
        owner_id=data.get("owner_id"),
        currency=data.get("currency"),
        changed=frozenset(previous),
        merged_to_id=_deal_id(meta["merged_to_id"]) if meta.get("merged_to_id") else None,
        merged_from_id=_deal_id(meta["merged_from_id"]) if meta.get("merged_from_id") else None,
    )


def _deal_id(value: Any) -> int:
    number = int(value)
    if not 0 < number < 2**63:
        raise ValueError(f"{number} is no deal")
    return number


def _moment(text: str, *, fallback: datetime) -> datetime:
    """Read a time that is documented as ten digits and sent as ISO 8601."""
    try:
        moment = datetime.fromtimestamp(int(text), tz=UTC) if text.isdigit() else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return fallback
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
