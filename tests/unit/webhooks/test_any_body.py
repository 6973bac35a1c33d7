"""Ten thousand malformed bodies: no 5xx, nothing lost, and the splitter gets through all that was taken."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sync.operations.split_deliveries import split_deliveries
from sync.store.inbox import Delivery
from tests.unit.fakes.house import COMPANY, TENANT, House
from tests.unit.webhooks.conftest import from_pipedrive, from_xero

#: Ten bodies each, for two receivers on two databases.
EACH = settings(
    max_examples=250,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
XERO_EVENT: dict[str, Any] = {
    "resourceId": TENANT,
    "tenantId": TENANT,
    "eventCategory": "INVOICE",
    "eventType": "UPDATE",
    "eventDateUtc": "2026-11-22T10:42:00.100",
}
PIPEDRIVE_META: dict[str, Any] = {
    "action": "delete",
    "entity": "deal",
    "company_id": str(COMPANY),
    "entity_id": "42",
    "id": "an-id",
    "timestamp": "2026-11-22T10:42:00.000Z",
    "merged_to_id": 43,
}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=80),
    st.sampled_from(["\x00", "\ud800", "1e999", "0001-01-01T00:00:00+14:00", "9" * 400, "-1", "x" * 300]),
    st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**400, float("inf")]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


def bent(sample: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A sample with up to two of its values replaced."""
    return st.dictionaries(st.sampled_from(sorted(sample)), anything, max_size=2).map(lambda over: sample | over)


def bodies(content: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Bytes that are nearly what is documented, JSON of another kind, or nothing of the sort."""
    texts = st.one_of(content, content, anything).map(lambda found: json.dumps(found).encode())
    return st.one_of(texts, texts, texts, st.binary(max_size=200))


def spoilt(body: bytes) -> list[bytes]:
    """Ten ways in which a body can arrive, the first as it was written."""
    middle = len(body) // 2
    return [
        body,
        body[:middle],
        body[middle:],
        body * 2,
        body[::-1],
        b"[" + body + b"]",
        b"\xef\xbb\xbf" + body,
        body.decode("latin-1").encode("utf-16"),
        body.replace(b'"', b"'"),
        body.replace(b":", b"\x00"),
    ]


xero_bodies = bodies(st.fixed_dictionaries({"events": st.lists(bent(XERO_EVENT), max_size=2)}))
pipedrive_bodies = bodies(st.fixed_dictionaries({"meta": bent(PIPEDRIVE_META), "data": anything, "previous": anything}))


@pytest.mark.parametrize(
    ("send", "content"), [(from_xero, xero_bodies), (from_pipedrive, pipedrive_bodies)], ids=["xero", "pipedrive"]
)
def test_any_authentic_body_is_taken_and_taken_apart(
    house: House,
    client: FlaskClient,
    send: Callable[[FlaskClient, bytes], TestResponse],
    content: st.SearchStrategy[bytes],
) -> None:
    taken: set[bytes] = set()

    @EACH
    @given(body=content)
    def deliver(body: bytes) -> None:
        for one in spoilt(body):
            taken.add(one)
            assert send(client, one).status_code == 200

    deliver()
    while "pending" in house.delivery_states():
        split_deliveries(house.core)

    assert {row.body for row in house.all(Delivery)} == taken
    assert set(house.delivery_states()) == {"done", "unparseable"}


@settings(EACH, max_examples=200)
@given(body=st.binary(max_size=100), signature=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_any_signature_that_is_not_xero_s_is_401(stranger: FlaskClient, body: bytes, signature: str) -> None:
    assert from_xero(stranger, body, signature=signature).status_code == 401


@pytest.fixture
def stranger(client: FlaskClient) -> FlaskClient:
    """The receivers, for somebody without a key."""
    return client
