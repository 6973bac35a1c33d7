"""How a receiver's delivery comes to be on disk: by the raw driver, and many with one sync of it.

SQLAlchemy costs as much here as the disk does. Whoever comes while somebody commits waits, and is in the next commit
together with all who came meanwhile: nobody waits for more than two commits, and no thread of its own has to be woken.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: Under the five seconds that Xero waits for a receiver.
PATIENCE_SECONDS = 4.0
_LEAST_SECONDS = 0.5
_MOST_AT_ONCE = 64
_MOST_BYTES = 8 * 1024 * 1024


class NotRecorded(Exception):
    """The database did not take a delivery in time: it must be sent again."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One webhook request, as it is written down."""

    source: str
    company_id: int
    body_hash: str
    body: bytes
    received_at: datetime


class Ledger(Protocol):
    """Where deliveries are written. Whoever calls is the only one of its process."""

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Commit all of them before `until`, by the monotonic clock.

        :raises NotRecorded: it could not be done.
        """

    def close(self) -> None:
        """Close the connection."""


class _Place:
    """One delivery's place in the line: whoever stands there waits at `turn`, and then is over or leads."""

    __slots__ = ("delivery", "failure", "is_over", "leads", "turn")

    def __init__(self, delivery: NewDelivery) -> None:
        self.delivery = delivery
        self.turn = threading.Lock()
        self.turn.acquire()
        self.leads = self.is_over = False
        self.failure: NotRecorded | None = None


class Deliveries:
    """The line before the database.

    Its first leads: commits what stands in line by then, and lets the others go and the next one lead. Were all of them to
    wait for one lock, each would have to be woken before the next commit could begin.
    """

    def __init__(self, ledger: Ledger, *, patience: float = PATIENCE_SECONDS) -> None:
        self._ledger, self._patience = ledger, patience
        self._guard = threading.Lock()
        self._line: deque[_Place] = deque()
        self._is_led = False

    def add(self, delivery: NewDelivery) -> None:
        """Commit one delivery; one that is here already counts as committed.

        :raises NotRecorded: nobody can say that it is on disk.
        """
        place, until = _Place(delivery), time.monotonic() + self._patience
        with self._guard:
            self._line.append(place)
            place.leads, self._is_led = not self._is_led, True
        if not place.leads and not place.turn.acquire(timeout=self._patience):
            self._give_up(place)
        if not place.is_over:
            self._lead(until=until)
        if place.failure:
            raise place.failure

    def _give_up(self, place: _Place) -> None:
        """Leave the line, unless it came to the turn in this very moment."""
        with self._guard:
            if place.is_over or place.leads:
                return
            with suppress(ValueError):  # somebody is committing it, and nobody knows how that will end
                self._line.remove(place)
        place.is_over, place.failure = True, NotRecorded("The database is busy.")

    def _lead(self, *, until: float) -> None:
        with self._guard:
            batch = self._next_batch()
        failure: NotRecorded | None = NotRecorded("The writing ended half-way.")
        # Whoever came later shall not fail because the first of them has waited so long.
        until = max(until, time.monotonic() + _LEAST_SECONDS)
        try:
            self._ledger.write([place.delivery for place in batch], until=until)
            failure = None
        except NotRecorded as err:
            failure = err
        finally:
            self._let_go(batch, failure=failure)

    def _next_batch(self) -> list[_Place]:
        """Take the first of the line, and so many that the last of them does not wait for long."""
        batch: list[_Place] = []
        size = 0
        while self._line and len(batch) < _MOST_AT_ONCE and size < _MOST_BYTES:
            batch.append(self._line.popleft())
            size += len(batch[-1].delivery.body)
        return batch

    def _let_go(self, batch: list[_Place], *, failure: NotRecorded | None) -> None:
        with self._guard:
            for place in batch:
                place.failure, place.is_over = failure, True
            following = self._line[0] if self._line else None
            self._is_led = following is not None
            if following:
                following.leads = True
        if following:
            following.turn.release()
        for place in batch:
            if not place.leads:
                place.turn.release()

    def close(self) -> None:
        """Close the connection."""
        self._ledger.close()
