"""Kills, wipes and faults in an order that a seed decides."""

import random
import time
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from sync.store.database import Database
from tests.soak.leases import held, waiting
from tests.soak.ledger import Ledger
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack
from tests.support.vendors import faults

#: The longest that a killed worker's tenants may wait (acceptance 5), and how long we look on.
GOES_ON_WITHIN, _LOOK_FOR = 10.0, 25.0
_STEP = 0.1
_PAUSES = (0.1, 0.8)
_DELIVERY_FAULTS = ("duplicate", "reorder")
#: What happens, and how often in proportion.
_SHARES = {"worker": 6, "web": 3, "clock": 2, "valkey": 3, "flush": 2, "postgres": 3}


class Storm:
    """Breaks one thing after the other while others work."""

    def __init__(
        self,
        stack: Stack,
        ledger: Ledger,
        *,
        workers: int,
        postgres: PostgresServer | None,
        faults: Sequence[str],
        seed: int,
    ) -> None:
        self._stack, self._ledger, self._workers, self._postgres = stack, ledger, workers, postgres
        self._faults = faults
        self._random = random.Random(seed)  # noqa: S311 - no secret hangs on it
        self._database = Database(url=stack.database_url)
        self._shares = {name: share for name, share in _SHARES.items() if name != "postgres" or postgres}

    def rage(self, *, kills: int) -> None:
        """Kill so many times, with faults between."""
        names = list(self._shares)
        for _ in range(kills):
            time.sleep(self._random.uniform(*_PAUSES))
            self._disturb()
            [name] = self._random.choices(names, weights=list(self._shares.values()))
            self._strike(name)
        self._database.close()

    def _strike(self, name: str) -> None:
        match name:
            case "worker":
                self._kill_worker()
            case "flush":
                self._flush()
            case "postgres":
                self._kill_postgres()
            case _:
                self._kill(name)

    def _disturb(self) -> None:
        """Have the vendors misbehave a few times."""
        for url, path in ((self._stack.xero_url, "/api.xro/*"), (self._stack.pipedrive_url, "/api/*")):
            do, times = self._random.choice(self._faults), self._random.randint(1, 3)
            faults(url, method=self._random.choice(("*", "GET", "PATCH", "PUT")), path=path, do=do, times=times)
            faults(url, method="*", path="*", do=self._random.choice(_DELIVERY_FAULTS), times=2, seconds=1)

    def _kill(self, name: str) -> None:
        self._stack.kill(name)
        self._ledger.happened.append(f"killed {name}")

    def _kill_worker(self) -> None:
        """Kill a worker that is at work, and see that its tenants go on."""
        number = self._random.randint(1, self._workers)
        try:
            before = held(self._database)
        except SQLAlchemyError:
            before = []
        self._kill(f"worker-{number}" if number > 1 else "worker")
        began = time.monotonic()
        while (left := waiting(self._database, before)) and time.monotonic() - began < _LOOK_FOR:
            time.sleep(_STEP)
        took = time.monotonic() - began
        if before:
            self._ledger.went_on.append(took)
        if left or took > GOES_ON_WITHIN:
            self._ledger.find(f"after a worker was killed, {left or 'its tenants'} went on only after {took:.1f} s")

    def _kill_postgres(self) -> None:
        assert self._postgres is not None
        self._postgres.kill()
        # The connections that we kept are dead, too.
        self._database.close()
        self._ledger.happened.append("killed postgres")

    def _flush(self) -> None:
        try:
            with Redis.from_url(self._stack.redis_url) as redis:
                redis.flushall()
        except RedisError:
            # It was killed just now, and is coming back.
            return
        self._ledger.happened.append("wiped Redis")
