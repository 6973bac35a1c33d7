"""What tests may change about the company."""

from tests.unit.sandbox.pipedrive.conftest import ADMIN, SEES_ALL, Caller, Pipedrive


def test_a_user_speaks_another_language(pipedrive: Pipedrive) -> None:
    changed = pipedrive.browser.post(f"/control/users/{ADMIN}", json={"language": "fr", "locale": "fr_FR"})

    me = pipedrive.caller()("GET", "/v1/users/me").json["data"]
    assert changed.status_code == 200
    assert (me["locale"], me["language"]["language_code"]) == ("fr_FR", "fr")


def test_a_user_becomes_an_admin(pipedrive: Pipedrive) -> None:
    pipedrive.browser.post(f"/control/users/{SEES_ALL}", json={"admin": True})

    me = pipedrive.caller(user_id=SEES_ALL)("GET", "/v1/users/me").json["data"]
    assert all(one["admin"] for one in me["access"])


def test_what_no_user_has_is_refused(pipedrive: Pipedrive) -> None:
    assert pipedrive.browser.post(f"/control/users/{ADMIN}", json={"id": 1}).status_code == 400
    assert pipedrive.browser.post("/control/users/1", json={"language": "fr"}).status_code == 400


def test_a_deal_with_a_hundred_lines_is_there_at_once(pipedrive: Pipedrive, api: Caller) -> None:
    lines = [{"product_id": 3, "item_price": 95, "quantity": number + 1, "tax": 20} for number in range(100)]
    discounts = [{"type": "percentage", "amount": 5, "description": "Returning client"}]

    made = pipedrive.browser.post(
        "/control/deals", json={"title": "A long list", "org_id": 1, "lines": lines, "discounts": discounts}
    )

    deal_id = made.json["id"]
    shown = api("GET", f"/api/v2/deals/{deal_id}/products?limit=500").json["data"]
    assert [line["quantity"] for line in shown] == [line["quantity"] for line in lines]
    assert api("GET", f"/api/v2/deals/{deal_id}").json["data"]["value"] == 455_762.5


def test_a_line_of_no_product_is_refused(pipedrive: Pipedrive) -> None:
    line = {"product_id": 999, "item_price": 1, "quantity": 1}

    assert pipedrive.browser.post("/control/deals", json={"title": "Wrong", "lines": [line]}).status_code == 400


def test_custom_fields_are_filled_in_by_name(pipedrive: Pipedrive, api: Caller) -> None:
    pipedrive.browser.post("/control/deals/1/fields", json={"Purchase order": "PO 4711"})

    assert "PO 4711" in api("GET", "/api/v2/deals/1").json["data"]["custom_fields"].values()
    assert pipedrive.browser.post("/control/deals/1/fields", json={"Nothing": "x"}).status_code == 400
