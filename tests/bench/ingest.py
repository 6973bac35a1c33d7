"""How many of Xero's deliveries are kept for good in a second, and how fast each is answered (acceptance 4)."""

import contextlib
import itertools
import secrets
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sandbox.environment import ENVIRON, Addresses, app_environment
from sandbox.probe import answers
from sandbox.valkey import prepare
from sandbox.xero.webhooks import payload, sign
from tests.bench.figures import Figure
from tests.bench.hammer import Pressure, pace, saturate
from tests.bench.web import CONTROL, receiver_path
from tests.support.postgres import PostgresServer
from tests.support.stack import free_base_port
from tests.support.waiting import wait_until

ROUNDS, REQUESTS, CONNECTIONS = 5, 6000, 32
PACED_PER_SECOND, PACED = 200, 800
_EVENTS = 5
_RATIO = 0.22
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Web:
    """Two web processes as the Procfile starts them, a Redis, and nobody who works anything off."""

    port: int
    key: str
    valkey: "subprocess.Popen[bytes]"

    def deliveries(self, path: str, count: int) -> list[bytes]:
        """Write so many different signed deliveries of Xero's."""
        return [_request(self.port, path, self.key) for _ in range(count)]


def measure_ingest() -> list[Figure]:
    """Measure with both databases."""
    figures = []
    for name in ("sqlite", "postgresql"):
        with _web(name) as web:
            figures += [*_saturated(name, web), *_paced(name, web), *_without_redis(name, web)]
    return figures


def _saturated(name: str, web: Web) -> list[Figure]:
    saturate(web.port, web.deliveries(CONTROL, REQUESTS // 4), connections=CONNECTIONS)
    rounds: list[tuple[Pressure, Pressure]] = []
    for _ in range(ROUNDS):
        bare = saturate(web.port, web.deliveries(CONTROL, REQUESTS), connections=CONNECTIONS)
        kept = saturate(web.port, web.deliveries(receiver_path(), REQUESTS), connections=CONNECTIONS)
        rounds.append((bare, kept))
    bare_rate, rate = (median(one[which].per_second for one in rounds) for which in (0, 1))
    bare_p99, p99 = (median(one[which].p99 for one in rounds) for which in (0, 1))
    control = "only the signature is verified"
    return [
        Figure(f"{name}: deliveries kept a second", rate, bare=bare_rate, bare_is=control),
        Figure(f"{name}: the same as a ratio to the control", rate / bare_rate, at_least=_RATIO, bare=1),
        Figure(f"{name}: p99 at saturation", p99, "ms", at_most=60, bare=bare_p99, bare_is=control),
    ]


def _paced(name: str, web: Web) -> list[Figure]:
    bare, kept = (
        median(pace(web.port, web.deliveries(path, PACED), per_second=PACED_PER_SECOND).p99 for _ in range(3))
        for path in (CONTROL, receiver_path())
    )
    return [Figure(f"{name}: p99 at {PACED_PER_SECOND} a second", kept, "ms", at_most=15, bare=bare)]


def _without_redis(name: str, web: Web) -> list[Figure]:
    """Hang Redis, then kill it; both for good, as far as the receiver can know."""
    figures = []
    for number, word in ((signal.SIGSTOP, "hung"), (signal.SIGKILL, "down")):
        web.valkey.send_signal(number)
        kept = pace(web.port, web.deliveries(receiver_path(), PACED), per_second=PACED_PER_SECOND)
        figures.append(Figure(f"{name}: p99 at {PACED_PER_SECOND} a second, Redis {word}", kept.p99, "ms", at_most=250))
    return figures


@contextlib.contextmanager
def _web(database: str) -> Iterator[Web]:
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="instep-ingest-")))
        url = f"sqlite:///{data / 'instep.sqlite3'}"
        if database == "postgresql":
            server = PostgresServer(fsync="on")
            stack.callback(server.stop)
            url = server.new_database()
        addresses, valkey = Addresses(free_base_port()), prepare(data / "valkey")
        env = {**app_environment(data=data, addresses=addresses, redis_url=valkey.url), "INSTEP_DATABASE_URL": url}
        redis = stack.enter_context(_process(valkey.command, {}, data / "valkey.log"))
        subprocess.run([sys.executable, "-m", "app", "migrate"], env={**ENVIRON, **env}, check=True)
        command = (sys.executable, "-m", "tests.bench.web", "--port", str(addresses.base_port), "--grace", "1")
        stack.enter_context(_process(command, env, data / "web.log"))
        wait_until(lambda: answers(f"{addresses.app}/healthz"), seconds=30, what="the web processes answer")
        yield Web(addresses.base_port, env["XERO_WEBHOOK_KEY"], redis)


@contextlib.contextmanager
def _process(command: tuple[str, ...], env: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out:
        running = subprocess.Popen(command, env={**ENVIRON, **env}, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603 - our own words
    try:
        yield running
    finally:
        running.send_signal(signal.SIGCONT)
        running.terminate()
        running.wait(20)


def _request(port: int, path: str, key: str) -> bytes:
    number = next(_numbers) * _EVENTS
    body = payload([_event(number + one) for one in range(_EVENTS)], number, number + _EVENTS - 1)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nx-xero-signature: {sign(key, body)}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _event(number: int) -> dict[str, object]:
    resource, tenant = str(uuid.UUID(int=number, version=4)), str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    url = f"https://api.xero.com/api.xro/2.0/Invoices/{resource}"
    event: dict[str, object] = {"resourceUrl": url, "resourceId": resource, "tenantId": tenant}
    return event | {"tenantType": "ORGANISATION", "eventCategory": "INVOICE", "eventType": "UPDATE", "eventDateUtc": at}
