"""Field definitions: the built-in ones, custom ones, and what values a custom field takes."""

import secrets
from typing import Any

from sandbox.pipedrive import strict
from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.world import World

ADDRESS_PARTS = (
    "value", "street_number", "route", "subpremise", "sublocality", "locality",
    "admin_area_level_1", "admin_area_level_2", "country", "postal_code",
)  # fmt: skip
CREATABLE = (
    "varchar", "text", "double", "phone", "date", "daterange", "time", "timerange", "set", "enum", "varchar_auto",
    "address", "monetary", "org", "people", "user",
)  # fmt: skip
WITH_OPTIONS = ("enum", "set")
_SUBFIELDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "monetary": (("value", "Amount", "double"), ("currency", "Currency", "varchar")),
    "daterange": (("value", "Start date", "date"), ("until", "End date", "date")),
    "timerange": (("value", "Start time", "time"), ("until", "End time", "time")),
    "address": tuple((part, part.replace("_", " ").capitalize(), "varchar") for part in ADDRESS_PARTS),
}
_SIMPLE: dict[str, strict.Check] = {
    "varchar": strict.text(longest=255),
    "varchar_auto": strict.text(longest=255),
    "text": strict.text(longest=65_000),
    "phone": strict.text(longest=255),
    "double": strict.number,
    "date": strict.day,
    "org": strict.integer,
    "people": strict.integer,
    "user": strict.integer,
}
_PARTS: dict[str, dict[str, strict.Check]] = {
    "monetary": {"value": strict.number, "currency": strict.string},
    "daterange": {"value": strict.day, "until": strict.day},
    "time": {"value": strict.string, "timezone_name": strict.nullable(strict.string)},
    "timerange": {
        "value": strict.string,
        "until": strict.string,
        "timezone_name": strict.nullable(strict.string),
    },
    "address": dict.fromkeys(ADDRESS_PARTS, strict.nullable(strict.string)),
}
_NEEDED = {"monetary": ("value", "currency"), "daterange": ("value", "until"), "timerange": ("value", "until")}
_UI = {
    "ui_visibility": {
        "add_visible_flag": False,
        "details_visible_flag": True,
        "projects_detail_visible_flag": False,
        "show_in_pipelines": {"show_in_all": True, "pipeline_ids": []},
    },
    "important_fields": {"enabled": False, "stage_ids": []},
    "required_fields": {"enabled": False, "stage_ids": [], "statuses": {}},
}


def built_in(code: str, name: str, field_type: str) -> Record:
    """Describe a field that every company has."""
    return _definition(code, name, field_type, custom=False)


def custom(world: World, name: str, field_type: str, labels: list[str]) -> Record:
    """Describe a new custom field, with a code of 40 characters and numbered options."""
    field = _definition(secrets.token_hex(20), name, field_type, custom=True)
    if field_type in WITH_OPTIONS:
        field["options"] = [new_option(world, label) for label in labels]
    return field


def new_option(world: World, label: str) -> Record:
    """Number a new option; ids are unique in the company."""
    now = world.now()
    return {"id": world.next_id("option"), "label": label, "color": None, "add_time": now, "update_time": now}


def _definition(code: str, name: str, field_type: str, *, custom: bool) -> Record:
    parts = _SUBFIELDS.get(field_type)
    subfields = [
        {"field_code": part, "field_name": f"{label} of {name}", "field_type": kind}
        for part, label, kind in parts or ()
    ]
    return {
        "field_name": name,
        "field_code": code,
        "description": "",
        "field_type": field_type,
        "options": None,
        "subfields": subfields or None,
        "is_custom_field": custom,
        "is_optional_response_field": False,
        **_UI,
    }


def shown(field: Record, include: str | None) -> Record:
    """Render a definition: the three blocks of settings come only when asked for."""
    asked = (include or "").split(",")
    return {key: value for key, value in field.items() if key not in _UI or key in asked}


def problem_with(world: World, field: Record, value: Any) -> str | None:
    """Tell what is wrong with a custom field's value; null always clears."""
    if value is None:
        return None
    kind = field["field_type"]
    if kind in _SIMPLE:
        return _SIMPLE[kind](value)
    if kind == "enum":
        return _option_problem(field, value, "single option")
    if kind == "set":
        return _set_problem(field, value)
    return _parts_problem(world, kind, value)


def _option_problem(field: Record, value: Any, what: str) -> str | None:
    # https://github.com/pipedrive/client-php/issues/227: an id as string is refused.
    if problem := strict.number(value):
        return f"{problem} for {what}"
    known = {option["id"] for option in field["options"] or ()}
    return None if value in known else f"Option '{value}' does not exist"


def _set_problem(field: Record, value: Any) -> str | None:
    if not isinstance(value, list):
        return f"Expected 'array', received '{strict.kind_of(value)}'"
    if not value:
        return "must have at least 1 item"
    return next((problem for item in value if (problem := _option_problem(field, item, "option"))), None)


def _parts_problem(world: World, kind: str, value: Any) -> str | None:
    if problem := strict.an_object(value):
        return problem
    found = strict.problems_of(value, _PARTS[kind], required=_NEEDED.get(kind, ("value",)))
    if not found and kind == "monetary" and value["currency"] not in world.currencies:
        found = [f"currency: '{value['currency']}' is not a currency of this company"]
    return "; ".join(found) or None


def normalised(field: Record, value: Any) -> Any:
    """Complete a written value as Pipedrive stores it: an address loses the parts that were not sent."""
    if value is None or field["field_type"] != "address":
        return value
    return {part: value.get(part) for part in ADDRESS_PARTS}


def labelled(field: Record, value: Any) -> Any:
    """Replace option ids by `{id, label}`, as `include_option_labels` asks."""
    labels = {option["id"]: option["label"] for option in field["options"] or ()}
    if field["field_type"] == "enum" and value is not None:
        return {"id": value, "label": labels.get(value)}
    if field["field_type"] == "set" and value is not None:
        return [{"id": item, "label": labels.get(item)} for item in value]
    return value


def typed(field: Record, value: Any) -> Record | None:
    """Render a value as webhooks v2 carry it."""
    if value is None:
        return None
    kind = field["field_type"]
    if kind in ("enum", "org", "people", "user"):
        return {"type": kind, "id": value}
    if kind == "set":
        return {"type": kind, "values": [{"id": item} for item in value]}
    if kind == "daterange":
        return {"type": kind, "from": value["value"], "until": value["until"]}
    if kind == "timerange":
        return {"type": kind, "from": value["value"], **{k: v for k, v in value.items() if k != "value"}}
    if isinstance(value, dict):
        return {"type": kind, **value}
    return {"type": kind, "value": value}
