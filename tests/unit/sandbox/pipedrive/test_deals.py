"""Deals over the API: strictness, visibility, lists."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox.pipedrive.conftest import SEES_ALL, SEES_OWN, Caller, Pipedrive

DEAL = "/api/v2/deals/1"
DAY = 86400


def _problem(api: Caller, body: Any) -> str:
    answer = api("PATCH", DEAL, body)
    assert answer.status_code == 400
    assert answer.json["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    error: str = answer.json["error"]
    return error


def test_a_custom_field_at_the_root_is_refused_in_pipedrives_words(api: Caller, field_code: Any) -> None:
    code = field_code()

    assert _problem(api, {code: "x"}) == (
        f"Validation failed: {code}: Parameter '{code}' is not allowed for this request"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"value": "12"},
        {"owner_id": "12001"},
        {"is_archived": 1},
        {"title": 7},
        {"status": "paid"},
        {"stage_id": 99},
        {"owner_id": 1},
        {"currency": "XTS"},
        {"custom_fields": {"0" * 40: "unknown"}},
        {"expected_close_date": "13/03/2026"},
        {"value": 1e30},
        ["a list"],
    ],
)
def test_what_does_not_fit_is_refused(api: Caller, body: Any) -> None:
    _problem(api, body)


@pytest.mark.parametrize(
    ("field_type", "good", "bad"),
    [
        ("varchar", "text", 7),
        ("double", 1.5, "1.5"),
        ("monetary", {"value": 12.5, "currency": "EUR"}, 12.5),
        ("monetary", {"value": 12.5, "currency": "USD"}, {"value": "12.5", "currency": "USD"}),
        ("monetary", {"value": 0, "currency": "EUR"}, {"value": 1, "currency": "XTS"}),
        ("date", "2026-03-13", "13 March"),
        ("daterange", {"value": "2026-03-13", "until": "2026-03-20"}, "2026-03-13"),
        ("address", {"value": "1 Mill Lane"}, {"route": "Mill Lane"}),
        ("people", 1, "1"),
    ],
)
def test_a_custom_fields_value_has_its_types_shape(
    api: Caller, field_code: Callable[..., str], field_type: str, good: Any, bad: Any
) -> None:
    code = field_code(field_type)

    assert api("PATCH", DEAL, {"custom_fields": {code: bad}}).status_code == 400
    answer = api("PATCH", DEAL, {"custom_fields": {code: good}}).json["data"]["custom_fields"][code]
    assert answer == good or answer["value"] == good["value"]


def test_options_go_by_number_and_can_be_labelled(api: Caller, field_code: Callable[..., str]) -> None:
    code = field_code("enum", options=[{"label": "Draft"}, {"label": "Paid"}])
    options = api("GET", f"/api/v2/dealFields/{code}").json["data"]["options"]
    paid = options[1]["id"]

    assert api("PATCH", DEAL, {"custom_fields": {code: str(paid)}}).status_code == 400
    assert api("PATCH", DEAL, {"custom_fields": {code: paid}}).json["data"]["custom_fields"][code] == paid
    labelled = api("GET", f"{DEAL}?include_option_labels=true").json["data"]["custom_fields"][code]
    assert labelled == {"id": paid, "label": "Paid"}


@pytest.mark.parametrize("body", [b"", b"{", b'{"value": NaN}', b'{"title": "\\ud800"}', b"\xff"])
def test_a_body_that_is_not_json_is_refused(pipedrive: Pipedrive, api: Caller, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.access_token}", "Content-Type": "application/json"}

    assert pipedrive.browser.open("PATCH", DEAL, data=body, headers=headers).status_code == 400


def test_null_clears_and_unset_fields_are_there_as_null(api: Caller, field_code: Callable[..., str]) -> None:
    code = field_code()
    assert api("GET", DEAL).json["data"]["custom_fields"][code] is None

    api("PATCH", DEAL, {"custom_fields": {code: "x"}})
    api("PATCH", DEAL, {"custom_fields": {code: None}})

    assert api("GET", DEAL).json["data"]["custom_fields"][code] is None


def test_winning_sets_the_times_and_reopening_clears_them(api: Caller) -> None:
    won = api("PATCH", DEAL, {"status": "won"}).json["data"]
    reopened = api("PATCH", DEAL, {"status": "open"}).json["data"]

    assert won["won_time"] == won["close_time"] == won["update_time"]
    assert reopened["won_time"] is reopened["close_time"] is None


def test_a_deleted_deal_stays_for_thirty_days(pipedrive: Pipedrive, api: Caller) -> None:
    assert api("DELETE", DEAL).json["data"] == {"id": 1}

    assert api("GET", DEAL).json["data"]["is_deleted"] is True
    assert api("PATCH", DEAL, {"title": "x"}).status_code == 404
    pipedrive.later(31 * DAY)
    assert pipedrive.caller()("GET", DEAL).status_code == 404


def test_an_archived_deal_is_out_of_lists_and_cannot_be_edited(api: Caller) -> None:
    api("PATCH", DEAL, {"is_archived": True})

    assert api("PATCH", DEAL, {"title": "x"}).status_code == 400
    assert 1 not in [deal["id"] for deal in api("GET", "/api/v2/deals").json["data"]]


def test_a_user_without_visibility_gets_no_foreign_deal(pipedrive: Pipedrive) -> None:
    tom, camille = pipedrive.caller(user_id=SEES_OWN), pipedrive.caller(user_id=SEES_ALL)

    assert tom("GET", DEAL).status_code == 403
    assert tom("PATCH", DEAL, {"title": "x"}).status_code == 403
    assert {deal["owner_id"] for deal in tom("GET", "/api/v2/deals").json["data"]} == {SEES_OWN}
    assert camille("GET", DEAL).status_code == 200
    assert camille("GET", "/api/v2/deals/13").status_code == 403
    pipedrive.set(hidden_deal_status=404)
    assert tom("GET", DEAL).status_code == 404


def test_lists_page_by_cursor(api: Caller) -> None:
    path, seen = "/api/v2/deals?limit=5", []
    while path:
        answer = api("GET", path).json
        seen += [deal["id"] for deal in answer["data"]]
        cursor = answer["additional_data"]["next_cursor"]
        path = f"/api/v2/deals?limit=5&cursor={cursor}" if cursor else ""

    assert seen == list(range(1, 14))


@pytest.mark.parametrize(
    "query",
    [
        "limit=501",
        "limit=x",
        "cursor=%25",
        "sort_by=title",
        "updated_since=2026-01-01T00:00:00.000Z",
        "updated_since=2026-13-01T00:00:00Z",
        "limit=²",
    ],
)
def test_a_wrong_query_is_refused(api: Caller, query: str) -> None:
    assert api("GET", f"/api/v2/deals?{query}").status_code == 400


def test_only_what_changed_since_is_listed(pipedrive: Pipedrive) -> None:
    pipedrive.later(60)
    api = pipedrive.caller()
    now = api("PATCH", DEAL, {"title": "Newer"}).json["data"]["update_time"]

    assert [deal["id"] for deal in api("GET", f"/api/v2/deals?updated_since={now}").json["data"]] == [1]
    assert len(api("GET", f"/api/v2/deals?updated_until={now}").json["data"]) == 12


@pytest.mark.parametrize(("query", "ids"), [("ids=3,1,99", [1, 3]), ("org_id=3", [3, 12]), ("status=won", [12])])
def test_lists_filter(api: Caller, query: str, ids: list[int]) -> None:
    assert [deal["id"] for deal in api("GET", f"/api/v2/deals?{query}").json["data"]] == ids


def test_the_value_follows_products_and_discounts(api: Caller) -> None:
    made = api("POST", "/api/v2/deals", {"title": "Cards", "currency": "USD"}).json["data"]["id"]
    path = f"/api/v2/deals/{made}"
    line = {"product_id": 1, "item_price": 10.005, "quantity": 3, "discount": 10}

    added = api("POST", f"{path}/products", line).json["data"]
    api("POST", f"{path}/discounts", {"type": "amount", "amount": 2, "description": "Friends"})
    api("POST", f"{path}/products", line | {"is_enabled": False})

    assert (added["sum"], added["currency"]) == (27.01, "USD")
    assert api("GET", path).json["data"]["value"] == 25.01


def test_an_unknown_address_is_a_json_404(api: Caller) -> None:
    answer = api("GET", "/api/v2/unicorns")

    assert answer.status_code == 404
    assert answer.json["success"] is False
