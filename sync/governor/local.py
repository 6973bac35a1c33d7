"""What people may do while nobody counts for all processes: a few calls at once for each tenant, in this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sync.clients.failures import RateLimited
from sync.clients.governor import Call

#: With two web processes, fewer than the five that Xero lets run at once.
_AT_ONCE = 2


class LocalCap:
    """Places for calls of this process; whoever waits longer than `patience` is sent away."""

    def __init__(self, *, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str], threading.Semaphore] = {}

    @contextmanager
    def place(self, call: Call) -> Iterator[None]:
        """Hold a place.

        :raises RateLimited: none was free in time.
        """
        with self._lock:
            places = self._places.setdefault((call.vendor.name, call.tenant), threading.Semaphore(_AT_ONCE))
        if not places.acquire(timeout=self._patience):
            raise RateLimited(call.vendor.busy, retry_after=1, problem="concurrent")
        try:
            yield
        finally:
            places.release()
