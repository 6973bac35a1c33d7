"""Scopes, the daily tokens and the two seconds."""

import pytest

from tests.unit.sandbox.pipedrive.conftest import SEES_ALL, Answer, Caller, Pipedrive

DEAL = "/api/v2/deals/1"


def _spent(pipedrive: Pipedrive) -> int:
    spent: int = pipedrive.browser.get("/control/state").json["limits"]["spent"]
    return spent


def _is_over_limit(answer: Answer) -> bool:
    return answer.status_code == 429 and answer.headers["x-ratelimit-limit"] != ""


def test_a_scope_that_does_not_open_the_address_is_a_mismatch(pipedrive: Pipedrive) -> None:
    answer = pipedrive.caller(scope="base,deals:read")("PATCH", DEAL, {"title": "x"})

    assert answer.status_code == 403
    assert answer.json == {"success": False, "error": "Scope and URL mismatch", "errorCode": 403}


@pytest.mark.parametrize("scope", ["webhooks:full", "webhooks:read", "admin"])
def test_the_narrow_scope_opens_webhooks(pipedrive: Pipedrive, scope: str) -> None:
    assert pipedrive.caller(scope=scope)("GET", "/v1/webhooks").status_code == 200


def test_reading_webhooks_does_not_allow_to_make_them(pipedrive: Pipedrive) -> None:
    assert pipedrive.caller(scope="webhooks:read")("DELETE", "/v1/webhooks/1").status_code == 403


def test_every_call_costs_what_the_file_says(pipedrive: Pipedrive, api: Caller) -> None:
    for method, path in (("GET", DEAL), ("GET", "/api/v2/deals"), ("GET", "/v1/users/me"), ("GET", "/v1/currencies")):
        api(method, path)

    assert _spent(pipedrive) == 1 + 10 + 2 + 20


def test_the_burst_is_per_token_and_over_in_two_seconds(pipedrive: Pipedrive) -> None:
    pipedrive.set(burst_requests=3)
    ingrid, camille = pipedrive.caller(), pipedrive.caller(user_id=SEES_ALL)
    remaining = [ingrid("GET", DEAL).headers["x-ratelimit-remaining"] for _ in range(3)]

    assert remaining == ["2", "1", "0"]
    refused = ingrid("GET", DEAL)
    assert _is_over_limit(refused)
    assert "Retry-After" not in refused.headers
    assert camille("GET", DEAL).status_code == 200
    pipedrive.later(2)
    assert ingrid("GET", DEAL).status_code == 200


def test_the_daily_tokens_are_shared_and_come_back_at_midnight(pipedrive: Pipedrive) -> None:
    pipedrive.set(daily_tokens=11)
    ingrid, camille = pipedrive.caller(), pipedrive.caller(user_id=SEES_ALL)

    assert ingrid("GET", "/api/v2/deals").status_code == 200
    assert camille("GET", DEAL).status_code == 200
    assert _is_over_limit(camille("GET", DEAL))
    pipedrive.later(86400)
    assert pipedrive.caller()("GET", DEAL).status_code == 200


def test_the_faults_speak_as_pipedrive(pipedrive: Pipedrive, api: Caller) -> None:
    for do in ("429", "500"):
        pipedrive.browser.post("/control/faults", json={"path": "/api/*", "do": do})

    assert _is_over_limit(api("GET", DEAL))
    broken = api("GET", DEAL)
    assert broken.status_code == 500
    assert broken.json["success"] is False


def test_a_company_that_does_not_pay_is_closed(pipedrive: Pipedrive, api: Caller) -> None:
    pipedrive.set(company_open=0)
    assert api("GET", DEAL).status_code == 402

    pipedrive.set(company_open=1)
    assert api("GET", DEAL).status_code == 200


def test_a_reset_forgets_everything(pipedrive: Pipedrive, api: Caller) -> None:
    api("PATCH", DEAL, {"title": "Changed"})
    pipedrive.browser.post("/control/reset")

    assert api("GET", DEAL).status_code == 401
    assert pipedrive.caller()("GET", DEAL).json["data"]["title"] == "Brightwater rebrand"
