"""How a receiver's delivery comes to be on disk: by the raw driver, and many with one sync of it.

SQLAlchemy costs as much here as the disk does. Whoever comes while somebody commits waits, and is in the next commit
together with all who came meanwhile: then no thread hands its row to another, and none waits for more than two commits.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: Under the five seconds that Xero waits for a receiver.
PATIENCE_SECONDS = 4.0
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
    """One delivery's place in the line, and what became of it."""

    __slots__ = ("delivery", "failure", "is_over")

    def __init__(self, delivery: NewDelivery) -> None:
        #: None once whoever brought it has gone.
        self.delivery: NewDelivery | None = delivery
        self.is_over = False
        self.failure: NotRecorded | None = None


class Deliveries:
    """The line before the database."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._line: deque[_Place] = deque()
        self._lead = threading.Lock()

    def add(self, delivery: NewDelivery) -> None:
        """Commit one delivery; one that is here already counts as committed.

        :raises NotRecorded: nobody can say that it is on disk.
        """
        place, until = _Place(delivery), time.monotonic() + PATIENCE_SECONDS
        self._line.append(place)
        if self._lead.acquire(timeout=PATIENCE_SECONDS):
            try:
                # Whoever led before us may have taken it along; or others may fill the first batch without it.
                while not place.is_over and time.monotonic() < until:
                    self._commit(self._next_batch(), until=until)
            finally:
                self._lead.release()
        place.delivery = None
        if not place.is_over:
            raise NotRecorded("The database is busy.")
        if place.failure:
            raise place.failure

    def _next_batch(self) -> dict[_Place, NewDelivery]:
        """Take the first of the line, and so many that the last of them does not wait for long."""
        batch: dict[_Place, NewDelivery] = {}
        size = 0
        while self._line and len(batch) < _MOST_AT_ONCE and size < _MOST_BYTES:
            place = self._line.popleft()
            delivery = place.delivery
            if delivery is not None:
                batch[place] = delivery
                size += len(delivery.body)
        return batch

    def _commit(self, batch: dict[_Place, NewDelivery], *, until: float) -> None:
        failure: NotRecorded | None = NotRecorded("The writing ended half-way.")
        try:
            self._ledger.write(list(batch.values()), until=until)
            failure = None
        except NotRecorded as err:
            failure = err
        finally:
            for place in batch:
                place.failure, place.is_over = failure, True

    def close(self) -> None:
        """Close the connection."""
        with self._lead:
            self._ledger.close()
