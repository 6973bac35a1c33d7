"""Verify, write down, answer with nothing: 401 for a stranger, 200 for anything authentic, 503 where it is not on disk."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sync.jobs.queue import RqWaker
from sync.operations.split_deliveries import split_deliveries
from sync.store.company import PipedriveWebhook
from sync.store.database import Database
from sync.store.inbox import Delivery
from tests.unit.fakes.house import COMPANY, House
from tests.unit.webhooks.conftest import KEY, PIPEDRIVE, XERO, from_pipedrive, from_xero, receivers_of, sign
from webhooks import LARGEST_BODY

Send = Callable[[FlaskClient, bytes], TestResponse]
JUNK = b'\x00{"events": "\xff'


@pytest.mark.parametrize(
    "signature",
    ["", "junk", "ü", sign(b"another body"), sign(JUNK, key="another key"), sign(JUNK).rstrip("="), sign(JUNK).lower()],
)
def test_a_wrong_signature_is_401_with_nothing_in_it(house: House, client: FlaskClient, signature: str) -> None:
    answer = from_xero(client, JUNK, signature=signature)

    assert is_empty(answer, 401)
    assert house.all(Delivery) == []


def test_no_signature_is_401(client: FlaskClient) -> None:
    assert is_empty(client.post(XERO, data=b"{}"), 401)


def test_the_signature_is_over_the_raw_bytes(client: FlaskClient) -> None:
    assert from_xero(client, b'{"events":[]}', signature=sign(b'{"events": []}')).status_code == 401


@pytest.mark.parametrize(
    "over", [{"username": "u"}, {"password": "p"}, {"password": ""}, {"username": "", "password": ""}]
)
def test_wrong_credentials_are_401_with_nothing_in_it(house: House, client: FlaskClient, over: dict[str, str]) -> None:
    assert is_empty(from_pipedrive(client, b"{}", **over), 401)
    assert house.all(Delivery) == []


@pytest.mark.parametrize(
    "path", ["/webhooks/pipedrive/another", "/webhooks/pipedrive/%00", "/webhooks/pipedrive/%FF%F0"]
)
def test_right_credentials_at_another_address_are_401(client: FlaskClient, path: str) -> None:
    assert is_empty(from_pipedrive(client, b"{}", path=path), 401)


@pytest.mark.parametrize(
    "header", [None, "", "Basic", "Basic !!!", "Basic /////w==", "Bearer x", 'Digest username="user"']
)
def test_odd_credentials_are_401(client: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    assert is_empty(client.post(PIPEDRIVE, data=b"{}", headers=headers), 401)


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
def test_authentic_junk_is_taken_and_marked_later(house: House, client: FlaskClient, send: Send) -> None:
    assert is_empty(send(client, JUNK), 200)

    split_deliveries(house.core)

    [row] = house.all(Delivery)
    assert (row.body, row.state) == (JUNK, "unparseable")


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
def test_what_is_acknowledged_is_on_disk_and_a_worker_was_woken(house: House, client: FlaskClient, send: Send) -> None:
    send(client, b"{}")

    assert house.delivery_states() == ["pending"]
    assert house.waker.wakes == 1


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
def test_the_same_delivery_twice_is_a_success_and_one_row(house: House, client: FlaskClient, send: Send) -> None:
    assert is_empty(send(client, b"{}"), 200)
    assert is_empty(send(client, b"{}"), 200)

    assert len(house.all(Delivery)) == 1


def test_a_delivery_belongs_to_the_company_of_its_subscription(house: House, client: FlaskClient) -> None:
    from_pipedrive(client, b'{"meta": {"company_id": 404}}')

    assert [row.company_id for row in house.all(Delivery)] == [COMPANY]


def test_a_subscription_that_is_gone_is_401(house: House, client: FlaskClient) -> None:
    with house.core.database.writing() as session:
        session.delete(session.get_one(PipedriveWebhook, KEY))

    assert is_empty(from_pipedrive(client, b"{}"), 401)


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
def test_a_body_beyond_all_measure_is_refused(house: House, client: FlaskClient, send: Send) -> None:
    assert is_empty(send(client, b"x" * (LARGEST_BODY + 1)), 413)
    assert house.all(Delivery) == []


@pytest.mark.parametrize("path", [XERO, PIPEDRIVE])
def test_other_methods_are_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.sqlite3", "postgresql://u@127.0.0.1:1/none"])
def test_a_database_that_cannot_take_it_is_503_so_that_it_is_sent_again(house: House, send: Send, url: str) -> None:
    client = receivers_of(replace(house.core, database=Database(url=url)))

    assert is_empty(send(client, b"{}"), 503)
    assert house.waker.wakes == 0


@pytest.mark.parametrize("send", [from_xero, from_pipedrive])
def test_a_redis_that_is_down_is_not_the_sender_s_trouble(house: House, client: FlaskClient, send: Send) -> None:
    waker = RqWaker(redis_url=house.core.settings.redis_url)
    client = receivers_of(replace(house.core, waker=waker))
    send(client, b"the first one loads what is loaded late")
    started = time.monotonic()

    answers = [send(client, b"%d" % number) for number in range(10)]

    assert all(is_empty(answer, 200) for answer in answers)
    assert (time.monotonic() - started) / len(answers) < 0.5
    assert len(house.all(Delivery)) == 11


def test_the_process_says_that_it_lives_although_nothing_else_does(house: House) -> None:
    client = receivers_of(replace(house.core, database=Database(url="sqlite:////nowhere/at/all.sqlite3")))

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").get_json()["checks"] == {"redis": False, "database": False, "migrations": False}


def test_the_process_is_not_ready_without_redis(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"redis": False, "database": True, "migrations": True}


def test_the_process_is_not_ready_before_the_migrations(house: House, tmp_path: Path) -> None:
    bare = Database(url=f"sqlite:///{tmp_path / 'bare.sqlite3'}")

    answer = receivers_of(replace(house.core, database=bare)).get("/readyz")

    assert answer.get_json()["checks"] == {"redis": False, "database": True, "migrations": False}


def is_empty(answer: TestResponse, status: int) -> bool:
    """Whether an answer has this status, no body and no cookie."""
    assert answer.status_code == status
    assert answer.data == b""
    assert "Set-Cookie" not in answer.headers
    return answer.headers["Content-Length"] == "0"
