"""Every fault and every control route, over real HTTP."""

import json
import time

import pytest
import urllib3

from tests.unit.sandbox.conftest import Vendor


def post(vendor: Vendor, path: str, body: object) -> urllib3.BaseHTTPResponse:
    return vendor.call("POST", path, body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def calls(vendor: Vendor) -> list[dict[str, object]]:
    made: list[dict[str, object]] = vendor.call("GET", "/control/calls").json()["calls"]
    return made


class TestCalls:
    def test_it_lists_every_call_but_its_own(self, vendor: Vendor) -> None:
        vendor.call("GET", "/echo?deal=7")
        vendor.call("GET", "/nowhere")

        got = calls(vendor)

        assert [(call["method"], call["path"], call["status"]) for call in got] == [
            ("GET", "/echo", 200),
            ("GET", "/nowhere", 404),
        ]
        assert got[0]["query"] == {"deal": "7"}
        assert str(got[0]["at"]).endswith("Z")

    def test_it_shows_bodies_and_hides_secrets(self, vendor: Vendor) -> None:
        post(vendor, "/echo", {"name": "Ann"})
        vendor.call("POST", "/echo", fields={"code": "c0de", "state": "s"}, encode_multipart=False)
        vendor.call("GET", "/echo", headers={"Authorization": "Bearer abc"})

        json_call, form_call, bearer_call = calls(vendor)

        assert json_call["body"] == {"name": "Ann"}
        assert form_call["body"] == {"code": "…", "state": "s"}
        assert "abc" not in str(bearer_call)

    def test_the_view_still_gets_body_and_form(self, vendor: Vendor) -> None:
        answer = vendor.call("POST", "/echo", fields={"a": "b"}, encode_multipart=False).json()

        assert answer == {"body": "a=b", "form": {"a": "b"}}

    def test_it_can_be_emptied(self, vendor: Vendor) -> None:
        vendor.call("GET", "/echo")

        vendor.call("DELETE", "/control/calls")

        assert calls(vendor) == []


class TestRequestFaults:
    @pytest.mark.parametrize("status", [429, 500])
    def test_it_answers_with_an_error_as_often_as_asked(self, vendor: Vendor, status: int) -> None:
        post(vendor, "/control/faults", {"method": "GET", "path": "/echo", "do": str(status), "times": 2})

        statuses = [vendor.call("GET", "/echo").status for _ in range(3)]

        assert statuses == [status, status, 200]
        assert [call["status"] for call in calls(vendor)] == statuses

    def test_a_vendor_may_dress_the_429(self, vendor: Vendor) -> None:
        vendor.control.too_many = lambda: vendor.app.response_class("slow down", 429, {"Retry-After": "9"})
        post(vendor, "/control/faults", {"do": "429"})

        answer = vendor.call("GET", "/echo")

        assert (answer.data, answer.headers["Retry-After"]) == (b"slow down", "9")

    def test_slow_answers_late(self, vendor: Vendor) -> None:
        post(vendor, "/control/faults", {"do": "slow", "seconds": 0.3})
        start = time.monotonic()

        answer = vendor.call("GET", "/echo")

        assert answer.status == 200
        assert time.monotonic() - start >= 0.3

    @pytest.mark.parametrize(("do", "handled"), [("drop_before", []), ("drop_after", ["work"])])
    def test_a_dropped_call_gets_no_answer(self, vendor: Vendor, do: str, handled: list[str]) -> None:
        done: list[str] = []
        vendor.app.view_functions["echo"] = lambda: str(done.append("work"))  # type: ignore[func-returns-value]  # None is an answer like another
        post(vendor, "/control/faults", {"do": do})

        with pytest.raises(urllib3.exceptions.ProtocolError):
            vendor.call("GET", "/echo")

        assert done == handled
        assert [call["status"] for call in calls(vendor)] == [0]
        assert vendor.call("GET", "/echo").status == 200

    def test_a_fault_waits_for_a_call_that_matches(self, vendor: Vendor) -> None:
        post(vendor, "/control/faults", {"method": "post", "path": "/e*", "do": "500"})

        assert vendor.call("GET", "/echo").status == 200
        assert vendor.call("POST", "/other").status == 404
        assert vendor.call("POST", "/echo").status == 500

    def test_faults_can_be_listed_and_forgotten(self, vendor: Vendor) -> None:
        post(vendor, "/control/faults", {"do": "500", "times": 3})
        vendor.call("GET", "/echo")

        listed = vendor.call("GET", "/control/faults").json()["faults"]
        vendor.call("DELETE", "/control/faults")

        assert listed == [{"method": "*", "path": "*", "do": "500", "times": 2, "seconds": 5.0}]
        assert vendor.call("GET", "/echo").status == 200

    @pytest.mark.parametrize(
        "wrong",
        [{}, {"do": "explode"}, {"do": "500", "times": 0}, {"do": "slow", "seconds": "x"}, {"do": "500", "x": 1}],
    )
    def test_nonsense_is_refused_with_a_sentence(self, vendor: Vendor, wrong: dict[str, object]) -> None:
        answer = post(vendor, "/control/faults", wrong)

        assert answer.status == 400
        assert answer.json()["error"]


class TestClockAndReset:
    def test_the_clock_moves_forward(self, vendor: Vendor) -> None:
        moved: list[float] = []
        vendor.control.clock.on_advance(lambda: moved.append(vendor.control.clock.offset))

        answer = post(vendor, "/control/clock", {"advance": 3600}).json()

        assert answer["offset"] == 3600
        assert vendor.control.clock.timestamp() == pytest.approx(time.time() + 3600, abs=5)
        assert moved == [3600]

    @pytest.mark.parametrize("advance", [-1, "soon", None, "nan"])
    def test_the_clock_refuses_anything_else(self, vendor: Vendor, advance: object) -> None:
        assert post(vendor, "/control/clock", {"advance": advance}).status == 400

    def test_reset_returns_to_the_seeded_state(self, vendor: Vendor) -> None:
        post(vendor, "/control/clock", {"advance": 60})
        post(vendor, "/control/faults", {"do": "500"})
        vendor.call("GET", "/nowhere")

        post(vendor, "/control/reset", {})

        assert vendor.resets == ["reset"]
        assert vendor.control.clock.offset == 0
        assert calls(vendor) == []
        assert vendor.call("GET", "/echo").status == 200


class TestTheRest:
    def test_tokens_come_from_the_vendor(self, vendor: Vendor) -> None:
        assert post(vendor, "/control/tokens", {"user": 1}).json() == {"access_token": "a", "asked": {"user": 1}}
        assert vendor.call("POST", "/control/tokens").json()["asked"] == {}

    def test_tokens_need_no_content_type(self, vendor: Vendor) -> None:
        answer = vendor.call("POST", "/control/tokens", body=b"{}", headers={"Content-Type": "text/plain"})

        assert answer.json()["asked"] == {}

    def test_a_body_that_is_no_object_is_refused(self, vendor: Vendor) -> None:
        assert post(vendor, "/control/tokens", [1]).status == 400

    def test_health_says_who_lives(self, vendor: Vendor) -> None:
        assert vendor.call("GET", "/control/health").json() == {"ok": True, "name": "Vendor"}

    def test_the_page_shows_calls_and_takes_forms(self, vendor: Vendor) -> None:
        vendor.call("GET", "/echo?deal=7")
        form = {"do": "500", "method": "*", "path": "/echo", "times": "1", "seconds": "5"}

        answer = vendor.call(
            "POST", "/control/faults", fields=form, encode_multipart=False, headers={"Accept": "text/html"}
        )
        page = vendor.call("GET", "/control/").data.decode()

        assert (answer.status, answer.headers["Location"]) == (303, "/control/")
        assert "/echo?deal=7" in page
        assert "<td>500</td>" in page
