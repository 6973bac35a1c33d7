"""Many threads of several processes against the sandbox's own counters: no limit is ever exceeded."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from redis import Redis

import sandbox.pipedrive.limits
import sandbox.xero.limits
from sandbox.xero.errors import Refusal
from sandbox.xero.world import World
from sync.clients.failures import RateLimited
from sync.clients.governor import Call
from sync.governor.redis_governor import RedisGovernor
from tests.unit.governor.conftest import Office, to_pipedrive, to_xero

_TENANTS = [f"tenant-{number}" for number in range(3)]


class Xero:
    """The sandbox's limits with a call between take-off and landing, as its gate has it."""

    def __init__(self, office: Office) -> None:
        self._pause = threading.Event()
        self._limits = sandbox.xero.limits.Limits(office.clock, World(office.clock))

    @property
    def refused(self) -> int:
        """How many calls were over a limit."""
        return self._limits.refused.total()

    def call(self, governor: RedisGovernor, tenant: str, chance: random.Random) -> None:
        """Make a call that arrives late, takes a while, and whose answer is late, too."""
        with governor.permit(to_xero(tenant)) as permit:
            self._pause.wait(chance.uniform(0, 0.005))
            flying = self._limits.enter(tenant)
            try:
                headers = self._limits.count(tenant, flying)
            except Refusal as refusal:
                headers = dict(refusal.response.headers)
            self._pause.wait(chance.uniform(0, 0.01))
            self._limits.leave(tenant)
            self._pause.wait(chance.uniform(0, 0.005))
            permit.answered(status=200, headers={name.lower(): value for name, value in headers.items()})


def test_xero_refuses_nothing(office: Office, redis: Redis) -> None:
    xero = Xero(office)

    def work(number: int) -> int:
        governor = office.people() if number < 2 else office.background()
        chance = random.Random(number)  # noqa: S311 - reproducible, not secret
        return sum(tried(lambda: xero.call(governor, chance.choice(_TENANTS), chance)) for _ in range(20))

    done = 0
    with ThreadPoolExecutor(12) as pool:
        for spell in range(6):
            done += sum(pool.map(work, range(12)))
            office.clock.advance(25)
            if spell == 3:
                redis.flushdb()

    assert xero.refused == 0
    # Three organisations, and at least two whole minutes of fifty calls.
    assert done > 3 * 2 * 50


def test_a_wipe_in_the_middle_makes_xero_refuse_nothing(office: Office, redis: Redis) -> None:
    xero, worker = Xero(office), office.background()

    def work(number: int) -> int:
        chance = random.Random(number)  # noqa: S311 - reproducible, not secret
        done = 0
        for step in range(20):
            done += tried(lambda: xero.call(worker, _TENANTS[0], chance))
            if number == 3 and step % 5 == 4:
                redis.flushdb()
        return done

    with ThreadPoolExecutor(8) as pool:
        done = sum(pool.map(work, range(8)))

    assert xero.refused == 0
    assert done > 20


def test_pipedrive_refuses_nothing(office: Office) -> None:
    limits, lock = sandbox.pipedrive.limits.Limits(clock=office.clock), threading.Lock()
    governors: list[RedisGovernor] = [office.background(), office.background(), office.people()]
    pause = threading.Event()

    def call(governor: RedisGovernor, call: Call) -> None:
        with governor.permit(call) as permit:
            with lock:
                verdict = limits.charge(bearer=call.user, cost=call.cost)
            permit.answered(status=200 if verdict.passes else 429, headers=verdict.headers())

    def work(number: int) -> None:
        for _ in range(50):
            while not tried(lambda: call(governors[number % 3], to_pipedrive(user=number % 2))):
                pause.wait(0.1)

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(work, range(9)))

    assert (limits.refused.total(), limits.spent) == (0, 9 * 50 * 5)


def tried(deed: Callable[[], None]) -> bool:
    """Do it, unless it is held back."""
    try:
        deed()
    except RateLimited:
        return False
    return True
