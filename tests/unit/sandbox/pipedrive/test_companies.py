"""Many companies in one Pipedrive, each with what is its own."""

import base64
from typing import Any

import pytest

from tests.unit.sandbox.pipedrive.conftest import CALLBACK, CLIENT, Caller, Pipedrive

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def add(pipedrive: Pipedrive, count: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = pipedrive.browser.post("/control/companies", json={"count": count}).json["companies"]
    return made


def caller(pipedrive: Pipedrive, company: dict[str, Any]) -> Caller:
    asked = {"company_id": company["company_id"], "user_id": company["user_id"]}
    return Caller(pipedrive.browser, pipedrive.browser.post("/control/tokens", json=asked).json["access_token"])


def plant(pipedrive: Pipedrive, company: dict[str, Any], **asked: Any) -> Any:
    return pipedrive.browser.post(f"/control/deals?company_id={company['company_id']}", json=asked).json


def test_a_token_reaches_its_own_company_only(pipedrive: Pipedrive) -> None:
    one, other = add(pipedrive, 2)
    plant(pipedrive, one, title="Of the first")
    plant(pipedrive, other, title="Of the second")

    titles = [caller(pipedrive, company)("GET", "/api/v2/deals/1").json["data"]["title"] for company in (one, other)]

    assert titles == ["Of the first", "Of the second"]
    assert pipedrive.caller()("GET", "/api/v2/deals/1").json["data"]["title"] == "Brightwater rebrand"


def test_who_consents_installs_for_the_company_that_they_belong_to(pipedrive: Pipedrive) -> None:
    [company] = add(pipedrive, 1)
    query = {"client_id": CLIENT[0], "redirect_uri": CALLBACK, "state": "s"}
    form = {"decision": "allow", "user_id": company["user_id"]}
    back = pipedrive.browser.post("/oauth/authorize", query_string=query, data=form)
    code = back.location.partition("code=")[2].partition("&")[0]

    issued = trade(pipedrive, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    again = trade(pipedrive, grant_type="refresh_token", refresh_token=issued["refresh_token"])

    me = Caller(pipedrive.browser, again["access_token"])("GET", "/v1/users/me").json["data"]
    assert (me["id"], me["company_id"]) == (company["user_id"], company["company_id"])


def test_one_company_spends_nothing_of_another(pipedrive: Pipedrive) -> None:
    one, other = add(pipedrive, 2)
    pipedrive.browser.post(f"/control/settings?company_id={one['company_id']}", json={"burst_requests": 1})
    busy, calm = caller(pipedrive, one), caller(pipedrive, other)

    statuses = [api("GET", "/v1/users/me").status_code for api in (busy, busy, calm)]

    assert statuses == [200, 429, 200]
    counters = pipedrive.browser.get("/control/counters").json
    assert counters["refused"] == {"burst": 1}
    assert counters["most"]["burst"] == 1


def test_many_deals_are_planted_and_read_back_at_once(pipedrive: Pipedrive) -> None:
    [company] = add(pipedrive, 1)
    api = caller(pipedrive, company)
    field = api("POST", "/api/v2/dealFields", {"field_name": "Standing", "field_type": "varchar"}).json["data"]

    ids = plant(pipedrive, company, title="One of many", count=3)["ids"]
    api("PATCH", f"/api/v2/deals/{ids[1]}", {"custom_fields": {field["field_code"]: "Paid"}})

    deals = pipedrive.browser.get(f"/control/deals?company_id={company['company_id']}").json["deals"]
    assert [(deal["id"], deal["fields"]) for deal in deals] == [(1, {}), (2, {"Standing": "Paid"}), (3, {})]
    calls = pipedrive.browser.get("/control/counters").json["calls"]
    assert calls["PATCH /api/v2/deals/<int:deal_id> 200"] == 1


def test_a_reset_leaves_the_seeded_company(pipedrive: Pipedrive) -> None:
    add(pipedrive, 2)

    pipedrive.browser.post("/control/reset", json={})

    assert len(pipedrive.browser.get("/control/companies").json["companies"]) == 1


@pytest.mark.parametrize("company_id", [1, 7_741_002])
def test_a_company_that_is_not_there_is_refused(pipedrive: Pipedrive, company_id: int) -> None:
    answer = pipedrive.browser.post("/control/tokens", json={"company_id": company_id})

    assert answer.status_code == 400
    assert str(company_id) in answer.json["error"]


def trade(pipedrive: Pipedrive, **form: str) -> dict[str, Any]:
    basic = base64.b64encode(":".join(CLIENT).encode()).decode()
    headers = {**FORM, "Authorization": f"Basic {basic}"}
    issued: dict[str, Any] = pipedrive.browser.post("/oauth/token", data=form, headers=headers).json
    return issued
