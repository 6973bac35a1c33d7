"""The time that a simulated vendor lives by: real time plus what a test has moved it forward."""

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Tokens, idempotency keys, bans and retries ask this clock, so that a test need not wait for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._callbacks: list[Callable[[], None]] = []

    @property
    def offset(self) -> float:
        """This will return how many seconds ahead of real time the clock is."""
        return self._offset

    def timestamp(self) -> float:
        """This will return the seconds since 1970."""
        return time.time() + self._offset

    def now(self) -> datetime:
        """This will return the same moment as an aware UTC datetime."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """This will move the clock forward and tell everybody who waits for a time.

        :raises ValueError: for anything but a finite, non-negative number.
        """
        if not math.isfinite(seconds) or seconds < 0:
            raise ValueError("advance must be a number of seconds, zero or more")
        with self._lock:
            self._offset += seconds
        self._tell()

    def reset(self) -> None:
        """This will return to real time."""
        with self._lock:
            self._offset = 0.0
        self._tell()

    def on_advance(self, callback: Callable[[], None]) -> None:
        """This will call back after every move of the clock."""
        self._callbacks.append(callback)

    def _tell(self) -> None:
        for callback in list(self._callbacks):
            callback()
