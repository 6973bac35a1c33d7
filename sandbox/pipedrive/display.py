"""What a person reads on the pages."""

from typing import Any

from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.builtin_fields import custom_fields
from sandbox.pipedrive.world import World

EMPTY = "-"


def money(world: World, value: float | None, currency: str) -> str:
    """Write an amount."""
    symbol = world.currencies[currency]["symbol"] if currency in world.currencies else f"{currency} "
    return f"{symbol}{value or 0:,.2f}"


def field_text(world: World, field: Record, value: Any) -> str:
    """Write a custom field's value."""
    if value is None:
        return EMPTY
    kind = field["field_type"]
    if kind == "monetary":
        return money(world, value["value"], value["currency"])
    if kind in ("enum", "set"):
        labels = {option["id"]: option["label"] for option in field["options"] or ()}
        chosen = [value] if kind == "enum" else value
        return ", ".join(labels.get(option_id, "?") for option_id in chosen)
    return str(value["value"]) if isinstance(value, dict) else str(value)


def live_deal(world: World, deal: Record) -> Record:
    """Describe a deal as its page shows it, built-in and custom fields alike."""
    person, org = world.persons.get(deal["person_id"] or 0), world.organizations.get(deal["org_id"] or 0)
    summary = {
        "Value": money(world, deal["value"], deal["currency"]),
        "Owner": world.users[deal["owner_id"]].name,
        "Organization": org["name"] if org else EMPTY,
        "Contact person": person["name"] if person else EMPTY,
        "E-mail": person["emails"][0]["value"] if person and person["emails"] else EMPTY,
    }
    return {
        "title": deal["title"],
        "status": "deleted" if deal["is_deleted"] else deal["status"],
        "stage": world.stages[deal["stage_id"]].name,
        "update_time": deal["update_time"],
        "summary": [{"name": name, "text": text} for name, text in summary.items()],
        "fields": [
            {
                "code": code,
                "name": field["field_name"],
                "text": field_text(world, field, deal["custom_fields"].get(code)),
            }
            for code, field in custom_fields(world, "deal").items()
        ],
    }


def listed_deal(world: World, deal: Record) -> Record:
    """Describe a deal as the list shows it."""
    org, person = world.organizations.get(deal["org_id"] or 0), world.persons.get(deal["person_id"] or 0)
    return {
        "id": deal["id"],
        "title": deal["title"],
        "value": money(world, deal["value"], deal["currency"]),
        "customer": (org or person or {"name": EMPTY})["name"],
        "owner": world.users[deal["owner_id"]].name,
        "stage": world.stages[deal["stage_id"]].name,
        "status": deal["status"],
    }


def listed_line(world: World, line: Record) -> Record:
    """Describe a product of a deal."""
    off = f"{line['discount']:g}%" if line["discount_type"] == "percentage" else money_of(world, line, "discount")
    return {
        "name": line["name"],
        "quantity": f"{line['quantity']:g}",
        "price": f"{line['item_price']:g}",
        "discount": off if line["discount"] else EMPTY,
        "tax": f"{line['tax']:g}% {line['tax_method']}",
        "sum": money_of(world, line, "sum"),
        "is_enabled": line["is_enabled"],
        "recurs": line["billing_frequency"] if line["billing_frequency"] != "one-time" else "",
    }


def money_of(world: World, line: Record, key: str) -> str:
    """Write one amount of a line in its currency."""
    return money(world, line[key], line["currency"])
