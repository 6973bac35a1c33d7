"""Take a delivery of Pipedrive's apart into the events that matter here: most changes of deals do not (D15)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.domain.deal_events import DealAction, DealDeleted, DealMerged, DealNotice, deal_events
from sync.domain.moments import in_utc
from sync.domain.rules import concerns
from sync.operations.inbox import UNREADABLE, EventSeed, add_events
from sync.operations.rules_causes import read_rules
from sync.operations.telling import tell
from sync.store.company import DealFieldCode
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealRow

log = structlog.get_logger()

SOURCE = "pipedrive"
#: The types of events that are no verbs of Pipedrive's: what may set off a rule, and a field of ours that people wrote into.
TURN, EDIT = "turn", "edit"
#: So often an hour a field is written back; after that the hourly comparison does it.
_MOST_EDITS = 3


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


def _seeds(session: Session, body: Any, *, delivery: Delivery) -> Iterator[EventSeed]:
    """Read a webhook of version 2. https://pipedrive.readme.io/docs/guide-for-webhooks-v2"""
    meta = body["meta"]
    if str(meta["entity"]) != "deal" or int(meta["company_id"]) != delivery.company_id:
        return
    notice = _notice(body)
    found = _found(notice)
    if _may_set_off_a_rule(session, body, notice=notice, company_id=delivery.company_id):
        found.pop((notice.deal_id, "change"), None)
        found[(notice.deal_id, TURN)] = None
    if _is_edited(session, body, notice=notice, delivery=delivery):
        found[(notice.deal_id, EDIT)] = None
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


def _found(notice: DealNotice) -> dict[tuple[int, str], int | None]:
    """Give what is told, by deal and kind: the deal that it was merged into, or nothing more."""
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
    return found


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


def _is_edited(session: Session, body: Any, *, notice: DealNotice, delivery: Delivery) -> bool:
    """Whether people wrote into a field of ours on a deal that we know; what we write comes by the API."""
    codes = (body.get("previous") or {}).get("custom_fields") or {}
    if notice.action is not DealAction.CHANGE or body["meta"].get("change_source") != "app" or not codes:
        return False
    company_id = delivery.company_id
    ours = select(DealFieldCode.slot).where(
        DealFieldCode.company_id == company_id, DealFieldCode.field_code.in_([str(code) for code in codes])
    )
    if session.scalar(ours.limit(1)) is None or session.get(DealRow, (company_id, notice.deal_id)) is None:
        return False
    lately = select(func.count()).where(
        Event.source == SOURCE,
        Event.tenant == str(company_id),
        Event.category == "deal",
        Event.resource_id == str(notice.deal_id),
        Event.type == EDIT,
        Event.received_at > delivery.received_at - timedelta(hours=1),
    )
    return (session.scalar(lately) or 0) < _MOST_EDITS


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
    return in_utc(moment)
