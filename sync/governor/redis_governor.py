"""The governor in Redis: one atomic script when a call starts, one when it ends."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry

from sync.clients.failures import RateLimited
from sync.clients.governor import Call
from sync.governor.breaker import Away, Breaker
from sync.governor.held import PLACE_SECONDS, HeldPermit, Pulse
from sync.governor.limits import COUNTERS, Callers, Told, ask_of
from sync.governor.local import LocalCap

log = structlog.get_logger()

_REDIS_SECONDS = 0.5
#: How long a caller waits for a place; background work would rather do something else meanwhile.
_PATIENCE = {Callers.PEOPLE: 2.0, Callers.BACKGROUND: 0.3}
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 0.05
#: After a lost answer the vendor may still be at it.
_LOST_SECONDS = 1.0


class RedisGovernor:
    """One for each process.

    :param now: the time in seconds, for all processes alike; None: Redis's own.
    """

    def __init__(self, *, redis_url: str, callers: Callers, now: Callable[[], float] | None = None) -> None:
        # redis-py's own defaults wait for seconds when Redis is down.
        self._redis = redis = Redis.from_url(
            redis_url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            decode_responses=True,
        )
        self._enter, self._leave, self._renew = (_script(redis, name) for name in ("enter", "leave", "renew"))
        self._callers, self._now = callers, now
        self._breaker, self._local = Breaker(), LocalCap(patience=_PATIENCE[Callers.PEOPLE])

        self._pulse = Pulse(self._keep_places)

    @contextmanager
    def permit(self, call: Call) -> Iterator[HeldPermit]:
        """Give the right to make a call.

        :raises RateLimited: the vendor would refuse it, or, for background work, Redis is away.
        """
        permit = HeldPermit(call, ask_of(call, callers=self._callers), id=secrets.token_hex(8))
        with self._counted(permit) if self._is_placed(permit) else self._without_redis(call):
            yield permit

    def counted(self) -> dict[tuple[str, str], int] | None:
        """Give how many calls all processes made, by vendor and outcome; None while Redis is away."""
        try:
            with self._breaker.guard():
                found = self._redis.hgetall(COUNTERS)
        except Away:
            return None
        return {_vendor_and_outcome(str(name)): int(number) for name, number in found.items()}

    @contextmanager
    def _counted(self, permit: HeldPermit) -> Iterator[None]:
        with self._pulse.holding(permit):
            try:
                yield
            finally:
                self._tell(permit)

    def _is_placed(self, permit: HeldPermit) -> bool:
        """Wait for a place; False when Redis is away."""
        try:
            self._wait_for_place(permit)
        except Away:
            return False
        return True

    def _wait_for_place(self, permit: HeldPermit) -> None:
        until = time.monotonic() + _PATIENCE[self._callers]
        limits = {**permit.ask.limits, "id": permit.id, "lasts": PLACE_SECONDS}
        while True:
            own = self._pulse.count(permit.ask.flight)
            problem, seconds = self._run(self._enter, permit.ask.keys, json.dumps({**limits, "own": own}))
            if not problem:
                return
            wait, rest = float(seconds), until - time.monotonic()
            # A place in flight may be free at any moment; the others' moment is known.
            if rest <= 0 or (wait > rest and problem != "concurrent"):
                call = permit.call
                log.info("call_held_back", vendor=call.vendor.name, tenant=call.tenant, problem=problem, seconds=wait)
                raise RateLimited(call.vendor.busy, retry_after=wait, problem=problem)
            time.sleep(min(max(wait, _SHORTEST_PAUSE), _LONGEST_PAUSE, rest))

    @contextmanager
    def _without_redis(self, call: Call) -> Iterator[None]:
        """Let people's clicks go on, a few at a time; background work waits (D20)."""
        if self._callers is Callers.BACKGROUND:
            raise RateLimited(call.vendor.busy, retry_after=self._breaker.pause, problem="redis")
        with self._local.place(call):
            yield

    def _tell(self, permit: HeldPermit) -> None:
        told, call = permit.told, permit.call
        report = {
            **asdict(told or Told()),
            "id": permit.id,
            "vendor": call.vendor.name,
            "outcome": permit.outcome,
            "is_well": permit.outcome == "ok",
            "lingers": 0 if told else _LOST_SECONDS,
            "cost": call.cost,
        }
        # Where it fails, the place is free again by itself after a few seconds.
        with suppress(Away):
            self._run(self._leave, (*permit.ask.keys, COUNTERS), json.dumps(report))

    def _keep_places(self, permits: list[HeldPermit]) -> None:
        places = [(key, permit.id) for permit in permits for key in (permit.ask.flight, *permit.ask.windows)]
        with suppress(Away):
            self._run(self._renew, tuple(key for key, _ in places), PLACE_SECONDS, *(name for _, name in places))

    def _run(self, script: Script, keys: tuple[str, ...], first: str | float, *rest: str) -> list[str]:
        now = "" if self._now is None else repr(self._now())
        with self._breaker.guard():
            answer: list[str] = script(keys=list(keys), args=[first, now, *rest])
        return answer


def _script(redis: Redis, name: str) -> Script:
    return redis.register_script((Path(__file__).parent / f"{name}.lua").read_text())


def _vendor_and_outcome(name: str) -> tuple[str, str]:
    vendor, _, outcome = name.partition(" ")
    return vendor, outcome
