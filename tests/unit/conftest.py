"""A real Redis for the jobs: the Valkey that pip brings, ended with the tests however they end."""

import itertools
import subprocess
from collections.abc import Iterator

import pytest
from redis import Redis

from sandbox.valkey import prepare
from sync.jobs.queue import connect, is_redis_alive
from tests.support.waiting import wait_until

_numbers = itertools.count()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that runs."""
    valkey = prepare(tmp_path_factory.mktemp("valkey"))
    with subprocess.Popen(valkey.command, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - our own binary
        try:
            wait_until(lambda: is_redis_alive(url=valkey.url), seconds=10, what="Valkey answers")
            yield valkey.url
        finally:
            server.kill()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty database there; the teller of an earlier test may still be talking to its own."""
    url = f"{redis_server.removesuffix('/0')}/{next(_numbers) % 16}"
    connect(url=url).flushdb()
    return url


@pytest.fixture
def redis(redis_url: str) -> Redis:
    """A client of it."""
    return connect(url=redis_url)
