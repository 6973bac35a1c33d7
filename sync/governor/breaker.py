"""After Redis has failed, nobody asks it for a moment: a page must not wait for it at each of its calls."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger()


class Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class Breaker:
    """Lets calls to Redis through while it answers; after a failure, one try each `pause` seconds."""

    def __init__(self, *, pause: float = 2.0) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._is_away = False
        self._next_try = 0.0

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Do something with Redis.

        :raises Away: it failed, or has just failed others.
        """
        self._stop_unless_its_turn()
        try:
            yield
        except RedisError as err:
            self._failed(err)
            raise Away from err
        if self._is_away:
            self._is_away = False
            log.info("governor_is_back")

    def _stop_unless_its_turn(self) -> None:
        if not self._is_away:
            return
        with self._lock:
            if time.monotonic() < self._next_try:
                raise Away
            self._next_try = time.monotonic() + self.pause

    def _failed(self, err: RedisError) -> None:
        with self._lock:
            if not self._is_away:
                log.warning("governor_is_away", reason=type(err).__name__)
            self._is_away = True
            self._next_try = time.monotonic() + self.pause
