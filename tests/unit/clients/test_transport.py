"""What the transport does when the line breaks, on real sockets."""

import socket
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import responses

from sync.clients.failures import OutcomeUnknown, Unavailable, Unreadable
from sync.clients.pipedrive._errors import PIPEDRIVE
from sync.clients.transport import Request, Transport
from sync.clients.xero._errors import XERO
from sync.errors import ErrorCode
from tests.unit.clients.vendors import (
    ACCOUNTING,
    DROP,
    HOLD,
    ScriptedVendor,
    a_pipedrive_client,
    a_transport,
    a_xero_client,
    answer,
)

VendorDoing = Callable[[Sequence[bytes | None]], ScriptedVendor]


def test_a_question_whose_connection_dropped_is_asked_once_more(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([DROP, answer(b'{"Currencies": [{"Code": "NZD"}]}')])

    codes = a_xero_client(api_url=vendor.url).currencies()

    assert codes == ("NZD",)
    assert len(vendor.requests) == 2


def test_a_vendor_that_drops_twice_is_unavailable(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([DROP, DROP, answer(b"{}")])

    with pytest.raises(Unavailable) as caught:
        a_xero_client(api_url=vendor.url).currencies()

    assert caught.value.code is ErrorCode.XERO_UNAVAILABLE
    assert len(vendor.requests) == 2


def test_half_an_answer_to_a_question_is_asked_for_again(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([answer(b'{"Curr', length=40), answer(b'{"Currencies": []}')])

    assert a_xero_client(api_url=vendor.url).currencies() == ()


@pytest.mark.parametrize("reply", [DROP, answer(b'{"Invoi', length=400), answer(b"<html>"), answer(b"{}"), answer(b"")])
def test_a_write_whose_answer_is_lost_is_sent_once_and_its_outcome_unknown(
    vendor_doing: VendorDoing, reply: bytes
) -> None:
    vendor = vendor_doing([reply, reply, reply, reply])

    with pytest.raises(OutcomeUnknown):
        a_xero_client(api_url=vendor.url).create_invoice(body=b"{}", idempotency_key="k")

    assert [request.split(b" ")[0] for request in vendor.requests] == [b"PUT"]


def test_a_write_that_times_out_after_it_was_sent_is_unknown(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([HOLD, HOLD])
    transport = Transport(timeout=(5, 0.05), user_agent="instep-test")

    with pytest.raises(OutcomeUnknown):
        a_xero_client(api_url=vendor.url, transport=transport).create_invoice(body=b"{}", idempotency_key="k")

    assert len(vendor.requests) == 1


def test_a_question_that_times_out_is_not_asked_again(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([HOLD, HOLD])
    transport = Transport(timeout=(5, 0.05), user_agent="instep-test")

    with pytest.raises(Unavailable):
        a_pipedrive_client(api_domain=vendor.url, transport=transport).me()

    assert len(vendor.requests) == 1


def test_a_write_that_never_left_is_known_not_to_be_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]

    with pytest.raises(Unavailable) as caught:
        a_pipedrive_client(api_domain=f"http://127.0.0.1:{port}").update_deal_fields(deal_id=1, values={})

    assert caught.value.code is ErrorCode.PIPEDRIVE_UNAVAILABLE


def test_a_vendor_out_of_reach_is_told_without_the_customers_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    name = "Ann"

    with pytest.raises(Unavailable) as caught:
        a_xero_client(api_url=f"http://127.0.0.1:{port}").search_contacts(term=name)

    told = "".join(traceback.format_exception(caught.value))
    assert "Connection refused" in told
    assert name not in told


def test_a_redirect_is_not_followed_with_the_token(web: responses.RequestsMock) -> None:
    web.get(f"{ACCOUNTING}/Currencies", status=302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(Unreadable):
        a_xero_client().currencies()


def test_a_cookie_of_one_tenant_does_not_travel_on(vendor_doing: VendorDoing) -> None:
    sets_cookie = answer(b"{}", headers="Set-Cookie: tenant=one; Path=/\r\n")
    vendor = vendor_doing([sets_cookie, sets_cookie])
    transport = a_transport()

    for _ in range(2):
        transport.send(Request(XERO, "GET", f"{vendor.url}/"))

    assert b"tenant=one" not in vendor.requests[1]


def test_credentials_from_a_netrc_never_replace_the_token(
    vendor_doing: VendorDoing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    vendor = vendor_doing([answer(b"{}")])

    a_transport().send(Request(XERO, "GET", f"{vendor.url}/", headers={"Authorization": "Bearer mine"}))

    assert b"Authorization: Bearer mine" in vendor.requests[0]


def test_commas_stay_and_all_else_is_quoted(vendor_doing: VendorDoing) -> None:
    vendor = vendor_doing([answer(b"{}")])
    params = {"IDs": "a,b", "where": 'Name=="A & B+C/é"'}

    a_transport().send(Request(PIPEDRIVE, "GET", f"{vendor.url}/x", params=params))

    target = vendor.requests[0].split(b" ")[1]
    assert target == b"/x?IDs=a,b&where=Name%3D%3D%22A%20%26%20B%2BC%2F%C3%A9%22"


def test_requests_and_responses_keep_their_contents_out_of_their_repr() -> None:
    request = Request(XERO, "PUT", f"{ACCOUNTING}/Invoices", {"term": "s3cret"}, {"Authorization": "s3cret"}, b"s3cret")

    assert "s3cret" not in repr(request) + request.summary
