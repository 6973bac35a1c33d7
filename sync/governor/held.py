"""A call that may be made, and the places that it holds until its answer is there."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from sync.clients.governor import Call
from sync.governor.limits import Ask, Told, told_by

log = structlog.get_logger()

#: A killed process's calls lose their places so long after their last renewal.
PLACE_SECONDS = 6.0
_RENEW_SECONDS = 2.0


@dataclass
class HeldPermit:
    """One call, from the permission to its answer."""

    call: Call
    ask: Ask
    id: str
    told: Told | None = None
    outcome: str = "lost"
    since: float = field(default_factory=time.monotonic)

    def answered(self, *, status: int, headers: Mapping[str, str]) -> None:
        """Learn from the answer."""
        self.told = told_by(self.call, status=status, headers=headers)
        self.outcome = _outcome(status)


class Pulse:
    """Renews the places of calls that take long, from one thread."""

    def __init__(self, renew: Callable[[list[HeldPermit]], None]) -> None:
        self._renew = renew
        self._held: dict[str, HeldPermit] = {}
        self._lock = threading.Lock()
        self._any = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, permit: HeldPermit) -> Iterator[None]:
        """Keep a place while the call lasts."""
        with self._lock:
            self._held[permit.id] = permit
            self._any.set()
            if self._thread is None:
                # Started by the first call: a server may fork after the app was made.
                self._thread = threading.Thread(target=self._beat, name="governor", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._held[permit.id]
                if not self._held:
                    self._any.clear()

    def count(self, flight: str) -> int:
        """Count this process's own calls among those in flight."""
        with self._lock:
            return sum(permit.ask.flight == flight for permit in self._held.values())

    def _beat(self) -> None:
        while self._any.wait():
            time.sleep(_RENEW_SECONDS)
            before = time.monotonic() - _RENEW_SECONDS / 2
            with self._lock:
                long = [permit for permit in self._held.values() if permit.since < before]
            if long:
                self._renew_or_log(long)

    def _renew_or_log(self, permits: list[HeldPermit]) -> None:
        try:
            self._renew(permits)
        except Exception:
            # The thread must go on: without it every long call of this process would lose its place.
            log.exception("places_not_kept")


def _outcome(status: int) -> str:
    if status == 429:
        return "limited"
    if status >= 500:
        return "failed"
    return "ok" if 200 <= status < 300 else "refused"
