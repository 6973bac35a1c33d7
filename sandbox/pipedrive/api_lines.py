"""API v2: products, discounts and installments of deals."""

from typing import Any

from sandbox.pipedrive import lines, strict
from sandbox.pipedrive.answers import Record, Reply, invalid, not_found
from sandbox.pipedrive.api_deals import READ, visible
from sandbox.pipedrive.desk import Call, Desk, Routes
from sandbox.pipedrive.listing import numbers, page

PRODUCTS_READ = ("products:read", "products:full", *READ)
PRODUCTS_WRITE = ("products:full", "deals:full")
SORTS = ("id", "add_time", "update_time", "order_nr")
BULK_LIMIT = 100
INSTALLMENT_RULES: dict[str, strict.Check] = {
    "amount": strict.number,
    "billing_date": strict.day,
    "description": strict.string,
}
routes = Routes()


def _same(record: Record) -> Record:
    return record


@routes.add("GET", "/api/v2/deals/<int:deal_id>/products", cost=10, scopes=PRODUCTS_READ)
def list_lines(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Answer with a page of a deal's products."""
    visible(desk, call, deal_id)
    return page(call.query, desk.world.lines[deal_id].values(), _same, sorts=SORTS)


@routes.add("GET", "/api/v2/deals/products", cost=10, scopes=PRODUCTS_READ)
def list_lines_of_deals(desk: Desk, call: Call) -> Reply:
    """Answer with the products of several deals."""
    found = [line for deal_id in _visible_ids(desk, call) for line in desk.world.lines[deal_id].values()]
    return page(call.query, found, _same, sorts=(*SORTS, "deal_id"))


def _visible_ids(desk: Desk, call: Call) -> list[int]:
    ids = numbers(call.query, "deal_ids")
    if not ids:
        raise invalid(["deal_ids: Parameter 'deal_ids' is required"])
    deals = desk.world.deals
    return [deal_id for deal_id in ids if deal_id in deals and call.user.sees(deals[deal_id])]


@routes.add("POST", "/api/v2/deals/<int:deal_id>/products", cost=5, scopes=PRODUCTS_WRITE, status=201)
def post_line(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Put a product on a deal."""
    visible(desk, call, deal_id)
    values = strict.fit(call.body, lines.LINE_RULES, required=lines.LINE_NEEDS)
    return Reply(lines.add_line(desk.world, deal_id, values, call.actor))


@routes.add("POST", "/api/v2/deals/<int:deal_id>/products/bulk", cost=25, scopes=PRODUCTS_WRITE, status=201)
def post_lines(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Put several products on a deal."""
    visible(desk, call, deal_id)
    wanted: list[Any] = strict.fit(call.body, {"data": strict.objects}, required=("data",))["data"]
    if not 1 <= len(wanted) <= BULK_LIMIT:
        raise invalid([f"data: must have 1 to {BULK_LIMIT} items"])
    fitted = [strict.fit(values, lines.LINE_RULES, required=lines.LINE_NEEDS) for values in wanted]
    return Reply([lines.add_line(desk.world, deal_id, values, call.actor) for values in fitted])


@routes.add("PATCH", "/api/v2/deals/<int:deal_id>/products/<int:attachment_id>", cost=5, scopes=PRODUCTS_WRITE)
def patch_line(desk: Desk, call: Call, deal_id: int, attachment_id: int) -> Reply:
    """Change a product of a deal."""
    visible(desk, call, deal_id)
    values = strict.fit(call.body, lines.LINE_RULES)
    return Reply(lines.change_line(desk.world, deal_id, attachment_id, values, call.actor))


@routes.add("DELETE", "/api/v2/deals/<int:deal_id>/products/<int:attachment_id>", cost=3, scopes=PRODUCTS_WRITE)
def delete_line(desk: Desk, call: Call, deal_id: int, attachment_id: int) -> Reply:
    """Take a product off a deal."""
    visible(desk, call, deal_id)
    lines.remove_line(desk.world, deal_id, attachment_id, call.actor)
    return Reply({"id": attachment_id})


@routes.add("GET", "/api/v2/deals/<int:deal_id>/discounts", cost=10, scopes=READ)
def list_discounts(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Answer with a deal's own discounts."""
    visible(desk, call, deal_id)
    return Reply(list(desk.world.discounts[deal_id].values()))


# The file asks for deals:read or deals:full to write a discount: kept as it stands there.
@routes.add("POST", "/api/v2/deals/<int:deal_id>/discounts", cost=5, scopes=READ, status=201)
def post_discount(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Give a deal a discount."""
    visible(desk, call, deal_id)
    values = strict.fit(call.body, lines.DISCOUNT_RULES, required=tuple(lines.DISCOUNT_RULES))
    return Reply(lines.add_discount(desk.world, deal_id, values, call.actor))


@routes.add("DELETE", "/api/v2/deals/<int:deal_id>/discounts/<discount_id>", cost=3, scopes=READ)
def delete_discount(desk: Desk, call: Call, deal_id: int, discount_id: str) -> Reply:
    """Take a discount back."""
    visible(desk, call, deal_id)
    if desk.world.discounts[deal_id].pop(discount_id, None) is None:
        raise not_found("Discount")
    lines.follow_lines(desk.world, deal_id, call.actor)
    return Reply({"id": discount_id})


@routes.add("GET", "/api/v2/deals/installments", cost=10, scopes=READ)
def list_installments(desk: Desk, call: Call) -> Reply:
    """Answer with the installments of several deals."""
    found = [part for deal_id in _visible_ids(desk, call) for part in desk.world.installments[deal_id].values()]
    return page(call.query, found, _same, sorts=("id", "billing_date", "deal_id"))


@routes.add("POST", "/api/v2/deals/<int:deal_id>/installments", cost=5, scopes=READ)
def post_installment(desk: Desk, call: Call, deal_id: int) -> Reply:
    """Add an installment."""
    visible(desk, call, deal_id)
    values = strict.fit(call.body, INSTALLMENT_RULES, required=tuple(INSTALLMENT_RULES))
    part = {"id": desk.world.next_id("installment"), "deal_id": deal_id, **values}
    desk.world.installments[deal_id][part["id"]] = part
    return Reply(part)
