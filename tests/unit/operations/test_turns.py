"""Everybody who waits gets a turn: in order, several at once, and nobody twice at the same time."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sync.clients.failures import RateLimited
from sync.errors import ErrorCode
from sync.operations.lease import LeaseLost
from sync.operations.outcome import Outcome
from sync.operations.pauses import Pauses
from sync.operations.turns import Calls, Turn, take_turns
from tests.unit.fakes.house import House

WAIT = 20


@dataclass
class Queue:
    """Pieces of work by tenant; who has waited longest is first."""

    left: dict[str, int]
    served: list[str] = field(default_factory=list)
    before: Callable[[str], object] = lambda _key: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def due(self, _core: object) -> list[str]:
        """Name who waits."""
        with self.lock:
            return [key for key, count in self.left.items() if count]

    def run(self, _core: object, key: str) -> Outcome:
        """Do one piece; what was due when the line was looked at may be done by now."""
        with self.lock:
            if not self.left[key]:
                return Outcome.UNCHANGED
        outcome = self.before(key)
        with self.lock:
            self.left[key] -= 1
            self.served.append(key)
        return outcome if isinstance(outcome, Outcome) else Outcome.DONE

    def turn(self, lane: str = "tenant", calls: Calls = Calls.XERO, *, goes_first: bool = False) -> Turn[str]:
        """Give it as a turn."""
        return Turn(lane, lane, self.due, self.run, calls, goes_first)


def test_nothing_due_ends_at_once(house: House) -> None:
    queue = Queue({})

    take(house, queue.turn())

    assert queue.served == []


def test_a_tenant_with_much_work_does_not_delay_those_with_little(house: House) -> None:
    queue = Queue({"big": 200, **{f"small-{number}": 1 for number in range(30)}})

    take(house, queue.turn())

    # Nobody waits for more than the first round: twenty-four at once, then those who had none before.
    assert queue.served.index("small-29") < 60
    assert Counter(queue.served)["big"] == 200


def test_tenants_are_in_flight_at_once(house: House) -> None:
    together = threading.Barrier(8, timeout=WAIT)
    queue = Queue(dict.fromkeys("abcdefgh", 1), before=lambda _key: together.wait())

    take(house, queue.turn())

    assert sorted(queue.served) == list("abcdefgh")


def test_of_one_lane_and_tenant_only_one_is_in_flight(house: House) -> None:
    now, most = Counter[str](), Counter[str]()
    lock = threading.Lock()

    def note(key: str) -> None:
        with lock:
            now[key] += 1
            most[key] = max(most[key], now[key])
        with lock:
            now[key] -= 1

    first, second = (Queue({"a": 20, "b": 20}, before=note) for _ in range(2))

    take(house, first.turn(), second.turn())

    assert most == {"a": 1, "b": 1}
    assert first.left == second.left == {"a": 0, "b": 0}


def test_what_comes_in_while_another_turn_lasts_is_seen(house: House) -> None:
    arrived = threading.Event()

    def long_turn(key: str) -> None:
        if key == "late":
            arrived.set()
        else:
            with queue.lock:
                queue.left["late"] = 1
            assert arrived.wait(WAIT)

    queue = Queue({"long": 1}, before=long_turn)

    take(house, queue.turn())

    assert queue.served == ["late", "long"]


@pytest.mark.parametrize("err", [ZeroDivisionError(), LeaseLost(), RateLimited(ErrorCode.XERO_BUSY, retry_after=3600)])
def test_a_turn_that_fails_holds_up_nobody_and_is_not_taken_again_at_once(house: House, err: Exception) -> None:
    tried = []

    def fail(key: str) -> None:
        if key == "bad":
            tried.append(key)
            raise err

    queue = Queue({"bad": 1, "good": 3}, before=fail)

    take(house, queue.turn())

    assert queue.served == ["good"] * 3
    assert len(tried) == 1


def test_a_turn_that_brings_nothing_is_not_taken_again_at_once(house: House) -> None:
    queue = Queue({"held": 2}, before=lambda _key: Outcome.IGNORED)

    take(house, queue.turn())

    assert queue.left == {"held": 1}


def test_what_failed_is_not_taken_again_at_once_by_the_next_job_either(house: House) -> None:
    tried = []

    def fail(key: str) -> None:
        tried.append(key)
        raise ZeroDivisionError

    queue, pauses = Queue({"bad": 1}, before=fail), Pauses()

    for _ in range(3):
        take_turns(house.core, turns=[queue.turn()], stopping=threading.Event(), pauses=pauses)

    assert tried == ["bad"]


def test_what_another_worker_held_is_taken_a_moment_later_however_often_that_was_so(house: House) -> None:
    outcomes = [Outcome.HELD, Outcome.HELD, Outcome.HELD]
    queue = Queue({"a": 4}, before=lambda _key: outcomes.pop() if outcomes else Outcome.DONE)

    take(house, queue.turn())

    assert queue.served == ["a"] * 4


def test_vendors_that_hang_do_not_hold_up_what_asks_none(house: House) -> None:
    assert is_served_while_all_of_the_others_wait(house, Calls.NOBODY)


def test_a_vendor_that_hangs_leaves_room_for_the_other_s_turns(house: House) -> None:
    assert is_served_while_all_of_the_others_wait(house, Calls.PIPEDRIVE)


def test_what_others_wait_for_does_not_stand_behind_a_round_of_all_tenants(house: House) -> None:
    vendor = threading.Event()
    many = Queue({f"tenant-{number}": 1 for number in range(300)}, before=lambda _key: vendor.wait(0.02))
    first = Queue({"all": 3}, served=many.served, lock=many.lock)

    take(house, first.turn("first", goes_first=True), many.turn())

    assert [place for place, key in enumerate(many.served) if key == "all"][-1] < 150


def test_a_limit_that_is_over_in_a_moment_is_waited_for(house: House) -> None:
    tried = []

    def limited(key: str) -> None:
        tried.append(key)
        if len(tried) < 3:
            raise RateLimited(ErrorCode.XERO_BUSY, retry_after=0.05, problem="concurrent")

    queue = Queue({"a": 1}, before=limited)

    take(house, queue.turn())

    assert len(tried) == 3
    assert queue.served == ["a"]


def test_told_to_stop_it_ends_what_is_in_flight_and_begins_nothing(house: House) -> None:
    stopping = threading.Event()
    queue = Queue({"a": 100}, before=lambda _key: stopping.set())

    take_turns(house.core, turns=[queue.turn()], stopping=stopping)

    assert queue.served == ["a"]


def is_served_while_all_of_the_others_wait(house: House, calls: Calls) -> bool:
    """Have something come in while more turns than there are places wait for Xero, until it is served."""
    served = threading.Event()
    late = Queue({}, before=lambda _key: served.set())
    in_time = []

    def hang(_key: str) -> None:
        with late.lock:
            late.left.setdefault("late", 1)
        in_time.append(served.wait(WAIT))

    take(house, late.turn("late", calls), Queue({f"tenant-{number}": 1 for number in range(40)}, before=hang).turn())

    return all(in_time)


def take(house: House, *turns: Turn[str]) -> None:
    """Work everything off."""
    take_turns(house.core, turns=turns, stopping=threading.Event())
