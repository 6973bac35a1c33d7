"""A worker process that is told to end does so within seconds, whatever it waits for, and leaves nothing held."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from sync.jobs.queue import RqWaker
from sync.store.accounts import Organisation
from tests.conftest import ENVIRON
from tests.support.waiting import wait_until
from tests.unit.fakes.house import ORGANISATION, House

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def silent_xero() -> Iterator[socket.socket]:
    """A Xero that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def worker(home: House, redis_url: str, silent_xero: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with something to ask."""
    home.add_events([home.xero.add_invoice()])
    home.keep_tokens_good()
    env = {
        **ENVIRON,
        "INSTEP_DATABASE_URL": home.core.database.url.replace("postgresql+psycopg://", "postgresql://"),
        "INSTEP_REDIS_URL": redis_url,
        "XERO_API_URL": f"http://127.0.0.1:{silent_xero.getsockname()[1]}",
    }
    RqWaker(redis_url=redis_url).announce()
    with subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def test_told_to_end_in_the_middle_of_a_call_it_leaves_nothing_held(
    home: House, worker: subprocess.Popen[bytes], silent_xero: socket.socket
) -> None:
    silent_xero.settimeout(30)
    call, _ = silent_xero.accept()
    assert home.get(Organisation, ORGANISATION).lease_owner is not None
    began = time.monotonic()

    worker.send_signal(signal.SIGTERM)

    worker.wait(20)
    assert time.monotonic() - began < 9
    assert home.get(Organisation, ORGANISATION).lease_owner is None
    assert home.event_states() == ["pending"]
    call.close()


def test_told_to_end_while_the_database_takes_nothing_it_ends_all_the_same(
    home: House, worker: subprocess.Popen[bytes], silent_xero: socket.socket
) -> None:
    silent_xero.settimeout(30)
    call, _ = silent_xero.accept()
    began = time.monotonic()

    with home.core.database.writing() as session:
        session.get_one(Organisation, ORGANISATION, with_for_update=True)
        worker.send_signal(signal.SIGTERM)
        worker.wait(20)

    assert time.monotonic() - began < 9.5
    call.close()


def test_told_to_end_with_nothing_to_do_it_ends_at_once(
    home: House, worker: subprocess.Popen[bytes], silent_xero: socket.socket, redis: Redis
) -> None:
    silent_xero.settimeout(30)
    call, _ = silent_xero.accept()
    call.close()
    wait_until(
        lambda: home.get(Organisation, ORGANISATION).lease_owner is None, seconds=30, what="the call was given up"
    )
    began = time.monotonic()

    worker.send_signal(signal.SIGTERM)

    worker.wait(20)
    assert time.monotonic() - began < 9
