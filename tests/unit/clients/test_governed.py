"""The governor is asked before each time that something leaves, and hears of each answer."""

from collections.abc import Callable, Sequence
from typing import NoReturn

import pytest
import responses

from sync.clients.failures import RateLimited
from sync.clients.governor import Call
from sync.clients.pipedrive._errors import PIPEDRIVE
from sync.clients.pipedrive.payer import cost_of, is_search
from sync.clients.transport import Request
from sync.errors import ErrorCode
from tests.unit.clients.vendors import (
    ACCOUNTING,
    COMPANY,
    DROP,
    ScriptedVendor,
    a_pipedrive_client,
    a_xero_client,
    answer,
)
from tests.unit.fakes.core import OpenGate

VendorDoing = Callable[[Sequence[bytes | None]], ScriptedVendor]


class ShutGate(OpenGate):
    """A governor that lets nothing pass."""

    def permit(self, call: Call) -> NoReturn:
        """Refuse."""
        raise RateLimited(ErrorCode.XERO_BUSY, retry_after=7, problem="minute")


def test_a_call_to_xero_is_its_organisations(web: responses.RequestsMock) -> None:
    web.get(f"{ACCOUNTING}/Currencies", json={"Currencies": []})
    gate = OpenGate()

    a_xero_client(governor=gate).currencies()

    assert [(call.vendor.name, call.tenant) for call in gate.calls] == [("xero", "tenant-1")]
    assert gate.told == [200]


def test_a_call_to_pipedrive_is_its_companys_and_its_users(web: responses.RequestsMock) -> None:
    web.get(f"{COMPANY}/v1/currencies", json={"success": True, "data": []})
    gate = OpenGate()

    a_pipedrive_client(governor=gate).currencies()

    assert gate.calls == [Call(PIPEDRIVE, tenant="7", user="8", cost=20)]


def test_nothing_leaves_without_a_permit(web: responses.RequestsMock) -> None:
    with pytest.raises(RateLimited) as caught:
        a_xero_client(governor=ShutGate()).currencies()

    assert (caught.value.problem, caught.value.retry_after) == ("minute", 7)


def test_what_is_asked_again_with_another_token_is_counted_again(web: responses.RequestsMock) -> None:
    web.get(f"{ACCOUNTING}/Currencies", status=401, json={"Detail": "TokenExpired"})
    web.get(f"{ACCOUNTING}/Currencies", json={"Currencies": []})
    gate = OpenGate()

    a_xero_client(governor=gate).currencies()

    assert gate.told == [401, 200]


def test_what_is_asked_again_after_a_drop_is_counted_again(vendor_doing: VendorDoing) -> None:
    vendor, gate = vendor_doing([DROP, answer(b'{"Currencies": []}')]), OpenGate()

    a_xero_client(api_url=vendor.url, governor=gate).currencies()

    assert (len(gate.calls), gate.told) == (2, [200])


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("GET", "/api/v2/deals/42", 1),
        ("GET", "/api/v2/deals", 10),
        ("GET", "/api/v2/deals/42/products", 10),
        ("GET", "/api/v2/deals/search", 20),
        ("PATCH", "/api/v2/deals/42", 5),
        ("POST", "/api/v2/dealFields", 5),
        ("GET", "/v1/users/me", 2),
        ("GET", "/v1/currencies", 20),
        ("POST", "/v1/webhooks", 10),
        ("DELETE", "/v1/webhooks/7", 6),
    ],
)
def test_a_call_costs_what_pipedrive_says(method: str, path: str, cost: int) -> None:
    request = Request(PIPEDRIVE, method, COMPANY + path)

    assert cost_of(request) == cost
    assert is_search(request) is path.endswith("search")
