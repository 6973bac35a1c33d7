"""Products, discounts and installments of a deal, and the deal's value that follows from them."""

import uuid
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from sandbox.pipedrive import strict
from sandbox.pipedrive.answers import Record, RefusedError, invalid
from sandbox.pipedrive.deals import change_deal, get_deal
from sandbox.pipedrive.world import Actor, Change, World

FREQUENCIES = ("one-time", "annually", "semi-annually", "quarterly", "monthly", "weekly")
LINE_RULES: dict[str, strict.Check] = {
    "product_id": strict.integer,
    "item_price": strict.number,
    "quantity": strict.number,
    "tax": strict.number,
    "comments": strict.string,
    "discount": strict.number,
    "is_enabled": strict.boolean,
    "tax_method": strict.one_of("exclusive", "inclusive", "none"),
    "discount_type": strict.one_of("percentage", "amount"),
    "product_variation_id": strict.nullable(strict.integer),
    "billing_frequency": strict.one_of(*FREQUENCIES),
    "billing_frequency_cycles": strict.nullable(strict.integer),
    "billing_start_date": strict.nullable(strict.day),
}
LINE_NEEDS = ("product_id", "item_price", "quantity")
DISCOUNT_RULES: dict[str, strict.Check] = {
    "description": strict.text(shortest=1, longest=255),
    "amount": strict.number,
    "type": strict.one_of("percentage", "amount"),
}
_CENT = Decimal("0.01")


def exact(number: float) -> Decimal:
    """Take a JSON number as the decimal that was written."""
    return Decimal(str(number))


def line_sum(line: Record) -> Decimal:
    """Work out a line: price times quantity, less its discount; tax is not in it."""
    gross = exact(line["item_price"]) * exact(line["quantity"])
    off = exact(line["discount"])
    cut = gross * off / 100 if line["discount_type"] == "percentage" else off
    return (gross - cut).quantize(_CENT, ROUND_HALF_UP)


def deal_value(lines: Iterable[Record], discounts: Iterable[Record]) -> Decimal:
    """Work out the deal's value from its enabled lines and its own discounts."""
    total = sum((line_sum(line) for line in lines if line["is_enabled"]), Decimal(0))
    cuts = [
        total * exact(discount["amount"]) / 100 if discount["type"] == "percentage" else exact(discount["amount"])
        for discount in discounts
    ]
    return (total - sum(cuts, Decimal(0))).quantize(_CENT, ROUND_HALF_UP)


def add_line(world: World, deal_id: int, values: Record, actor: Actor) -> Record:
    """Put a product on a deal."""
    deal, product = get_deal(world, deal_id), world.products.get(values["product_id"])
    if product is None:
        raise invalid([f"product_id: '{values['product_id']}' does not exist"])
    now = world.now()
    line: Record = {
        "id": world.next_id("line"),
        "sum": 0,
        "tax": 0,
        "deal_id": deal_id,
        "name": product["name"],
        "product_variation_id": None,
        "order_nr": len(world.lines[deal_id]) + 1,
        "add_time": now,
        "update_time": now,
        "comments": "",
        "currency": deal["currency"],
        "discount": 0,
        "tax_method": "exclusive",
        "discount_type": "percentage",
        "is_enabled": True,
        "billing_frequency": "one-time",
        "billing_frequency_cycles": None,
        "billing_start_date": None,
        **values,
    }
    line["sum"] = as_number(line_sum(line))
    world.lines[deal_id][line["id"]] = line
    world.tell(Change("deal_product", line["id"], "create", None, line, actor))
    follow_lines(world, deal_id, actor)
    return line


def change_line(world: World, deal_id: int, attachment_id: int, values: Record, actor: Actor) -> Record:
    """Change a product of a deal."""
    before = world.line_of(deal_id, attachment_id)
    line = before | values | {"update_time": world.now()}
    line["sum"] = as_number(line_sum(line))
    world.lines[deal_id][attachment_id] = line
    world.tell(Change("deal_product", attachment_id, "change", before, line, actor))
    follow_lines(world, deal_id, actor)
    return line


def remove_line(world: World, deal_id: int, attachment_id: int, actor: Actor) -> None:
    """Take a product off a deal."""
    before = world.line_of(deal_id, attachment_id)
    del world.lines[deal_id][attachment_id]
    world.tell(Change("deal_product", attachment_id, "delete", before, None, actor))
    follow_lines(world, deal_id, actor)


def add_discount(world: World, deal_id: int, values: Record, actor: Actor) -> Record:
    """Give a deal a discount of its own.

    :raises RefusedError: for a deal without products.
    """
    get_deal(world, deal_id)
    if not world.lines[deal_id]:
        raise RefusedError(400, "Deal has no products")
    now = world.now()
    discount = {
        "id": str(uuid.uuid4()),
        "description": values["description"],
        "amount": values["amount"],
        "type": values["type"],
        "deal_id": deal_id,
        "created_at": now,
        "created_by": actor.user_id,
        "updated_at": now,
        "updated_by": actor.user_id,
    }
    world.discounts[deal_id][discount["id"]] = discount
    follow_lines(world, deal_id, actor)
    return discount


def follow_lines(world: World, deal_id: int, actor: Actor) -> None:
    """Let the deal's value follow its products."""
    value = deal_value(world.lines[deal_id].values(), world.discounts[deal_id].values())
    change_deal(world, deal_id, {"value": as_number(value)}, actor)


def as_number(value: Decimal) -> int | float:
    """Write a decimal as JSON number, without .0."""
    return int(value) if value == value.to_integral_value() else float(value)
