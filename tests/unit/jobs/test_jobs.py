"""A job only says that there is work: losing one, or telling it twice, changes nothing."""

import threading
import time
from dataclasses import replace

import pytest
from redis import Redis
from rq import Queue, SimpleWorker

from sync.core import Core
from sync.jobs.clock import tick
from sync.jobs.queue import QUEUE, RqWaker, is_redis_alive
from sync.jobs.tasks import adopt, work_off
from sync.store.database import Database
from sync.store.inbox import Delivery
from tests.support.waiting import wait_until
from tests.unit.fakes.house import House

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def reached(house: House, redis_url: str) -> Core:
    """A core whose Redis runs."""
    return replace(house.core, settings=replace(house.core.settings, redis_url=redis_url))


def test_a_wake_up_becomes_a_job_and_the_job_does_the_work(house: House, reached: Core, redis: Redis) -> None:
    house.add(delivery(house))
    RqWaker(redis_url=reached.settings.redis_url).wake()
    wait_until(lambda: queue(redis).count == 1, seconds=10, what="the wake-up is queued")

    adopt(reached)
    SimpleWorker([QUEUE], connection=redis, serializer="json").work(burst=True, logging_level="WARNING")

    assert house.delivery_states() == ["done"]
    assert queue(redis).count == 0


def test_one_wake_up_waits_at_most(redis: Redis, redis_url: str) -> None:
    wakers = [RqWaker(redis_url=redis_url) for _ in range(2)]

    for _ in range(5):
        for waker in wakers:
            waker.announce()

    assert queue(redis).count == 1


def test_a_wake_up_is_told_while_the_job_of_another_is_under_way(redis: Redis, redis_url: str) -> None:
    waker = RqWaker(redis_url=redis_url)
    waker.announce()
    redis.lpop(queue(redis).key)

    waker.announce()

    assert queue(redis).count == 1


def test_waking_returns_at_once_although_redis_is_down() -> None:
    waker = RqWaker(redis_url=NOBODY)
    started = time.monotonic()

    for _ in range(1000):
        waker.wake()

    assert time.monotonic() - started < 1


def test_wake_ups_from_many_threads_start_one_teller(redis: Redis, redis_url: str) -> None:
    waker = RqWaker(redis_url=redis_url)
    before = set(threading.enumerate())
    callers = [threading.Thread(target=waker.wake) for _ in range(8)]

    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=10)

    assert len({thread for thread in threading.enumerate() if thread.name == "waker"} - before) == 1


def test_a_wake_up_that_is_lost_is_left_to_the_clock() -> None:
    RqWaker(redis_url=NOBODY).announce()


def test_the_clock_wakes_a_worker_for_what_is_due(house: House) -> None:
    tick(house.core)
    assert house.waker.wakes == 0
    house.add(delivery(house))

    tick(house.core)

    assert house.waker.wakes == 1


def test_the_clock_goes_on_without_a_database(house: House) -> None:
    tick(replace(house.core, database=Database(url="sqlite:////nowhere/at/all.sqlite3")))

    assert house.waker.wakes == 0


def test_an_old_worker_bears_what_a_newer_release_tells_it(house: House) -> None:
    house.add(delivery(house))
    adopt(house.core)

    work_off(company_id=7, hint="of next year")

    assert house.delivery_states() == ["done"]


def test_redis_says_whether_it_is_alive(redis_url: str) -> None:
    assert is_redis_alive(url=redis_url)
    assert not is_redis_alive(url=NOBODY)


def queue(redis: Redis) -> Queue:
    """The queue as it is now."""
    return Queue(QUEUE, connection=redis, serializer="json")


def delivery(house: House) -> Delivery:
    """A delivery that waits."""
    return Delivery(
        source="xero", company_id=0, body_hash="h", body=b'{"events": []}', received_at=house.clock(), state="pending"
    )
