"""The company that everybody starts with: a small design studio that sells by the project."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.builtin_fields import add_built_in_fields
from sandbox.pipedrive.deals import create_deal
from sandbox.pipedrive.fields import ADDRESS_PARTS, custom
from sandbox.pipedrive.lines import add_discount, add_line
from sandbox.pipedrive.people import Company, User
from sandbox.pipedrive.seed_deals import DEALS, ORGANIZATIONS, PERSONS, PRODUCTS
from sandbox.pipedrive.world import Actor, Stage, World

ADMIN, SEES_ALL, SEES_OWN = 12001, 12002, 12003
#: A company's number is added, for a user's id is nobody else's in any company.
MORE_ADMINS = 20_000
COMPANY = Company(
    id=7741001,
    name="Halvorsen & Daughters",
    domain="halvorsen-daughters",
    country="IE",
    industry="Design",
    currency="EUR",
)
USERS = (
    User(ADMIN, "Ingrid Halvorsen", "ingrid@halvorsen.example", True, True, "en_IE", "en", "IE", "Europe/Dublin",
         "+00:00"),
    User(SEES_ALL, "Camille Roux", "camille@halvorsen.example", False, True, "fr_FR", "fr", "FR", "Europe/Paris",
         "+01:00"),
    User(SEES_OWN, "Tom Okafor", "tom@halvorsen.example", False, False, "en_GB", "en", "GB", "Europe/London",
         "+00:00"),
)  # fmt: skip
STAGES = (
    Stage(1, "Enquiry", 10),
    Stage(2, "Brief agreed", 40),
    Stage(3, "Proposal sent", 60),
    Stage(4, "Work under way", 90),
)
#: Kind of record, name, type, options.
CUSTOM_FIELDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("organization", "VAT number", "varchar", ()),
    ("organization", "Billing address", "address", ()),
    ("organization", "Billing e-mail", "varchar", ()),
    ("organization", "Payment terms", "enum", ("Fourteen days", "Thirty days")),
    ("person", "Invoice name", "varchar", ()),
    ("deal", "Purchase order", "varchar", ()),
    ("deal", "Service line", "enum", ("Branding", "Web", "Print")),
)
CURRENCIES = (("EUR", "Euro", "€"), ("USD", "US Dollar", "$"), ("GBP", "Pound Sterling", "£"))


def plant(world: World) -> None:
    """Fill an empty world."""
    _plant_company(world, COMPANY, USERS, (_plant_contacts, _plant_products, _plant_deals))


def plant_another(world: World, number: int) -> None:
    """Fill the world of a company that a test added: one admin, the same contacts and products, no deals."""
    name = f"Studio {number}"
    company = replace(COMPANY, id=COMPANY.id + number, name=name, domain=f"studio-{number}")
    user = replace(USERS[0], id=MORE_ADMINS + number, name=f"Admin {number}", email=f"admin@studio-{number}.example")
    _plant_company(world, company, (user,), (_plant_contacts, _plant_products))


def _plant_company(
    world: World, company: Company, users: Iterable[User], kinds: Iterable[Callable[[World], None]]
) -> None:
    world.company = company
    world.users = {user.id: user for user in users}
    world.stages = {stage.id: stage for stage in STAGES}
    world.currencies = {
        code: {
            "id": number,
            "code": code,
            "name": name,
            "decimal_points": 2,
            "symbol": symbol,
            "active_flag": True,
            "is_custom_flag": False,
        }
        for number, (code, name, symbol) in enumerate(CURRENCIES, start=1)
    }
    add_built_in_fields(world)
    _plant_custom_fields(world)
    listeners, world.listeners = world.listeners, []
    for plant_kind in kinds:
        plant_kind(world)
    world.listeners = listeners


def _plant_custom_fields(world: World) -> None:
    for kind, name, field_type, labels in CUSTOM_FIELDS:
        field = custom(world, name, field_type, list(labels))
        world.fields[kind][field["field_code"]] = field


def _plant_contacts(world: World) -> None:
    vat = next(code for code, field in world.fields["organization"].items() if field["field_name"] == "VAT number")
    for name, address, vat_number in ORGANIZATIONS:
        org_id = world.next_id("organization")
        world.organizations[org_id] = _common(world, org_id) | {
            "name": name,
            "address": _address(*address),
            "website": None,
            "linkedin": None,
            "industry": None,
            "annual_revenue": None,
            "employee_count": None,
            "custom_fields": {vat: vat_number} if vat_number else {},
        }
    for first, last, email, employer_id in PERSONS:
        person_id = world.next_id("person")
        world.persons[person_id] = _common(world, person_id) | {
            "name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "org_id": employer_id,
            "emails": [{"value": email, "primary": True, "label": "work"}] if email else [],
            "phones": [],
            "custom_fields": {},
        }


def _plant_products(world: World) -> None:
    for name, code, unit, tax, price in PRODUCTS:
        product_id = world.next_id("product")
        common = {key: value for key, value in _common(world, product_id).items() if key != "label_ids"}
        world.products[product_id] = common | {
            "name": name,
            "code": code,
            "unit": unit,
            "tax": tax,
            "category": None,
            "description": "",
            "is_linkable": True,
            "billing_frequency": "one-time",
            "billing_frequency_cycles": None,
            "prices": [_price(product_id, price)],
            "custom_fields": {},
        }


def _price(product_id: int, price: float) -> Record:
    return {"product_id": product_id, "price": price, "currency": "EUR", "cost": 0, "direct_cost": None, "notes": ""}


def _plant_deals(world: World) -> None:
    for entry in DEALS:
        actor = Actor(entry.get("owner_id", ADMIN), "app")
        values = {key: value for key, value in entry.items() if key not in ("lines", "discounts")}
        deal = create_deal(world, values, actor)
        for line in entry.get("lines", ()):
            add_line(world, deal["id"], dict(line), actor)
        for kind, amount, description in entry.get("discounts", ()):
            add_discount(world, deal["id"], {"type": kind, "amount": amount, "description": description}, actor)


def _common(world: World, record_id: int) -> Record:
    now = world.now()
    return {
        "id": record_id,
        "owner_id": next(iter(world.users)),
        "add_time": now,
        "update_time": now,
        "is_deleted": False,
        "visible_to": 3,
        "label_ids": [],
    }


def _address(street_number: str, route: str, postal_code: str, locality: str, country: str) -> dict[str, Any]:
    address: dict[str, Any] = dict.fromkeys(ADDRESS_PARTS)
    return address | {
        "value": f"{street_number} {route}, {postal_code} {locality}, {country}",
        "street_number": street_number,
        "route": route,
        "postal_code": postal_code,
        "locality": locality,
        "country": country,
    }
