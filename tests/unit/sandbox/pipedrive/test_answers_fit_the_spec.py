"""Every answer is held against Pipedrive's own files."""

from typing import Any

import pytest

from sandbox.pipedrive.app import OPERATIONS
from tests.unit.sandbox.pipedrive import spec
from tests.unit.sandbox.pipedrive.conftest import Caller, Pipedrive

EVERYTHING = (
    "base admin deals:full contacts:full products:full activities:full users:read deal-fields:full contact-fields:full"
)
WEBHOOK_SCOPES = {"webhooks:read", "webhooks:full"}
READS = (
    "/api/v2/deals",
    "/api/v2/deals?status=won&sort_by=update_time&sort_direction=desc&limit=2",
    "/api/v2/deals?ids=1,2,3",
    "/api/v2/deals/1?include_fields=products_count,notes_count&include_option_labels=true",
    "/api/v2/deals/8",
    "/api/v2/deals/11",
    "/api/v2/deals/2/products",
    "/api/v2/deals/products?deal_ids=1,2,3",
    "/api/v2/deals/3/discounts",
    "/api/v2/deals/installments?deal_ids=1",
    "/api/v2/persons",
    "/api/v2/persons/5",
    "/api/v2/persons/8",
    "/api/v2/organizations",
    "/api/v2/organizations/2",
    "/api/v2/products",
    "/api/v2/products/4",
    "/api/v2/dealFields?include_fields=ui_visibility,important_fields,required_fields",
    "/api/v2/dealFields/value",
    "/api/v2/personFields",
    "/api/v2/organizationFields",
    "/api/v2/organizationFields/address",
    "/api/v2/productFields",
    "/v1/users/me",
    "/v1/users",
    "/v1/users/12002",
    "/v1/currencies?term=eur",
    "/v1/webhooks",
    "/v1/notes",
)
WRITES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/v2/deals", {"title": "Letterheads"}),
    ("PATCH", "/api/v2/deals/1", {"status": "lost", "lost_reason": "Budget"}),
    ("PATCH", "/api/v2/deals/2", {"status": "won", "expected_close_date": "2026-12-24"}),
    ("DELETE", "/api/v2/deals/2", None),
    ("POST", "/api/v2/deals/1/products", {"product_id": 1, "item_price": 1.2345, "quantity": 0.5}),
    ("POST", "/api/v2/deals/1/products/bulk", {"data": [{"product_id": 1, "item_price": 2, "quantity": 1}]}),
    ("PATCH", "/api/v2/deals/1/products/1", {"quantity": 3}),
    ("DELETE", "/api/v2/deals/1/products/1", None),
    ("POST", "/api/v2/deals/1/discounts", {"type": "amount", "amount": 3, "description": "Because"}),
    ("POST", "/api/v2/deals/1/installments", {"amount": 3, "billing_date": "2026-12-01", "description": "First"}),
    ("PATCH", "/api/v2/persons/1", {"name": "Niamh O'Brennan"}),
    ("PATCH", "/api/v2/organizations/1", {"address": {"value": "15 Quay Street"}}),
    ("POST", "/api/v2/dealFields", {"field_name": "S", "field_type": "enum", "options": [{"label": "A"}]}),
    ("POST", "/api/v2/activities", {"subject": "Remind", "deal_id": 1}),
    ("POST", "/v1/notes", {"content": "<p>Hello</p>", "deal_id": 1}),
    ("POST", "/v1/notes", {"content": "<p>Hello</p>", "person_id": 1, "org_id": 1}),
    ("POST", "/v1/webhooks", {"subscription_url": "ftp://a", "event_action": "*", "event_object": "deal", "name": "n"}),
    ("DELETE", "/v1/webhooks/999", None),
)


@pytest.fixture
def everyone(pipedrive: Pipedrive) -> Caller:
    """Hold a token with every scope."""
    return pipedrive.caller(scope=EVERYTHING)


@pytest.mark.parametrize("path", READS)
def test_what_is_read_fits(everyone: Caller, path: str) -> None:
    answer = everyone("GET", path)

    assert answer.status_code == 200
    assert spec.deviations("GET", path, 200, answer.json) <= spec.NULL_IN_LIFE


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_what_is_answered_to_a_write_fits(everyone: Caller, method: str, path: str, body: Any) -> None:
    answer = everyone(method, path, body)

    assert spec.deviations(method, path, answer.status_code, answer.json) <= spec.NULL_IN_LIFE


def test_options_of_a_field_fit(everyone: Caller) -> None:
    made = everyone("POST", "/api/v2/dealFields", {"field_name": "S", "field_type": "set", "options": [{"label": "A"}]})
    path = f"/api/v2/dealFields/{made.json['data']['field_code']}"
    added = everyone("POST", f"{path}/options", [{"label": "B"}])
    option = added.json["data"][0]

    answers = (
        ("POST", f"{path}/options", added),
        ("PATCH", f"{path}/options", everyone("PATCH", f"{path}/options", [{"id": option["id"], "label": "C"}])),
        ("DELETE", f"{path}/options", everyone("DELETE", f"{path}/options", [{"id": option["id"]}])),
        ("PATCH", path, everyone("PATCH", path, {"field_name": "T"})),
        ("DELETE", path, everyone("DELETE", path)),
    )

    for method, address, answer in answers:
        assert spec.deviations(method, address, answer.status_code, answer.json) == set()


def test_an_answer_without_token_fits(pipedrive: Pipedrive) -> None:
    answer = pipedrive.browser.get("/v1/users/me")

    assert answer.status_code == 401
    assert spec.deviations("GET", "/v1/users/me", 401, answer.json) == set()


def test_every_listed_null_still_comes(everyone: Caller) -> None:
    seen: set[str] = set()
    for path in READS:
        seen |= spec.deviations("GET", path, 200, everyone("GET", path).json)
    for method, path, body in WRITES:
        answer = everyone(method, path, body)
        seen |= spec.deviations(method, path, answer.status_code, answer.json)

    assert seen == spec.NULL_IN_LIFE


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_cost_scopes_and_status_are_those_of_the_file(operation: Any) -> None:
    path = operation.path.replace("<int:", "<").replace("<", "1").replace(">", "")
    _template, declared, _file = spec.find_operation(operation.method, path)

    scopes = {scope for kind in declared["security"] for listed in kind.values() for scope in listed}
    assert declared["x-token-cost"] == operation.cost
    # The file still knows only `admin` for webhooks; the narrow scopes came in January 2024.
    assert scopes == set(operation.scopes) - WEBHOOK_SCOPES
    assert str(operation.status) in declared["responses"]
