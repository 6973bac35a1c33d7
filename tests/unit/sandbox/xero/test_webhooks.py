"""Webhooks over real HTTP. https://developer.xero.com/documentation/webhooks/overview"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from sandbox.xero.webhooks import payload, sign, spoil
from tests.unit.sandbox.xero.caller import Caller, allow

KEY = "a-key=="


@dataclass
class Receiver:
    """What an app's webhook address saw, and how it answers."""

    url: str = ""
    answer: Callable[[bool], Response] = lambda right: Response(status=200 if right else 401)
    seen: list[tuple[bytes, bool]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def events(self, count: int) -> list[dict[str, Any]]:
        """This will wait for so many events and give them."""

        def found() -> list[dict[str, Any]]:
            return [event for body, right in self.seen if right for event in json.loads(body)["events"]]

        with self.arrived:
            assert self.arrived.wait_for(lambda: len(found()) >= count, 10), self.seen
            return found()

    def wait_for_posts(self, count: int) -> None:
        """This will wait for so many requests."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= count, 10), self.seen


@pytest.fixture
def receiver(serve: Callable[[Flask], str]) -> Receiver:
    found, app = Receiver(), Flask("receiver")

    @app.post("/hook")
    def hook() -> Response:
        body = request.get_data()
        wanted = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
        right = request.headers.get("x-xero-signature") == wanted
        with found.arrived:
            found.seen.append((body, right))
            found.arrived.notify_all()
        return found.answer(right)

    found.url = f"{serve(app)}/hook"
    return found


def listen(xero: Caller, receiver: Receiver) -> dict[str, Any]:
    answer: dict[str, Any] = xero.client.post("/control/webhook", json={"url": receiver.url}).json or {}
    receiver.seen.clear()
    return answer


def state(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = (client.get("/control/state").json or {})["webhook"]
    return found


def wait_for_state(client: FlaskClient, wanted: Callable[[dict[str, Any]], bool]) -> None:
    gate = threading.Event()
    for _ in range(500):
        if wanted(state(client)):
            return
        gate.wait(0.01)
    raise AssertionError(state(client))


def test_the_key_is_used_as_it_is_written() -> None:
    body = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "ABCDEFGHIJKLMNOPQRST"}'

    signature = sign("test-webhook-key/with+base64==", body)

    assert signature == "pL99CS/ih2/+nIp8PbWFM1KNlcjlsvKRaP0WLJvvyBk="
    assert sum(one != other for one, other in zip(signature, spoil(signature), strict=True)) == 1
    assert spoil(f"/{signature[1:]}") == f"n{signature[1:]}"


def test_no_json_library_writes_the_body_again() -> None:
    body = payload([{"resourceId": "r"}], 1, 1)

    parsed = json.loads(body)
    assert body.decode() not in (json.dumps(parsed), json.dumps(parsed, separators=(",", ":")))
    assert len(parsed["entropy"]) == 20


def test_the_intent_to_receive_has_right_and_wrong_signatures(xero: Caller, receiver: Receiver) -> None:
    answer = xero.client.post("/control/webhook", json={"url": receiver.url}).json or {}

    assert answer["state"] == "ok"
    assert [right for _body, right in receiver.seen] == [True, False, True, False]
    assert json.loads(receiver.seen[0][0]).keys() == {"events", "firstEventSequence", "lastEventSequence", "entropy"}
    assert [test["ok"] for test in answer["intent_to_receive"]] == [True] * 4


def test_without_an_address_nothing_is_asked(client: FlaskClient) -> None:
    assert client.post("/control/webhook", json={}).json == {"state": "off", "intent_to_receive": []}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda _right: Response(status=200), "Response to wrongly signed payload not 401"),
        (lambda right: Response(status=200 if right else 403), "Response to wrongly signed payload not 401"),
        (lambda right: Response("no", 200 if right else 401), "Response has a body or a cookie"),
        (lambda right: Response(status=500 if right else 401), "Response to rightly signed payload not 2xx"),
        (
            lambda right: Response(status=200 if right else 401, headers={"Set-Cookie": "session=1"}),
            "Response has a body or a cookie",
        ),
    ],
)
def test_an_address_that_fails_gets_no_events(
    xero: Caller, receiver: Receiver, answer: Callable[[bool], Response], problem: str
) -> None:
    receiver.answer = answer

    verdict = listen(xero, receiver)
    xero.made()

    assert verdict["state"] == "failed"
    assert problem in [test.get("problem") for test in verdict["intent_to_receive"]]
    assert (state(xero.client)["waiting"], receiver.seen) == (1, [])


def test_consent_asks_an_address_that_was_given_at_the_start(client: FlaskClient, receiver: Receiver) -> None:
    subscription = client.application.extensions["sandbox.xero"].subscription
    subscription.url, subscription.state = receiver.url, "new"

    allow(client)

    receiver.wait_for_posts(4)
    wait_for_state(client, lambda found: found["state"] == "ok")


def test_changes_close_together_travel_together(xero: Caller, receiver: Receiver) -> None:
    listen(xero, receiver)
    invoice = xero.made(Contact={"Name": "Newcomer"})
    xero.act(invoice, "approve")
    xero.act(invoice, "pay")

    events = receiver.events(4)

    assert [(one["eventCategory"], one["eventType"]) for one in events] == [
        ("CONTACT", "CREATE"),
        ("INVOICE", "CREATE"),
        ("INVOICE", "UPDATE"),
        ("INVOICE", "UPDATE"),
    ]
    assert len(receiver.seen) < 4
    last = events[-1]
    assert (last["resourceId"], last["tenantId"]) == (invoice["InvoiceID"], xero.tokens["tenant_id"])
    assert last["resourceUrl"].endswith(f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}")
    assert (last["tenantType"], "data" in last, last["eventDateUtc"][-4]) == ("ORGANISATION", False, ".")
    assert json.loads(receiver.seen[-1][0])["lastEventSequence"] == 4


def test_an_organisation_that_is_not_connected_is_silent(xero: Caller, receiver: Receiver) -> None:
    listen(xero, receiver)
    xero.client.post("/control/disconnect", json={})

    xero.client.post("/control/invoices", json={"Contact": {"Name": "Kestrel"}})

    assert state(xero.client)["waiting"] == 0


def test_a_failed_delivery_comes_again_at_once_and_then_each_quarter_hour(xero: Caller, receiver: Receiver) -> None:
    listen(xero, receiver)
    receiver.answer = lambda _right: Response(status=503)

    xero.made()

    receiver.wait_for_posts(2)
    wait_for_state(xero.client, lambda found: len(found["deliveries"]) == 2)
    receiver.answer = lambda _right: Response(status=200)
    xero.client.post("/control/clock", json={"advance": 901})
    receiver.wait_for_posts(3)
    wait_for_state(xero.client, lambda found: [one["status"] for one in found["deliveries"]] == [503, 503, 200])
    assert len({body for body, _right in receiver.seen}) == 1


def test_a_day_of_failures_disables_and_a_new_intent_brings_the_events(xero: Caller, receiver: Receiver) -> None:
    listen(xero, receiver)
    receiver.answer = lambda _right: Response(status=503)
    xero.made()
    wait_for_state(xero.client, lambda found: len(found["deliveries"]) == 2)

    xero.client.post("/control/clock", json={"advance": 86_401})
    wait_for_state(xero.client, lambda found: found["state"] == "disabled")
    assert state(xero.client)["waiting"] == 1

    receiver.answer = lambda right: Response(status=200 if right else 401)
    receiver.seen.clear()
    xero.client.post("/control/webhook", json={})
    assert len(receiver.events(1)) == 1
    assert state(xero.client)["state"] == "ok"


def test_noise_makes_a_share_of_the_events_arrive_twice(xero: Caller, receiver: Receiver) -> None:
    xero.client.post("/control/webhook", json={"url": receiver.url})
    xero.client.post("/control/webhook/noise", json={"duplicates": 1, "late": 0.5, "seconds": 0.2, "seed": 3})

    for _ in range(3):
        xero.made()

    told = [event["resourceId"] for event in receiver.events(6) if event["eventCategory"] == "INVOICE"]
    assert sorted(told.count(one) for one in set(told)) == [2, 2, 2]
