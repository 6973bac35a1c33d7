"""Redis is down, or answers nothing: background work waits, people go on, and nobody waits for it twice."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.valkey import Valkey, prepare
from sync.clients.failures import RateLimited
from sync.governor.limits import Callers
from sync.governor.redis_governor import RedisGovernor
from sync.jobs.queue import is_redis_alive
from tests.support.waiting import wait_until
from tests.unit.governor.conftest import make, seed, to_pipedrive, to_xero


@pytest.fixture
def nowhere() -> str:
    """The address of a Redis that does not run."""
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        return f"redis://127.0.0.1:{closed_soon.getsockname()[1]}/0"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A Redis that the test may stop, and its address."""
    valkey = prepare(tmp_path / "valkey")
    with start(valkey) as server:
        yield valkey.url, server
        server.send_signal(signal.SIGCONT)
        server.kill()


def test_background_work_waits(nowhere: str) -> None:
    worker = RedisGovernor(redis_url=nowhere, callers=Callers.BACKGROUND)

    with pytest.raises(RateLimited) as caught:
        make(worker, to_xero())

    assert (caught.value.problem, caught.value.retry_after) == ("redis", 2.0)


def test_people_go_on_two_at_a_time_for_each_tenant(nowhere: str) -> None:
    web = RedisGovernor(redis_url=nowhere, callers=Callers.PEOPLE)

    with ExitStack() as flying:
        for _ in range(2):
            flying.enter_context(web.permit(to_xero()))
        flying.enter_context(web.permit(to_xero("another")))
        flying.enter_context(web.permit(to_pipedrive()))
        with pytest.raises(RateLimited) as caught:
            make(web, to_xero())

    assert caught.value.problem == "concurrent"
    make(web, to_xero())


def test_a_redis_that_hangs_is_waited_for_once(own_redis: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, server = own_redis
    web = RedisGovernor(redis_url=url, callers=Callers.PEOPLE)
    seed(web, to_xero())
    server.send_signal(signal.SIGSTOP)
    started = time.monotonic()

    for _ in range(20):
        make(web, to_xero())

    assert 0.4 < time.monotonic() - started < 1.5


def test_a_redis_that_comes_back_counts_again(own_redis: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, server = own_redis
    worker = RedisGovernor(redis_url=url, callers=Callers.BACKGROUND)
    server.send_signal(signal.SIGSTOP)
    with pytest.raises(RateLimited):
        make(worker, to_xero())
    server.send_signal(signal.SIGCONT)

    wait_until(lambda: passes(worker), seconds=6, what="background work goes on")


def passes(worker: RedisGovernor) -> bool:
    """Whether a call may be made."""
    try:
        make(worker, to_xero(), x_minlimit_remaining=59)
    except RateLimited:
        return False
    return True


def start(valkey: Valkey) -> "subprocess.Popen[bytes]":
    """Start it, and wait until it answers."""
    server = subprocess.Popen(valkey.command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own binary
    wait_until(lambda: is_redis_alive(url=valkey.url), seconds=10, what="Valkey answers")
    return server
