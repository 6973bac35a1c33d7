"""All of the simulated Pipedrive's routes, those included that the app does not call."""

from typing import Any

from tests.contract.stands import Stand
from tests.contract.walker import Walker

EVERYTHING = (
    "base admin deals:full contacts:full products:full activities:full users:read deal-fields:full "
    "contact-fields:full webhooks:full"
)
_HASH = "0" * 40
_UNASKED = (
    "first_won_time,last_activity_id,next_activity_id,products_count,files_count,notes_count,followers_count,"
    "email_messages_count,activities_count,done_activities_count,undone_activities_count,participants_count"
)
_READS = (
    f"/api/v2/deals?include_fields={_UNASKED}",
    f"/api/v2/deals/1?include_fields={_UNASKED}&include_option_labels=true",
    "/api/v2/deals",
    "/api/v2/deals?status=won&sort_by=update_time&sort_direction=desc&limit=2",
    "/api/v2/deals?ids=1,2,3",
    "/api/v2/deals?updated_since=2020-01-01T00:00:00Z&owner_id=12001&stage_id=1",
    *(f"/api/v2/deals/{number}" for number in range(1, 13)),
    *(f"/api/v2/deals/{number}/products?limit=500&sort_by=order_nr" for number in range(1, 13)),
    "/api/v2/deals/products?deal_ids=1,2,3",
    "/api/v2/deals/3/discounts",
    "/api/v2/deals/installments?deal_ids=1",
    "/api/v2/persons?limit=2",
    "/api/v2/persons/5",
    "/api/v2/persons/8",
    "/api/v2/organizations",
    "/api/v2/organizations/2",
    "/api/v2/products",
    "/api/v2/products/4",
    "/api/v2/dealFields?include_fields=ui_visibility,important_fields,required_fields",
    "/api/v2/dealFields/value",
    "/api/v2/personFields",
    "/api/v2/personFields/name",
    "/api/v2/organizationFields",
    "/api/v2/organizationFields/address",
    "/api/v2/productFields",
    "/api/v2/productFields/name",
    "/api/v2/activities",
    "/api/v2/pipelines",
    "/api/v2/stages?pipeline_id=1&limit=2",
    "/api/v2/stages",
    "/v1/users/me",
    "/v1/users",
    "/v1/users/12002",
    "/v1/currencies?term=eur",
    "/v1/webhooks",
    "/v1/notes",
    "/api/v1/users/me",
)


def walk(stand: Stand, listener: str) -> None:
    """Read everything, write everything, and be refused in every way."""
    token = stand.hand_out(scope=EVERYTHING)["access_token"]
    call = Walker(stand, {"Authorization": f"Bearer {token}", "Accept": "application/json"})
    _write_lines(call)
    for path in _READS:
        call("GET", path)
    _write_deals(call)
    _write_fields(call)
    _write_around(call, listener)
    _be_refused(call)


def _write_lines(call: Walker) -> None:
    line = {"product_id": 1, "item_price": 1.2345, "quantity": 0.5, "tax": 20, "discount": 5, "comments": "Soon"}
    made = call("POST", "/api/v2/deals/1/products", line, status=201)["data"]
    path = f"/api/v2/deals/1/products/{made['id']}"
    call("PATCH", path, {"quantity": 3, "is_enabled": False})
    call("DELETE", path)
    several = {"data": [{"product_id": 1, "item_price": 2, "quantity": 1}]}
    call("POST", "/api/v2/deals/1/products/bulk", several, status=201)
    discount = {"type": "amount", "amount": 3, "description": "Because"}
    made = call("POST", "/api/v2/deals/1/discounts", discount, status=201)["data"]
    call("DELETE", f"/api/v2/deals/1/discounts/{made['id']}")
    part = {"amount": 3, "billing_date": "2026-12-01", "description": "First"}
    call("POST", "/api/v2/deals/1/installments", part)


def _write_deals(call: Walker) -> None:
    made = call("POST", "/api/v2/deals", {"title": "Letterheads", "person_id": 1, "org_id": 1})["data"]["id"]
    call("GET", f"/api/v2/deals/{made}")
    call("PATCH", f"/api/v2/deals/{made}", {"status": "won", "expected_close_date": "2026-12-24"})
    call("PATCH", f"/api/v2/deals/{made}", {"status": "lost", "lost_reason": "Budget"})
    call("DELETE", f"/api/v2/deals/{made}")
    call("PATCH", "/api/v2/persons/1", {"name": "Niamh O'Brennan", "emails": [{"value": "n@o.example"}]})
    call("PATCH", "/api/v2/organizations/1", {"address": {"value": "15 Quay Street"}})


def _write_fields(call: Walker) -> None:
    new: dict[str, Any] = {"field_name": "Kinds", "field_type": "set", "options": [{"label": "A"}]}
    made = call("POST", "/api/v2/dealFields", new)["data"]
    path = f"/api/v2/dealFields/{made['field_code']}"
    [option] = call("POST", f"{path}/options", [{"label": "B"}])["data"]
    call("PATCH", f"{path}/options", [{"id": option["id"], "label": "C"}])
    call("PATCH", "/api/v2/deals/1", {"custom_fields": {made["field_code"]: [option["id"]]}})
    call("GET", f"/api/v2/deals/1?custom_fields={made['field_code']}&include_option_labels=true")
    call("DELETE", f"{path}/options", [{"id": option["id"]}])
    call("PATCH", path, {"field_name": "Sorts"})
    call("DELETE", path)


def _write_around(call: Walker, listener: str) -> None:
    call("POST", "/api/v2/activities", {"subject": "Remind", "deal_id": 1, "due_date": "2026-12-01"})
    call("POST", "/api/v2/activities", {"subject": "Tidy up"})
    call("GET", "/api/v2/activities")
    note = call("POST", "/v1/notes", {"content": "<p>Hello</p>", "deal_id": 1})["data"]["id"]
    call("POST", "/v1/notes", {"content": "<p>Hello</p>", "person_id": 1, "org_id": 1})
    call("PUT", f"/v1/notes/{note}", {"content": "<p>Goodbye</p>"})
    call("GET", f"/v1/notes/{note}")
    call("GET", "/v1/notes?deal_id=1")
    hook = {"subscription_url": listener, "event_action": "*", "event_object": "deal", "name": "n", "version": "2.0"}
    made = call("POST", "/v1/webhooks", hook, status=201)["data"]["id"]
    call("GET", "/v1/webhooks")
    call("DELETE", f"/v1/webhooks/{made}")


def _be_refused(call: Walker) -> None:
    call.wrong("POST", "/v1/webhooks", {"subscription_url": "ftp://a"}, status=400)
    call.wrong("DELETE", "/v1/webhooks/999999", status=404)
    call.wrong("GET", "/v1/users/999999", status=404)
    call.wrong("GET", "/v1/notes/999999", status=404)
    call.wrong("POST", "/v1/notes", {"content": "on nothing"}, status=400)
    call.wrong("GET", "/v1/users/me", status=401, Authorization="Bearer nothing")
    call.wrong("GET", "/api/v2/deals/999999", status=404)
    call.wrong("PATCH", "/api/v2/deals/1", {"title": 7}, status=400)
    call.wrong("PATCH", "/api/v2/deals/1", {_HASH: "at the root"}, status=400)
    call.wrong("GET", "/api/v2/deals?limit=many", status=400)
    somebody = call.stand.hand_out(user_id=12002)["access_token"]
    theirs = call.stand.control("tokens", user_id=12003)["access_token"]
    call.wrong("GET", "/api/v2/deals/1", status=403, Authorization=f"Bearer {theirs}")
    call.wrong("GET", "/v1/users/me", {}, status=200, Authorization=f"Bearer {somebody}")
