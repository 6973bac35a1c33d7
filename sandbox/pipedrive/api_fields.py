"""API v2: definitions of fields, and the making of deal fields."""

from typing import Any

from sandbox.pipedrive import fields, strict
from sandbox.pipedrive.answers import Record, RefusedError, Reply, invalid, not_found
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import page

_CONTACTS = ("contacts:read", "contacts:full", "admin", "contact-fields:full")
_PRODUCTS = ("products:read", "products:full", "product-fields:full")
_DEALS = ("deals:read", "deals:full", "admin", "deal-fields:full")
_MAKE = ("admin", "deal-fields:full")
_EDIT = ("deals:full", *_MAKE)
_UI_RULES: dict[str, strict.Check] = {
    "ui_visibility": strict.an_object,
    "important_fields": strict.an_object,
    "required_fields": strict.an_object,
    "description": strict.nullable(strict.string),
}
_NAME = strict.text(shortest=1, longest=255)
_NEW_RULES: dict[str, strict.Check] = {
    "field_name": _NAME,
    "field_type": strict.one_of(*fields.CREATABLE),
    "options": strict.objects,
    **_UI_RULES,
}
# By Pipedrive's file, fields of other things than deals say less about themselves.
_LACKING = {"organization": ("description",), "product": ("description", "important_fields", "required_fields")}
_PARTS_OF_OTHERS = {"ui_visibility": ("add_visible_flag", "details_visible_flag"), "required_fields": ("enabled",)}
routes = Routes()


def _listed(desk: Desk, call: Call, kind: str) -> Reply:
    # A field's code stands where other records have an id.
    include = call.query.get("include_fields")
    found = [{"id": place, "field": field} for place, field in enumerate(desk.world.fields[kind].values())]
    return page(call.query, found, lambda entry: _shown(kind, entry["field"], include), sorts=("id",))


def _shown(kind: str, field: Record, include: str | None) -> Record:
    shown = {key: value for key, value in fields.shown(field, include).items() if key not in _LACKING.get(kind, ())}
    for block, parts in _PARTS_OF_OTHERS.items():
        if kind != "deal" and block in shown:
            shown[block] = {part: shown[block][part] for part in parts}
    return shown


def _field(desk: Desk, kind: str, code: str) -> Record:
    field = desk.world.fields[kind].get(code)
    if field is None:
        raise not_found("Field")
    return field


def _custom_deal_field(desk: Desk, code: str) -> Record:
    field = _field(desk, "deal", code)
    if not field["is_custom_field"]:
        raise RefusedError(403, "Only custom fields can be changed", code="ERR_FORBIDDEN")
    return field


def _add_readers(kind: str, path: str, scopes: tuple[str, ...]) -> None:
    def listed(desk: Desk, call: Call) -> Reply:
        return _listed(desk, call, kind)

    def one(desk: Desk, call: Call, code: str) -> Reply:
        return Reply(_shown(kind, _field(desk, kind, code), call.query.get("include_fields")))

    routes.add("GET", path, cost=10, scopes=scopes)(listed)
    routes.add("GET", f"{path}/<code>", cost=1, scopes=scopes)(one)


_add_readers("deal", "/api/v2/dealFields", _DEALS)
_add_readers("person", "/api/v2/personFields", _CONTACTS)
_add_readers("organization", "/api/v2/organizationFields", _CONTACTS)
_add_readers("product", "/api/v2/productFields", _PRODUCTS)


@routes.add("POST", "/api/v2/dealFields", cost=5, scopes=_MAKE)
def post_deal_field(desk: Desk, call: Call) -> Reply:
    """Add a custom field to deals."""
    values = strict.fit(call.body, _NEW_RULES, required=("field_name", "field_type"))
    labels = [strict.fit(option, {"label": _NAME}, required=("label",)) for option in values.get("options", [])]
    has_options = values["field_type"] in fields.WITH_OPTIONS
    if has_options != bool(labels):
        raise invalid([f"options: {'required' if has_options else 'not allowed'} for '{values['field_type']}'"])
    field = fields.custom(
        desk.world, values["field_name"], values["field_type"], [option["label"] for option in labels]
    )
    field["description"] = values.get("description") or ""
    desk.world.fields["deal"][field["field_code"]] = field
    return Reply(fields.shown(field, "ui_visibility,important_fields,required_fields"))


@routes.add("PATCH", "/api/v2/dealFields/<code>", cost=5, scopes=_EDIT)
def patch_deal_field(desk: Desk, call: Call, code: str) -> Reply:
    """Rename a custom field."""
    field = _custom_deal_field(desk, code)
    values = strict.fit(call.body, {"field_name": _NAME, **_UI_RULES})
    values["description"] = values.get("description", field["description"]) or ""
    field.update(values)
    return Reply(fields.shown(field, None))


@routes.add("DELETE", "/api/v2/dealFields/<code>", cost=3, scopes=_MAKE)
def delete_deal_field(desk: Desk, call: Call, code: str) -> Reply:
    """Delete a custom field; its values go with it."""
    field = _custom_deal_field(desk, code)
    del desk.world.fields["deal"][code]
    for deal_id, deal in desk.world.deals.items():
        if code in deal["custom_fields"]:
            kept = {key: value for key, value in deal["custom_fields"].items() if key != code}
            desk.world.deals[deal_id] = deal | {"custom_fields": kept}
    return Reply(fields.shown(field, None))


def _options(call: Call, rules: dict[str, strict.Check]) -> list[Record]:
    if not isinstance(call.body, list) or not call.body:
        raise invalid([f"body: Expected 'array', received '{strict.kind_of(call.body)}'"])
    return [strict.fit(option, rules, required=tuple(rules)) for option in call.body]


def _brief(options: list[Record]) -> Reply:
    return Reply([{"id": option["id"], "label": option["label"]} for option in options], {"additional_data": None})


def _with_options(desk: Desk, code: str) -> Record:
    field = _custom_deal_field(desk, code)
    if field["options"] is None:
        raise RefusedError(400, "This field has no options")
    return field


@routes.add("POST", "/api/v2/dealFields/<code>/options", cost=5, scopes=_EDIT)
def post_options(desk: Desk, call: Call, code: str) -> Reply:
    """Add options to an enum or set."""
    field = _with_options(desk, code)
    added = [fields.new_option(desk.world, option["label"]) for option in _options(call, {"label": _NAME})]
    field["options"] = field["options"] + added
    return _brief(added)


@routes.add("PATCH", "/api/v2/dealFields/<code>/options", cost=5, scopes=_EDIT)
def patch_options(desk: Desk, call: Call, code: str) -> Reply:
    """Rename options."""
    field = _with_options(desk, code)
    wanted = {option["id"]: option["label"] for option in _options(call, {"id": strict.integer, "label": _NAME})}
    changed = [option for option in field["options"] if option["id"] in wanted]
    _all_known(wanted, changed)
    for option in changed:
        option.update(label=wanted[option["id"]], update_time=desk.world.now())
    return _brief(changed)


@routes.add("DELETE", "/api/v2/dealFields/<code>/options", cost=3, scopes=_EDIT)
def delete_options(desk: Desk, call: Call, code: str) -> Reply:
    """Delete options."""
    field = _with_options(desk, code)
    wanted = {option["id"]: None for option in _options(call, {"id": strict.integer})}
    gone = [option for option in field["options"] if option["id"] in wanted]
    _all_known(wanted, gone)
    field["options"] = [option for option in field["options"] if option["id"] not in wanted]
    return _brief(gone)


def _all_known(wanted: dict[Any, Any], found: list[Record]) -> None:
    if missing := set(wanted) - {option["id"] for option in found}:
        raise invalid([f"id: Option '{option_id}' does not exist" for option_id in sorted(missing)])
