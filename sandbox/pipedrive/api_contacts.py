"""API v2: persons, organizations and products."""

from collections.abc import Iterable
from typing import Any

from sandbox.pipedrive import fields, strict
from sandbox.pipedrive.answers import Record, Reply, invalid
from sandbox.pipedrive.builtin_fields import custom_fields
from sandbox.pipedrive.deals import custom_values
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import SORTS, custom_codes, flag, in_time, numbers, page, whole
from sandbox.pipedrive.world import Change, get_record

READ = ("contacts:read", "contacts:full")
WRITE = ("contacts:full",)
PRODUCTS_READ = ("products:read", "products:full")
# Taken but not shown: contact sync is not enabled here, and the last one does not come unasked.
_UNSHOWN: dict[str, strict.Check] = {
    "postal_address": strict.an_object,
    "notes": strict.text(longest=10_000),
    "im": strict.objects,
    "birthday": strict.string,
    "job_title": strict.string,
    "marketing_status": strict.one_of("no_consent", "unsubscribed", "subscribed", "archived"),
}
PERSON_RULES: dict[str, strict.Check] = {
    "name": strict.text(shortest=1, longest=255),
    "owner_id": strict.integer,
    "org_id": strict.nullable(strict.integer),
    "add_time": strict.instant,
    "emails": strict.objects,
    "phones": strict.objects,
    "visible_to": strict.one_of(1, 3, 5, 7),
    "label_ids": strict.integers,
    "custom_fields": strict.an_object,
    **_UNSHOWN,
}
ORGANIZATION_RULES: dict[str, strict.Check] = {
    "name": strict.text(shortest=1, longest=255),
    "owner_id": strict.integer,
    "add_time": strict.instant,
    "visible_to": strict.one_of(1, 3, 5, 7),
    "label_ids": strict.integers,
    "address": strict.an_object,
    "website": strict.nullable(strict.string),
    "linkedin": strict.nullable(strict.string),
    "industry": strict.nullable(strict.integer),
    "annual_revenue": strict.nullable(strict.integer),
    "employee_count": strict.nullable(strict.integer),
    "custom_fields": strict.an_object,
}
_RULES = {"person": PERSON_RULES, "organization": ORGANIZATION_RULES}
routes = Routes()


def _kind(desk: Desk, kind: str) -> dict[int, Record]:
    world = desk.world
    return {"person": world.persons, "organization": world.organizations, "product": world.products}[kind]


def _shown(desk: Desk, call: Call, kind: str, record: Record) -> Record:
    known, only = custom_fields(desk.world, kind), custom_codes(call.query)
    labels = kind != "product" and flag(call.query, "include_option_labels")
    values = {code: record["custom_fields"].get(code) for code in known if only is None or code in only}
    if labels:
        values = {code: fields.labelled(known[code], value) for code, value in values.items()}
    return record | {"custom_fields": values}


def _one(desk: Desk, call: Call, kind: str, record_id: int) -> Reply:
    record = get_record(_kind(desk, kind), record_id, kind.capitalize(), clock=desk.world.clock)
    return Reply(_shown(desk, call, kind, record))


def _list(desk: Desk, call: Call, kind: str, filters: tuple[str, ...], sorts: tuple[str, ...] = SORTS) -> Reply:
    known, ids = _kind(desk, kind), numbers(call.query, "ids")
    chosen: Iterable[Record] = known.values() if ids is None else [known[one] for one in ids if one in known]
    found = [record for record in in_time(call.query, chosen) if not record["is_deleted"]]
    for key in filters:
        value = whole(call.query, key)
        found = found if value is None else [record for record in found if record[key] == value]
    if kind == "person" and (deal_id := whole(call.query, "deal_id")) is not None:
        person_id = desk.world.deals.get(deal_id, {}).get("person_id")
        found = [record for record in found if record["id"] == person_id]
    return page(call.query, found, lambda record: _shown(desk, call, kind, record), sorts=sorts)


def _change(desk: Desk, call: Call, kind: str, record_id: int) -> Reply:
    world, known = desk.world, _kind(desk, kind)
    before = get_record(known, record_id, kind.capitalize(), clock=world.clock)
    values = {key: value for key, value in strict.fit(call.body, _RULES[kind]).items() if key not in _UNSHOWN}
    if values.get("org_id") is not None and values["org_id"] not in world.organizations:
        raise invalid([f"org_id: '{values['org_id']}' does not exist"])
    custom: dict[str, Any] = before["custom_fields"] | custom_values(world, kind, values.get("custom_fields", {}))
    if "address" in values:
        values["address"] = {part: values["address"].get(part) for part in fields.ADDRESS_PARTS}
    known[record_id] = before | values | {"custom_fields": custom, "update_time": world.now()}
    world.tell(Change(kind, record_id, "change", before, known[record_id], call.actor))
    return Reply(_shown(desk, call, kind, known[record_id]))


@routes.add("GET", "/api/v2/persons/<int:person_id>", cost=1, scopes=READ)
def get_person(desk: Desk, call: Call, person_id: int) -> Reply:
    """Answer with one person."""
    return _one(desk, call, "person", person_id)


@routes.add("GET", "/api/v2/persons", cost=10, scopes=READ)
def list_persons(desk: Desk, call: Call) -> Reply:
    """Answer with a page of persons."""
    return _list(desk, call, "person", ("owner_id", "org_id"))


@routes.add("PATCH", "/api/v2/persons/<int:person_id>", cost=5, scopes=WRITE)
def patch_person(desk: Desk, call: Call, person_id: int) -> Reply:
    """Change a person."""
    return _change(desk, call, "person", person_id)


@routes.add("GET", "/api/v2/organizations/<int:org_id>", cost=1, scopes=READ)
def get_organization(desk: Desk, call: Call, org_id: int) -> Reply:
    """Answer with one organization."""
    return _one(desk, call, "organization", org_id)


@routes.add("GET", "/api/v2/organizations", cost=10, scopes=READ)
def list_organizations(desk: Desk, call: Call) -> Reply:
    """Answer with a page of organizations."""
    return _list(desk, call, "organization", ("owner_id",))


@routes.add("PATCH", "/api/v2/organizations/<int:org_id>", cost=5, scopes=WRITE)
def patch_organization(desk: Desk, call: Call, org_id: int) -> Reply:
    """Change an organization."""
    return _change(desk, call, "organization", org_id)


@routes.add("GET", "/api/v2/products/<int:product_id>", cost=1, scopes=PRODUCTS_READ)
def get_product(desk: Desk, call: Call, product_id: int) -> Reply:
    """Answer with one product."""
    return _one(desk, call, "product", product_id)


@routes.add("GET", "/api/v2/products", cost=10, scopes=PRODUCTS_READ)
def list_products(desk: Desk, call: Call) -> Reply:
    """Answer with a page of products."""
    return _list(desk, call, "product", ("owner_id",), (*SORTS, "name"))
