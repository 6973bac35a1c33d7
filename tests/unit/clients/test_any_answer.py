"""Whatever a vendor answers, a caller meets a value or one of our three families."""

import contextlib
import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.domain.secret import Secret
from sync.errors import Anticipated, Permanent, Transient
from tests.unit.clients import samples
from tests.unit.clients.vendors import a_pipedrive_client, a_xero_client, xero_connections

SINCE = datetime(2026, 11, 22, tzinfo=UTC)
ADDRESS = {"value": "Gran Vía 12", "route": "Gran Vía", "street_number": "12", "subpremise": "A"}
PERSON = {"id": 2, "name": "Ann", "emails": [{"value": "a@x.example", "primary": True}], "postal_address": ADDRESS}
OPTIONS = [{"id": 7, "label": "Draft"}]
TOKENS = {
    "access_token": "a",
    "refresh_token": "r",
    "token_type": "Bearer",
    "scope": "base",
    "expires_in": 60,
    "api_domain": "https://acme.pipedrive.com",
}

# A call and a good answer to it.
CALLS: list[tuple[Callable[[], object], Any]] = [
    (lambda: a_pipedrive_client().me(), {"data": samples.a_user()}),
    (lambda: a_pipedrive_client().get_deal(deal_id=1), {"data": samples.a_deal()}),
    (lambda: a_pipedrive_client().update_deal_fields(deal_id=1, values={}), {"data": samples.a_deal()}),
    (
        lambda: a_pipedrive_client().get_deal_products(deal_id=1),
        {"data": [samples.a_product()], "additional_data": {"next_cursor": None}},
    ),
    (lambda: a_pipedrive_client().get_person(person_id=2), {"data": PERSON}),
    (lambda: a_pipedrive_client().get_organization(org_id=5), {"data": {"id": 5, "name": "A", "address": ADDRESS}}),
    (lambda: a_pipedrive_client().list_deal_fields(), {"data": [samples.a_field(options=OPTIONS)]}),
    (lambda: a_pipedrive_client().list_webhooks(), {"data": [samples.a_webhook()]}),
    (lambda: a_xero_client().organisation(), {"Organisations": [samples.an_organisation(PeriodLockDate="/Date(0)/")]}),
    (lambda: a_xero_client().get_invoice(invoice_id="i"), {"Invoices": [samples.an_invoice()]}),
    (lambda: list(a_xero_client().changed_invoices(since=SINCE)), {"Invoices": [samples.an_invoice()]}),
    (
        lambda: a_xero_client().create_invoice(body=b"{}", idempotency_key="k"),
        {"Invoices": [samples.an_invoice(StatusAttributeString="OK", ValidationErrors=[{"Message": "No"}])]},
    ),
    (lambda: a_xero_client().search_contacts(term="x"), {"Contacts": [samples.a_contact()]}),
    (lambda: a_xero_client().actions(), {"Actions": [{"Name": "A", "Status": "ALLOWED"}]}),
    (lambda: xero_connections().list(), [samples.a_connection()]),
    (
        lambda: PipedriveOAuth(client_id="c", client_secret=Secret("s"), redirect_uri="https://i.example").refresh(
            refresh_token=Secret("r")
        ),
        TOKENS,
    ),
]

ODD_DATES = ["/Date(-99999999999999)/", "/Date(99999999999999)/", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(ODD_DATES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 400, 401, 403, 404, 429, 500])


@pytest.mark.parametrize(("call", "good"), CALLS)
def test_the_good_answers_are_good(call: Callable[[], object], good: object) -> None:
    with a_web_of(json.dumps(good).encode(), 200):
        call()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=st.sampled_from(CALLS), choice=st.data(), odd=JSON, status=STATUSES)
def test_a_good_answer_with_one_thing_bent_is_no_surprise(
    case: tuple[Callable[[], object], Any], choice: st.DataObject, odd: object, status: int
) -> None:
    call, good = case
    place = choice.draw(st.sampled_from(sorted(places(good), key=str)))

    with a_web_of(json.dumps(bent(good, place, odd)).encode(), status):
        outcome_of(call)


@settings(max_examples=100, deadline=None)
@given(case=st.sampled_from(CALLS), body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_is_a_surprise(case: tuple[Callable[[], object], Any], body: bytes) -> None:
    with a_web_of(body, 200):
        outcome_of(case[0])


@contextlib.contextmanager
def a_web_of(body: bytes, status: int) -> Iterator[None]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        for method in ("GET", "PATCH", "PUT", "POST"):
            web.add(method, re.compile(".*"), body=body, status=status)
        yield


def outcome_of(call: Callable[[], object]) -> None:
    with contextlib.suppress(Anticipated, Transient, Permanent):
        call()


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the path of every value in an answer."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def bent(answer: Any, path: tuple[str | int, ...], odd: object) -> Any:
    """Give the answer with another thing at one place."""
    answer = copy.deepcopy(answer)
    inner = answer
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return answer
