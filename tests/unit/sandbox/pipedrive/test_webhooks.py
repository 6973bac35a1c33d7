"""Webhooks v2: what is told, to whom, how often, and when it ends."""

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from sandbox import server
from sandbox.pipedrive.app import create_app
from tests.unit.sandbox.pipedrive.conftest import ADMIN, CLIENT, SEES_OWN, Browser, Caller, Pipedrive

DEAL = "/api/v2/deals/1"


@dataclass
class App:
    """An app's receiver on a real socket."""

    url: str = ""
    status: int = 200
    arrived: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return what arrived as soon as it is so much."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrived) >= count, timeout=10), self.arrived
            return list(self.arrived)

    def take(self) -> ResponseReturnValue:
        """Take a delivery."""
        with self.changed:
            self.arrived.append(request.get_json())
            self.authorizations.append(request.headers.get("Authorization"))
            self.changed.notify_all()
        return "", self.status


@pytest.fixture
def app() -> Iterator[App]:
    """Serve a receiver."""
    receiver, flask_app = App(), Flask(__name__)
    flask_app.add_url_rule("/hook", "hook", receiver.take, methods=["POST"])
    flask_app.add_url_rule("/pipedrive/callback", "uninstall", receiver.take, methods=["DELETE"])
    flask_app.add_url_rule("/moved", "moved", lambda: ("", 302, {"Location": "/hook"}))
    running = server.make(flask_app, port=0)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    receiver.url = f"http://127.0.0.1:{running.port}"
    yield receiver
    running.shutdown()


@pytest.fixture
def subscribe(app: App, api: Caller) -> Callable[..., dict[str, Any]]:
    """Give a maker of subscriptions."""

    def subscribe(caller: Caller = api, path: str = "/hook", **more: Any) -> dict[str, Any]:
        wanted = {"subscription_url": app.url + path, "event_action": "*", "event_object": "deal", "name": "Deals"}
        answer = caller("POST", "/v1/webhooks", wanted | more)
        body: dict[str, Any] = answer.json
        return {"status_code": answer.status_code, **body}

    return subscribe


def _state(pipedrive: Pipedrive) -> list[dict[str, Any]]:
    webhooks: list[dict[str, Any]] = pipedrive.browser.get("/control/state").json["webhooks"]
    return webhooks


def _wait_until(fulfilled: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if fulfilled():
            return
        pause.wait(0.005)
    raise AssertionError("it did not happen within ten seconds")


def _fail_first_attempts(pipedrive: Pipedrive, app: App, api: Caller, count: int) -> None:
    app.status = 500
    for number in range(count):
        api("PATCH", DEAL, {"title": f"Title {number}"})
        app.wait_for(number + 1)
    _wait_until(lambda: _state(pipedrive)[0]["first_failures"] >= count)


def test_a_change_tells_the_deal_and_only_what_was_different(
    app: App, api: Caller, subscribe: Callable[..., dict[str, Any]], field_code: Callable[..., str]
) -> None:
    code = field_code("monetary")
    made = subscribe(http_auth_user="u", http_auth_password="p")["data"]
    api("PATCH", DEAL, {"stage_id": 2, "custom_fields": {code: {"value": 5, "currency": "EUR"}}})

    (told,) = app.wait_for(1)
    meta = told["meta"]

    assert set(told) == {"meta", "data", "previous"}
    assert (meta["action"], meta["entity"], meta["entity_id"], meta["version"]) == ("change", "deal", "1", "2.0")
    assert (meta["company_id"], meta["user_id"], meta["webhook_id"]) == ("7741001", str(ADMIN), str(made["id"]))
    assert (meta["change_source"], meta["attempt"], meta["type"]) == ("api", 1, "application")
    assert meta["timestamp"].endswith("Z")
    assert str(SEES_OWN) not in meta["permitted_user_ids"]
    assert told["data"]["visible_to"] == "3"
    assert told["data"]["custom_fields"][code] == {"type": "monetary", "value": 5, "currency": "EUR"}
    assert told["previous"] == {"stage_id": 4, "custom_fields": {code: None}}
    assert app.authorizations == ["Basic " + base64.b64encode(b"u:p").decode()]


def test_nothing_is_told_when_nothing_changed(app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]) -> None:
    subscribe()
    api("PATCH", DEAL, {"title": "Brightwater rebrand"})
    api("PATCH", DEAL, {"title": "Other"})

    assert app.wait_for(1)[0]["previous"] == {"title": "Brightwater rebrand"}


def test_a_new_deal_and_a_deleted_deal_have_one_side_only(
    app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe()
    deal_id = api("POST", "/api/v2/deals", {"title": "New"}).json["data"]["id"]
    created = app.wait_for(1)[0]
    api("DELETE", f"/api/v2/deals/{deal_id}")
    deleted = app.wait_for(2)[1]

    assert (created["meta"]["action"], created["previous"]) == ("create", None)
    assert (deleted["meta"]["action"], deleted["data"]) == ("delete", None)
    assert deleted["previous"]["title"] == "New"


def test_a_merge_is_a_delete_and_a_change(
    pipedrive: Pipedrive, app: App, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe()
    pipedrive.browser.post("/deal/7/merge", data={"into": "1"})

    told = {event["meta"]["action"]: event["meta"] for event in app.wait_for(2)}

    assert (told["delete"]["entity_id"], told["delete"]["merged_to_id"]) == ("7", "1")
    assert (told["change"]["entity_id"], told["change"]["merged_from_id"]) == ("1", "7")
    assert told["change"]["change_source"] == "app"


def test_products_have_events_of_their_own(app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]) -> None:
    subscribe(event_object="deal_product")
    api("PATCH", f"{DEAL}/products/1", {"quantity": 2})

    told = app.wait_for(1)[0]

    assert (told["meta"]["entity"], told["data"]["deal_id"], told["previous"]) == (
        "deal_product", 1, {"quantity": 1, "sum": 4800},
    )  # fmt: skip


def test_a_contacts_custom_fields_are_typed_too(
    pipedrive: Pipedrive, app: App, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe(event_object="organization")
    api = pipedrive.caller(scope="contacts:full")
    code = next(iter(api("GET", "/api/v2/organizations/1").json["data"]["custom_fields"]))
    api("PATCH", "/api/v2/organizations/1", {"custom_fields": {code: "IE1"}})

    told = app.wait_for(1)[0]

    assert told["data"]["custom_fields"][code] == {"type": "varchar", "value": "IE1"}
    assert told["previous"] == {"custom_fields": {code: {"type": "varchar", "value": "IE3628739LH"}}}


def test_the_owner_of_a_webhook_hears_only_of_deals_that_they_see(
    pipedrive: Pipedrive, app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe(pipedrive.caller(user_id=SEES_OWN))
    api("PATCH", DEAL, {"title": "Not Tom's"})
    api("PATCH", "/api/v2/deals/3", {"title": "Tom's"})

    assert [event["data"]["title"] for event in app.wait_for(1)] == ["Tom's"]


@pytest.mark.parametrize("path", ["/moved", "/nowhere"])
def test_an_address_must_answer_there(subscribe: Callable[..., dict[str, Any]], path: str) -> None:
    refused = subscribe(path=path)

    assert refused["status_code"] == 400
    assert refused["errors"] == {"subscription_url": ["invalid or non-reachable URL"]}


@pytest.mark.parametrize(
    "url", ["http://example.org/hook", "https://api.pipedrive.com/v1", "http://127.0.0.1:8401/hook", "http://[", "x"]
)
def test_an_address_must_be_allowed(subscribe: Callable[..., dict[str, Any]], url: str) -> None:
    assert subscribe(subscription_url=url)["status_code"] == 400


@pytest.mark.parametrize("wrong", [{"event_action": "updated"}, {"event_object": "invoice"}, {"name": None}])
def test_a_subscription_must_fit(subscribe: Callable[..., dict[str, Any]], wrong: dict[str, Any]) -> None:
    assert subscribe(**wrong)["status_code"] == 400


def test_a_user_may_have_forty(pipedrive: Pipedrive, app: App, subscribe: Callable[..., dict[str, Any]]) -> None:
    caller = pipedrive.caller()
    for _ in range(40):
        assert subscribe(caller)["status_code"] == 201

    assert subscribe(caller)["status_code"] == 422


def test_webhooks_are_listed_and_deleted_by_their_own_user_only(
    pipedrive: Pipedrive, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    made, tom = subscribe()["data"], pipedrive.caller(user_id=SEES_OWN)

    assert tom("GET", "/v1/webhooks").json["data"] == []
    assert tom("DELETE", f"/v1/webhooks/{made['id']}").status_code == 403
    assert [one["id"] for one in api("GET", "/v1/webhooks").json["data"]] == [made["id"]]
    assert api("DELETE", f"/v1/webhooks/{made['id']}").json == {"success": True, "status": "ok"}
    assert api("DELETE", f"/v1/webhooks/{made['id']}").status_code == 404


def test_a_failed_delivery_comes_again_after_3_30_and_150_seconds(
    pipedrive: Pipedrive, app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe()
    app.status = 503
    api("PATCH", DEAL, {"title": "Again"})
    for attempt, seconds in ((1, 3), (2, 30), (3, 150), (4, 1000)):
        app.wait_for(attempt)
        _wait_until(pipedrive.desk.courier.idle)
        pipedrive.later(seconds)

    assert [event["meta"]["attempt"] for event in app.arrived] == [1, 2, 3, 4]
    assert len({event["meta"]["id"] for event in app.arrived}) == 1
    assert _state(pipedrive)[0]["first_failures"] == 1


def test_ten_failed_first_attempts_ban_for_half_an_hour_and_lose_events(
    pipedrive: Pipedrive, app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe()
    _fail_first_attempts(pipedrive, app, api, 10)
    _wait_until(pipedrive.desk.courier.idle)

    api("PATCH", DEAL, {"title": "Lost"})
    assert _state(pipedrive)[0]["lost"] == 1
    app.status = 200
    pipedrive.later(30 * 60)
    api("PATCH", DEAL, {"title": "Heard"})
    _wait_until(pipedrive.desk.courier.idle)

    titles = [event["data"]["title"] for event in app.arrived]
    assert "Lost" not in titles
    assert "Heard" in titles


def test_three_days_without_success_end_a_webhook(
    pipedrive: Pipedrive, app: App, api: Caller, subscribe: Callable[..., dict[str, Any]]
) -> None:
    subscribe()
    _fail_first_attempts(pipedrive, app, api, 1)
    _wait_until(pipedrive.desk.courier.idle)
    pipedrive.later(3 * 24 * 3600)

    assert _state(pipedrive) == []


def test_a_quiet_webhook_lives_on(pipedrive: Pipedrive, subscribe: Callable[..., dict[str, Any]]) -> None:
    subscribe()
    pipedrive.later(30 * 24 * 3600)

    assert len(_state(pipedrive)) == 1


def test_an_uninstall_tells_the_app_and_takes_that_users_webhooks(config: Any, app: App) -> None:
    pipedrive = _pipedrive_for(config, app)
    ingrid, tom = pipedrive.caller(), pipedrive.caller(user_id=SEES_OWN)
    wanted = {"subscription_url": app.url + "/hook", "event_action": "*", "event_object": "deal", "name": "Deals"}
    for caller in (ingrid, tom):
        assert caller("POST", "/v1/webhooks", wanted).status_code == 201

    pipedrive.browser.post("/marketplace/uninstall")
    (told,) = app.wait_for(1)
    pipedrive.desk.close()

    assert set(told) == {"client_id", "company_id", "user_id", "timestamp"}
    assert (told["client_id"], told["company_id"], told["user_id"]) == (CLIENT[0], 7741001, ADMIN)
    assert app.authorizations == ["Basic " + base64.b64encode(":".join(CLIENT).encode()).decode()]
    assert ingrid("GET", DEAL).status_code == 401
    assert [webhook["user_id"] for webhook in _state(pipedrive)] == [SEES_OWN]


def test_an_uninstall_can_come_late_with_its_old_time(config: Any, app: App) -> None:
    pipedrive = _pipedrive_for(config, app)
    pipedrive.tokens()
    fault = {"path": "/pipedrive/callback", "do": "late", "seconds": 600}
    pipedrive.browser.post("/control/faults", json=fault)

    pipedrive.browser.post("/marketplace/uninstall")
    assert app.arrived == []
    pipedrive.later(600)
    (told,) = app.wait_for(1)
    pipedrive.desk.close()

    assert told["timestamp"] < pipedrive.desk.world.now()


def _pipedrive_for(config: Any, app: App) -> Pipedrive:
    flask_app = create_app(replace(config, app_url=app.url))
    return Pipedrive(Browser(flask_app.test_client()), flask_app.extensions["pipedrive"])
