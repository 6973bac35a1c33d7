"""The receivers' INSERT in SQLite: one connection for each process, in its turn."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC

from sync.store.deliveries import NewDelivery, NotRecorded
from sync.store.writer_turn import NoTurn, WriterTurn

_INSERT = """\
INSERT INTO delivery (source, company_id, body_hash, body, received_at, state)
VALUES (?, ?, ?, ?, ?, 'pending') ON CONFLICT DO NOTHING"""


class SqliteDeliveries:
    """A `Ledger`."""

    def __init__(self, *, path: str, turn: WriterTurn) -> None:
        self._path, self._turn = path, turn
        self._connection: sqlite3.Connection | None = None

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Commit.

        :raises NotRecorded: it could not be done.
        """
        rows = [
            # The time as SQLAlchemy keeps it.
            (
                one.source,
                one.company_id,
                one.body_hash,
                one.body,
                one.received_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            )
            for one in deliveries
        ]
        try:
            with self._turn.taken(until=until):
                self._insert_or_close(rows, until=until)
        except (sqlite3.Error, OSError, NoTurn) as err:
            raise NotRecorded(type(err).__name__) from err

    def _insert_or_close(self, rows: Sequence[tuple[object, ...]], *, until: float) -> None:
        """Leave no transaction open when the turn is given back, whatever happens."""
        try:
            self._insert(rows, until=until)
        except BaseException:
            self.close()
            raise

    def _insert(self, rows: Sequence[tuple[object, ...]], *, until: float) -> None:
        connection = self._connection = self._connection or self._connect()
        # Somebody from outside may be writing, who knows nothing of turns.
        connection.execute(f"PRAGMA busy_timeout={max(0, round(until - time.monotonic(), 1)) * 1000:.0f}")
        if len(rows) == 1:
            connection.execute(_INSERT, rows[0])
            return
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, rows)
        connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def close(self) -> None:
        """Close the connection, and with it a transaction that was left half-way."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(sqlite3.Error):
                connection.close()
