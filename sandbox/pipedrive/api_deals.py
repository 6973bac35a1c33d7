"""API v2: deals."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.pipedrive import deals, strict
from sandbox.pipedrive.answers import Record, Reply
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import choices, custom_codes, flag, in_time, numbers, page, whole

READ = ("deals:read", "deals:full")
WRITE = ("deals:full",)
routes = Routes()


def visible(desk: Desk, call: Call, deal_id: int) -> Record:
    """Get a deal that the token's user may see."""
    return deals.visible_deal(desk.world, deal_id, call.user, hidden_status=desk.switches.hidden_deal_status)


def _shown(desk: Desk, call: Call) -> Callable[[Record], Record]:
    only, labels = custom_codes(call.query), flag(call.query, "include_option_labels")
    extra = [name for name in call.query.get("include_fields", "").split(",") if name]

    def shown(deal: Record) -> Record:
        counts = {name: _extra(desk, deal, name) for name in extra}
        return deals.shown_deal(desk.world, deal, only=only, labels=labels) | counts

    return shown


def _extra(desk: Desk, deal: Record, name: str) -> Any:
    counted = {"notes_count": desk.world.notes, "activities_count": desk.world.activities}
    if name in counted:
        return sum(record["deal_id"] == deal["id"] for record in counted[name].values())
    if name == "products_count":
        return len(desk.world.lines[deal["id"]])
    if name == "first_won_time":
        return deal["won_time"]
    return 0 if name.endswith("_count") else None


@routes.add("GET", "/api/v2/deals/<int:deal_id>", cost=1, scopes=READ)
def get_deal(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Answer with one deal."""
    return Reply(_shown(desk, call)(visible(desk, call, deal_id)))


@routes.add("GET", "/api/v2/deals", cost=10, scopes=READ)
def list_deals(desk: Desk, call: Call) -> Reply:
    """Answer with a page of deals."""
    return page(call.query, _wanted(desk, call), _shown(desk, call))


def _wanted(desk: Desk, call: Call) -> Iterable[Record]:
    world, query, ids = desk.world, call.query, numbers(call.query, "ids")
    chosen = world.deals.values() if ids is None else [world.deals[one] for one in ids if one in world.deals]
    statuses = choices(query, "status", (*deals.STATUSES, "deleted"))
    found = [deal for deal in in_time(query, chosen) if call.user.sees(deal) and not deal["is_archived"]]
    for key in ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id"):
        value = whole(query, key)
        found = found if value is None else [deal for deal in found if deal[key] == value]
    wanted = statuses or deals.STATUSES
    return [deal for deal in found if ("deleted" if deal["is_deleted"] else deal["status"]) in wanted]


@routes.add("PATCH", "/api/v2/deals/<int:deal_id>", cost=5, scopes=WRITE)
def patch_deal(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Change a deal; only what is sent."""
    before = visible(desk, call, deal_id)
    values = strict.fit(call.body, deals.DEAL_RULES)
    after = deals.change_deal(desk.world, deal_id, values, call.actor)
    desk.world.idle_writes += after is before
    return Reply(deals.shown_deal(desk.world, after))


@routes.add("POST", "/api/v2/deals", cost=5, scopes=WRITE)
def post_deal(desk: Desk, call: Call) -> Reply:
    """Add a deal."""
    values = strict.fit(call.body, deals.DEAL_RULES, required=("title",))
    return Reply(deals.shown_deal(desk.world, deals.create_deal(desk.world, values, call.actor)))


@routes.add("DELETE", "/api/v2/deals/<int:deal_id>", cost=3, scopes=WRITE)
def delete_deal(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Delete a deal softly."""
    visible(desk, call, deal_id)
    deals.delete_deal(desk.world, deal_id, call.actor)
    return Reply({"id": deal_id})
