"""Xero's four limits, as fixed windows. https://developer.xero.com/documentation/guides/oauth2/limits"""

import threading
from collections import Counter
from dataclasses import dataclass, field
from math import ceil

from flask import Response

from sandbox.control import Clock
from sandbox.xero.errors import Refusal
from sandbox.xero.world import World

DAY_BY_TIER = {"starter": 1000, "core": 5000, "plus": 5000, "advanced": 5000, "enterprise": 5000}
DEFAULTS = {"concurrent": 5, "minute": 60, "appminute": 10_000}
_MINUTE, _DAY = 60, 86_400


@dataclass(slots=True)
class _Window:
    length: int
    ends: float = 0
    used: int = 0

    def turn(self, now: float) -> None:
        """This will begin a new window when the old one has passed: windows are fixed, not rolling."""
        if not now < self.ends <= now + self.length:
            self.ends, self.used = now + self.length, 0


@dataclass(slots=True)
class _Tenant:
    minute: _Window = field(default_factory=lambda: _Window(_MINUTE))
    day: _Window = field(default_factory=lambda: _Window(_DAY))
    calls: int = 0


class Limits:
    """This will count calls and refuse those over a limit; a refused call does not count."""

    def __init__(self, clock: Clock, world: World) -> None:
        self._clock, self._world = clock, world
        self._lock = threading.Lock()
        self._flying: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """This will forget what was counted, save the calls that are in flight."""
        self._tenants: dict[str, _Tenant] = {}
        self._app = _Window(_MINUTE)
        self.refused: Counter[str] = Counter()
        #: How much of each limit was ever used, by whichever organisation used most of it.
        self.most: Counter[str] = Counter()

    def limit(self, name: str) -> int:
        """This will give the size of a limit: the tier's, unless the control API says otherwise."""
        default = DAY_BY_TIER[self._world.tier] if name == "day" else DEFAULTS[name]
        return self._world.limits.get(name, default)

    def enter(self, tenant_id: str) -> int:
        """This will count a call into the air and say how many are there."""
        with self._lock:
            self._flying[tenant_id] += 1
            return self._flying[tenant_id]

    def leave(self, tenant_id: str) -> None:
        """This will count a call out of the air."""
        with self._lock:
            self._flying[tenant_id] -= 1

    def count(self, tenant_id: str | None, flying: int = 0) -> dict[str, str]:
        """This will count one call and give the headers that say what is left.

        :raises Refusal: with the 429 when a limit is reached.
        """
        now = self._clock.timestamp()
        with self._lock:
            self._app.turn(now)
            over = "appminute" if self._app.used >= self.limit("appminute") else ""
            if tenant_id is None:
                if over:
                    raise self._refuse(over, self._app.ends - now, {})
                self._app.used += 1
                return self._app_header()
            tenant = self._tenants.setdefault(tenant_id, _Tenant())
            tenant.minute.turn(now)
            tenant.day.turn(now)
            over = over or self._over(tenant, flying)
            if over:
                ends = {"day": tenant.day.ends, "minute": tenant.minute.ends, "appminute": self._app.ends}.get(over)
                raise self._refuse(over, None if ends is None else ends - now, self._headers(tenant))
            self._app.used += 1
            tenant.minute.used += 1
            tenant.day.used += 1
            tenant.calls += 1
            used = {"concurrent": flying, "minute": tenant.minute.used, "day": tenant.day.used}
            self.most |= Counter({**used, "appminute": self._app.used})
            return self._headers(tenant)

    def state(self) -> dict[str, object]:
        """This will show the counters."""
        with self._lock:
            tenants = {
                key: {
                    "minute": one.minute.used,
                    "day": one.day.used,
                    "calls": one.calls,
                    "in_flight": self._flying[key],
                }
                for key, one in self._tenants.items()
            }
            sizes = {name: self.limit(name) for name in ("concurrent", "minute", "day", "appminute")}
            sums = {"refused": dict(self.refused), "most": dict(self.most)}
            return {"tenants": tenants, "app_minute": self._app.used, "limits": sizes, **sums}

    def fault(self) -> Response:
        """This will be the answer when the control API asks for a 429: the minute's limit."""
        return _too_many("minute", 1, {"X-MinLimit-Remaining": "0", **self._app_header()})

    def _over(self, tenant: _Tenant, flying: int) -> str:
        if flying > self.limit("concurrent"):
            return "concurrent"
        if tenant.day.used >= self.limit("day"):
            return "day"
        return "minute" if tenant.minute.used >= self.limit("minute") else ""

    def _app_header(self) -> dict[str, str]:
        return {"X-AppMinLimit-Remaining": str(max(0, self.limit("appminute") - self._app.used))}

    def _headers(self, tenant: _Tenant) -> dict[str, str]:
        return {
            "X-MinLimit-Remaining": str(max(0, self.limit("minute") - tenant.minute.used)),
            "X-DayLimit-Remaining": str(max(0, self.limit("day") - tenant.day.used)),
            **self._app_header(),
        }

    def _refuse(self, which: str, wait: float | None, headers: dict[str, str]) -> Refusal:
        self.refused[which] += 1
        return Refusal(_too_many(which, wait, headers))


def _too_many(which: str, wait: float | None, headers: dict[str, str]) -> Response:
    answer = Response(status=429, headers={**headers, "X-Rate-Limit-Problem": which})
    del answer.headers["Content-Type"]
    if wait is not None:
        answer.headers["Retry-After"] = str(max(1, ceil(wait)))
    return answer
