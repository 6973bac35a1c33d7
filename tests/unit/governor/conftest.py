"""Governors of several processes on one Redis, and a clock that all of them live by."""

import pytest
from redis import Redis

from sandbox.clock import Clock
from sync.clients.failures import RateLimited
from sync.clients.governor import Call
from sync.clients.pipedrive._errors import PIPEDRIVE
from sync.clients.xero._errors import XERO
from sync.governor.limits import Callers
from sync.governor.redis_governor import RedisGovernor

TENANT = "7e1d0f5e-5c5c-4b0e-9d43-000000000001"


class Office:
    """Makes governors, each as a process of its own would have it."""

    def __init__(self, redis_url: str) -> None:
        self.clock = Clock()
        self._url = redis_url

    def people(self) -> RedisGovernor:
        """A web process."""
        return RedisGovernor(redis_url=self._url, callers=Callers.PEOPLE, now=self.clock.timestamp)

    def background(self) -> RedisGovernor:
        """A worker."""
        return RedisGovernor(redis_url=self._url, callers=Callers.BACKGROUND, now=self.clock.timestamp)


@pytest.fixture
def office(redis_url: str) -> Office:
    """An empty Redis, and whoever shares it."""
    return Office(redis_url)


def to_xero(tenant: str = TENANT) -> Call:
    """A call to an organisation."""
    return Call(XERO, tenant=tenant)


def to_pipedrive(company: int = 1, user: int = 1, *, cost: int = 5, is_search: bool = False) -> Call:
    """A call as a user of a company."""
    return Call(PIPEDRIVE, tenant=str(company), user=str(user), cost=cost, is_search=is_search)


def make(governor: RedisGovernor, call: Call, status: int = 200, /, **headers: object) -> None:
    """Make a call that is answered with these headers."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    with governor.permit(call) as permit:
        permit.answered(status=status, headers=named)


def seed(governor: RedisGovernor, call: Call, *, left: int = 59) -> None:
    """Let the vendor say what is left, so that several calls may be made at once."""
    xero = {"x_minlimit_remaining": left, "x_daylimit_remaining": 4999, "x_appminlimit_remaining": 9999}
    make(governor, call, **xero if call.vendor is XERO else {"x_ratelimit_limit": 80, "x_ratelimit_remaining": 79})


def trips(redis: Redis) -> int:
    """Count the scripts that were run so far."""
    found = redis.info("commandstats")
    return sum(int(found[name]["calls"]) for name in ("cmdstat_evalsha", "cmdstat_eval") if name in found)


def held_back(governor: RedisGovernor, call: Call) -> RateLimited:
    """Give the refusal that a call meets."""
    with pytest.raises(RateLimited) as caught, governor.permit(call):
        pass
    return caught.value


def passing(governor: RedisGovernor, call: Call, *, most: int = 200, **headers: object) -> int:
    """Make calls until one is held back; gives how many passed."""
    for number in range(most):
        try:
            make(governor, call, **headers)
        except RateLimited:
            return number
    return most
