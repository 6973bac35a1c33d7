"""Whose turn it is to write to SQLite: its own waiting sleeps, and lets some starve.

With the same durable writes, a lock in the process and one between processes make the slowest of a hundred ten times
faster. A turn lasts one transaction.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class NoTurn(Exception):
    """It is not our turn, and will not be in time."""


class WriterTurn:
    """One for each process and database file."""

    def __init__(self, *, path: str) -> None:
        # Beside the database: closing any handle of the database's own file would end SQLite's locks on it.
        # https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
        self._path = f"{path}-turn"
        self._here = threading.Lock()
        self._file: int | None = None
        self._process = 0

    @contextmanager
    def taken(self, *, until: float) -> Iterator[None]:
        """Write while nobody else does.

        :raises NoTurn: when it does not come before `until`, by the monotonic clock.
        """
        self.take(until=until)
        try:
            yield
        finally:
            self.give_back()

    def take(self, *, until: float) -> None:
        """Wait for a turn, and have it until it is given back.

        One thread of a process waits for other processes, however long: it would have to sleep and ask again instead,
        and so starve. The others of its process wait for it until `until`.

        :raises NoTurn: when it does not come before `until`, by the monotonic clock.
        """
        if not self._here.acquire(timeout=max(0.0, until - time.monotonic())):
            raise NoTurn("Others have been writing for too long.")
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX)
        except OSError as err:
            self._here.release()
            raise NoTurn("There is no place for the database.") from err

    def give_back(self) -> None:
        """Let the next one write."""
        fcntl.flock(self._opened(), fcntl.LOCK_UN)
        self._here.release()

    def _opened(self) -> int:
        # A process that was forked must not share its parent's handle: the lock belongs to that.
        if self._file is None or self._process != os.getpid():
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._process = os.getpid()
        return self._file

    def close(self) -> None:
        """Close the file."""
        if self._file is not None and self._process == os.getpid():
            os.close(self._file)
        self._file = None
