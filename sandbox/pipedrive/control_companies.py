"""What tests may ask of many companies at once (all under /control/)."""

from collections import Counter

from flask import Blueprint, Response, jsonify, request

from sandbox.pipedrive import fields
from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.companies import Companies
from sandbox.pipedrive.desk import Desk


def control_companies(companies: Companies) -> Blueprint:
    """Build the routes."""
    control = Blueprint("companies_control", __name__, url_prefix="/control")

    @control.post("/companies")
    def add_companies() -> Response:
        made = [companies.add() for _ in range(int(request.get_json()["count"]))]
        return jsonify({"companies": [_shown(desk) for desk in made]})

    @control.get("/companies")
    def list_companies() -> Response:
        return jsonify({"companies": [_shown(desk) for desk in companies]})

    @control.get("/deals")
    def read_deals() -> Response:
        desk = companies.find_here()
        codes = {field["field_name"]: code for code, field in desk.world.fields["deal"].items()}
        return jsonify({"deals": _read_deals(desk), "codes": codes})

    @control.get("/counters")
    def count() -> Response:
        return jsonify(_counters(companies))

    return control


def _shown(desk: Desk) -> Record:
    company = desk.world.company
    return {"company_id": company.id, "name": company.name, "user_id": next(iter(desk.world.users))}


def _read_deals(desk: Desk) -> list[Record]:
    """Read every deal with its custom fields by name, options with their labels."""
    with desk.world.lock:
        known = desk.world.fields["deal"]
        return [
            {
                "id": deal["id"],
                "title": deal["title"],
                "status": deal["status"],
                "is_deleted": deal["is_deleted"],
                "fields": {
                    known[code]["field_name"]: fields.labelled(known[code], value)
                    for code, value in deal["custom_fields"].items()
                    if code in known
                },
            }
            for deal in desk.world.deals.values()
        ]


def _counters(companies: Companies) -> Record:
    """Add up what every company's limits refused, and find the most that any of them was used."""
    refused: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for desk in companies:
        with desk.world.lock:
            refused += desk.limits.refused
            most |= Counter(desk.limits.most)
    first = companies.first
    webhooks = [entry for desk in companies for entry in desk.webhooks.state()]
    return {
        "calls": first.control.calls.counts(),
        "refused": dict(refused),
        "most": dict(most),
        "limits": {"burst": first.limits.burst, "daily": first.limits.daily},
        "webhooks": {name: sum(entry[name] for entry in webhooks) for name in ("delivered", "lost", "first_failures")},
        "banned": sum(bool(entry["banned_until"]) for entry in webhooks),
        "idle_writes": sum(desk.world.idle_writes for desk in companies),
        "idle": first.courier.idle(),
    }
