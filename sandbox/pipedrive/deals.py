"""Deals: how they are made, changed, merged and deleted, whoever does it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pipedrive import fields, strict
from sandbox.pipedrive.answers import Record, RefusedError, invalid, not_found
from sandbox.pipedrive.builtin_fields import custom_fields
from sandbox.pipedrive.people import User
from sandbox.pipedrive.world import Actor, Change, World, from_instant, get_record

PIPELINE_ID = 1
STATUSES = ("open", "won", "lost")
DEAL_RULES: dict[str, strict.Check] = {
    "title": strict.text(shortest=1, longest=255),
    "owner_id": strict.integer,
    "person_id": strict.nullable(strict.integer),
    "org_id": strict.nullable(strict.integer),
    "pipeline_id": strict.integer,
    "stage_id": strict.integer,
    "value": strict.nullable(strict.number),
    "currency": strict.string,
    "is_deleted": strict.boolean,
    "is_archived": strict.boolean,
    "archive_time": strict.nullable(strict.instant),
    "status": strict.one_of(*STATUSES),
    "probability": strict.nullable(strict.number),
    "lost_reason": strict.nullable(strict.string),
    "visible_to": strict.one_of(1, 3, 5, 7),
    "close_time": strict.nullable(strict.instant),
    "won_time": strict.nullable(strict.instant),
    "lost_time": strict.nullable(strict.instant),
    "expected_close_date": strict.nullable(strict.day),
    "label_ids": strict.integers,
    "custom_fields": strict.an_object,
}
_NEW: Record = {
    "archive_time": None, "is_archived": False, "is_deleted": False, "probability": None, "lost_reason": None,
    "visible_to": 3, "close_time": None, "won_time": None, "lost_time": None, "local_won_date": None,
    "local_lost_date": None, "local_close_date": None, "expected_close_date": None, "label_ids": [],
    "origin": "ManuallyCreated", "origin_id": None, "channel": None, "channel_id": None,
    "acv": None, "arr": None, "mrr": None, "person_id": None, "org_id": None, "value": 0, "status": "open",
}  # fmt: skip


def get_deal(world: World, deal_id: int) -> Record:
    """Get a deal, deleted or not.

    :raises RefusedError: when there is none.
    """
    return get_record(world.deals, deal_id, "Deal", clock=world.clock)


def visible_deal(world: World, deal_id: int, user: User, *, hidden_status: int) -> Record:
    """Get a deal that the user may see.

    :raises RefusedError: when there is none, or none for this user.
    """
    deal = get_deal(world, deal_id)
    if user.sees(deal):
        return deal
    if hidden_status == 404:
        raise not_found("Deal")
    raise RefusedError(hidden_status, "You do not have permissions to view this deal", code="ERR_FORBIDDEN")


def custom_values(world: World, kind: str, values: Record) -> Record:
    """Check and complete the `custom_fields` of a body.

    :raises RefusedError: for unknown keys and values that do not fit.
    """
    known, found = custom_fields(world, kind), []
    for code, value in values.items():
        if code not in known:
            found.append(f"custom_fields.{code}: Parameter '{code}' is not allowed for this request")
        elif problem := fields.problem_with(world, known[code], value):
            found.append(f"custom_fields.{code}: {problem}")
    if found:
        raise invalid(found)
    return {code: fields.normalised(known[code], value) for code, value in values.items()}


def create_deal(world: World, values: Record, actor: Actor) -> Record:
    """Add a deal."""
    _check_references(world, values)
    now, deal_id = world.now(), world.next_id("deal")
    deal: Record = {
        "id": deal_id,
        "creator_user_id": actor.user_id,
        "owner_id": actor.user_id,
        "stage_id": min(world.stages),
        "pipeline_id": PIPELINE_ID,
        "currency": world.company.currency,
        "add_time": now,
        "update_time": now,
        "stage_change_time": now,
        **_NEW,
    }
    status = values.get("status", "open")
    written = {key: value for key, value in values.items() if key not in ("custom_fields", "status")}
    chosen = custom_values(world, "deal", values.get("custom_fields", {}))
    deal |= written | {"custom_fields": {code: value for code, value in chosen.items() if value is not None}}
    world.deals[deal_id] = deal | (_status_change(world, deal, status) if status != "open" else {})
    world.tell(Change("deal", deal_id, "create", None, world.deals[deal_id], actor))
    return world.deals[deal_id]


def change_deal(world: World, deal_id: int, values: Record, actor: Actor, *, meta: Record | None = None) -> Record:
    """Change a deal and tell what became different; nothing different, nothing told.

    :raises RefusedError: for a deleted or archived deal and for values that do not fit.
    """
    deal = get_deal(world, deal_id)
    if deal["is_deleted"] and values.get("is_deleted") is not False:
        raise not_found("Deal")
    if deal["is_archived"] and values.get("is_archived") is not False:
        # https://developers.pipedrive.com/changelog: archived deals cannot be edited since July 2025.
        raise RefusedError(400, "Archived deals cannot be updated", code="ERR_DEAL_ARCHIVED")
    _check_references(world, values)
    after = _applied(world, deal, values)
    if after == deal and not meta:
        return deal
    world.deals[deal_id] = after | {"update_time": world.now()}
    world.tell(Change("deal", deal_id, "change", deal, world.deals[deal_id], actor, meta or {}))
    return world.deals[deal_id]


def delete_deal(world: World, deal_id: int, actor: Actor, *, meta: Record | None = None) -> None:
    """Mark a deal as deleted; it stays for 30 days."""
    deal = get_deal(world, deal_id)
    if deal["is_deleted"]:
        raise not_found("Deal")
    world.deals[deal_id] = deal | {"is_deleted": True, "update_time": world.now()}
    world.tell(Change("deal", deal_id, "delete", deal, None, actor, meta or {}))


def merge_deals(world: World, deal_id: int, into_id: int, actor: Actor) -> Record:
    """Merge a deal into another: a delete with `merged_to_id`, then a change with `merged_from_id`."""
    if deal_id == into_id:
        raise RefusedError(400, "A deal cannot be merged with itself")
    source, target = get_deal(world, deal_id), get_deal(world, into_id)
    if source["is_deleted"] or target["is_deleted"]:
        raise not_found("Deal")
    inherited: Record = {
        key: source[key] for key in ("person_id", "org_id", "expected_close_date") if target[key] is None
    }
    inherited["custom_fields"] = {
        code: value for code, value in source["custom_fields"].items() if code not in target["custom_fields"]
    }
    delete_deal(world, deal_id, actor, meta={"merged_to_id": str(into_id)})
    for note in world.notes.values():
        if note["deal_id"] == deal_id:
            note["deal_id"] = into_id
    return change_deal(world, into_id, inherited, actor, meta={"merged_from_id": str(deal_id)})


def _check_references(world: World, values: Record) -> None:
    found = []
    for key, kind in (("owner_id", world.users), ("person_id", world.persons), ("org_id", world.organizations)):
        value: Any = values.get(key)
        if value is not None and value not in kind:
            found.append(f"{key}: '{value}' does not exist")
    if values.get("stage_id", min(world.stages)) not in world.stages:
        found.append(f"stage_id: '{values['stage_id']}' does not exist")
    if values.get("pipeline_id", PIPELINE_ID) != PIPELINE_ID:
        found.append(f"pipeline_id: '{values['pipeline_id']}' does not exist")
    if values.get("currency", world.company.currency) not in world.currencies:
        found.append(f"currency: '{values['currency']}' is not a currency of this company")
    if found:
        raise invalid(found)


def _applied(world: World, deal: Record, values: Record) -> Record:
    chosen = custom_values(world, "deal", values.get("custom_fields", {}))
    written = {key: value for key, value in values.items() if key not in ("custom_fields", "status")}
    kept = {code: value for code, value in (deal["custom_fields"] | chosen).items() if value is not None}
    after = deal | written | {"custom_fields": kept}
    if "status" in values and values["status"] != deal["status"]:
        after |= _status_change(world, deal, values["status"])
    if after["stage_id"] != deal["stage_id"]:
        after["stage_change_time"] = world.now()
    if after["is_archived"] != deal["is_archived"]:
        after["archive_time"] = world.now() if after["is_archived"] else None
    return after


def _status_change(world: World, deal: Record, status: str) -> Record:
    now = world.now()
    zone = ZoneInfo(world.users[deal["owner_id"]].timezone)
    today = _local_day(from_instant(now), zone)
    closed = status != "open"
    return {
        "status": status,
        "close_time": now if closed else None,
        "local_close_date": today if closed else None,
        "won_time": now if status == "won" else None,
        "local_won_date": today if status == "won" else None,
        "lost_time": now if status == "lost" else None,
        "local_lost_date": today if status == "lost" else None,
        "lost_reason": deal["lost_reason"] if status == "lost" else None,
    }


def _local_day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def shown_deal(world: World, deal: Record, *, only: list[str] | None = None, labels: bool = False) -> Record:
    """Render a deal as API v2 does: every custom field is there, unset ones as null."""
    known = custom_fields(world, "deal")
    values = {code: deal["custom_fields"].get(code) for code in known if only is None or code in only}
    if labels:
        values = {code: fields.labelled(known[code], value) for code, value in values.items()}
    return deal | {"custom_fields": values}
