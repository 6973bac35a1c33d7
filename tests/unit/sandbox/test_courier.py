"""Deliveries over real HTTP, right and wrong."""

import queue

import pytest

from sandbox.courier import Courier
from sandbox.faults import parse
from tests.unit.sandbox.conftest import Mailbox, Vendor


def send(courier: Courier, mailbox: Mailbox, body: bytes, *, delay: float = 0) -> "queue.Queue[int | None]":
    results: queue.Queue[int | None] = queue.Queue()
    courier.post(url=mailbox.url, body=body, headers={"X-Test": "1"}, timeout=5, delay=delay, on_result=results.put)
    return results


def fault(vendor: Vendor, do: str, **more: object) -> None:
    vendor.control.faults.add(parse({"do": do, "path": "/hook", **more}))


@pytest.mark.parametrize("status", [200, 401, 503])
def test_it_reports_the_status(courier: Courier, mailbox: Mailbox, status: int) -> None:
    mailbox.status = status

    results = send(courier, mailbox, b"one")

    assert results.get(timeout=5) == status
    assert mailbox.bodies == [b"one"]


def test_it_reports_no_answer_as_none(courier: Courier) -> None:
    nobody = Mailbox(url="http://127.0.0.1:9/hook")

    assert send(courier, nobody, b"one").get(timeout=5) is None


def test_a_delay_obeys_the_clock(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    results = send(courier, mailbox, b"late", delay=900)
    send(courier, mailbox, b"now").get(timeout=5)
    assert mailbox.bodies == [b"now"]

    vendor.control.clock.advance(900)

    assert results.get(timeout=5) == 200
    assert mailbox.bodies == [b"now", b"late"]


def test_duplicate_delivers_twice_and_reports_once(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    fault(vendor, "duplicate")

    results = send(courier, mailbox, b"one")

    assert mailbox.wait_for(2) == [b"one", b"one"]
    assert results.get(timeout=5) == 200
    assert results.empty()


def test_reorder_delivers_after_the_next(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    fault(vendor, "reorder", seconds=3600)

    first, second = send(courier, mailbox, b"first"), send(courier, mailbox, b"second")

    assert (first.get(timeout=5), second.get(timeout=5)) == (200, 200)
    assert mailbox.bodies == [b"second", b"first"]


def test_reorder_without_a_next_loses_nothing(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    fault(vendor, "reorder", seconds=0.1)

    results = send(courier, mailbox, b"only")

    assert results.get(timeout=5) == 200


def test_late_waits_for_its_seconds(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    fault(vendor, "late", seconds=600)
    late = send(courier, mailbox, b"late")
    send(courier, mailbox, b"on time").get(timeout=5)
    assert mailbox.bodies == [b"on time"]

    vendor.control.clock.advance(600)

    assert late.get(timeout=5) == 200


def test_never_delivers_nothing_and_says_nothing(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    fault(vendor, "never")

    lost = send(courier, mailbox, b"lost")
    send(courier, mailbox, b"next").get(timeout=5)

    assert mailbox.bodies == [b"next"]
    assert lost.empty()


def test_a_fault_for_another_path_is_left_alone(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    vendor.control.faults.add(parse({"do": "never", "path": "/elsewhere"}))

    assert send(courier, mailbox, b"one").get(timeout=5) == 200


def test_reset_forgets_what_has_not_left(vendor: Vendor, courier: Courier, mailbox: Mailbox) -> None:
    send(courier, mailbox, b"old", delay=900)

    vendor.control.reset()
    vendor.control.clock.advance(900)
    send(courier, mailbox, b"new").get(timeout=5)

    assert mailbox.bodies == [b"new"]


def test_it_is_idle_when_nothing_is_due(courier: Courier, mailbox: Mailbox) -> None:
    send(courier, mailbox, b"one", delay=900)

    assert courier.idle()


def test_it_is_busy_while_a_result_is_being_reported(courier: Courier, mailbox: Mailbox) -> None:
    seen: queue.Queue[bool] = queue.Queue()

    courier.post(
        url=mailbox.url, body=b"one", headers={}, timeout=5, on_result=lambda _status: seen.put(courier.idle())
    )

    assert seen.get(timeout=5) is False
