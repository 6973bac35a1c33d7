"""What tests may change about the company beyond what its pages offer (all under /control/)."""

from dataclasses import fields, replace
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.pipedrive import lines, strict
from sandbox.pipedrive.answers import Record, RefusedError
from sandbox.pipedrive.deals import DEAL_RULES, create_deal, custom_values
from sandbox.pipedrive.desk import Desk
from sandbox.pipedrive.people import User
from sandbox.pipedrive.world import Actor, get_record

_USER_RULES: dict[str, strict.Check] = {
    one.name: strict.boolean if one.type in (bool, "bool") else strict.string
    for one in fields(User)
    if one.name != "id"
}
_NEW_DEAL_RULES = DEAL_RULES | {"lines": strict.objects, "discounts": strict.objects, "count": strict.integer}
_KINDS = {"deals": "deal", "persons": "person", "organizations": "organization"}


def control_company(desk: Desk) -> Blueprint:
    """Build the routes."""
    control = Blueprint("company_control", __name__, url_prefix="/control")
    control.register_error_handler(RefusedError, lambda refused: (jsonify(refused.body), 400))

    @control.post("/users/<int:user_id>")
    def change_user(user_id: int) -> ResponseReturnValue:
        asked = strict.fit(request.get_json(), _USER_RULES)
        with desk.world.lock:
            if user_id not in desk.world.users:
                return jsonify({"error": f"user_id must be one of {', '.join(map(str, desk.world.users))}"}), 400
            desk.world.users[user_id] = user = replace(desk.world.users[user_id], **asked)
        return jsonify({"id": user.id, "name": user.name, "language": user.language, "admin": user.admin})

    @control.post("/deals")
    def add_deal() -> Response:
        asked = strict.fit(request.get_json(), _NEW_DEAL_RULES, required=("title",))
        count = asked.pop("count", None)
        with desk.world.lock:
            if count is None:
                return jsonify({"id": _plant(desk, asked)})
            return jsonify({"ids": [_plant(desk, asked) for _ in range(count)]})

    @control.post("/<any(deals, persons, organizations):kind>/<int:record_id>/fields")
    def fill_in(kind: str, record_id: int) -> Response:
        with desk.world.lock:
            return jsonify({"custom_fields": _fill_in(desk, _KINDS[kind], record_id, request.get_json())})

    return control


def _plant(desk: Desk, asked: Record) -> int:
    """Put a deal there as if it had always been: nobody is told."""
    world, actor = desk.world, Actor(next(iter(desk.world.users)), "app")
    listeners, world.listeners = world.listeners, []
    try:
        values = {key: value for key, value in asked.items() if key not in ("lines", "discounts")}
        deal_id = int(create_deal(world, values, actor)["id"])
        for line in asked.get("lines", ()):
            fitting = strict.fit(line, lines.LINE_RULES, required=lines.LINE_NEEDS)
            lines.add_line(world, deal_id, fitting, actor)
        for discount in asked.get("discounts", ()):
            lines.add_discount(world, deal_id, strict.fit(discount, lines.DISCOUNT_RULES), actor)
    finally:
        world.listeners = listeners
    return deal_id


def _fill_in(desk: Desk, kind: str, record_id: int, asked: dict[str, Any]) -> Record:
    """Fill in custom fields by their names."""
    world = desk.world
    records = {"deal": world.deals, "person": world.persons, "organization": world.organizations}[kind]
    record = get_record(records, record_id, kind.capitalize(), clock=world.clock)
    codes = {field["field_name"]: code for code, field in world.fields[kind].items() if field["is_custom_field"]}
    chosen = custom_values(world, kind, {codes.get(name, name): value for name, value in asked.items()})
    record["custom_fields"] = {
        code: value for code, value in (record["custom_fields"] | chosen).items() if value is not None
    }
    return dict(record["custom_fields"])
