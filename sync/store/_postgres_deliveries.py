"""The receivers' INSERT in PostgreSQL: one prepared statement and one connection for each process, all rows in one trip.

By libpq's own calls, because psycopg has no way to stop waiting for a server that says nothing.
https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
"""

import select
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import pq

from sync.store.deliveries import NewDelivery, NotRecorded

_INSERT = b"""\
INSERT INTO delivery (source, company_id, body_hash, body, received_at, state)
VALUES ($1, $2, $3, $4, $5, 'pending') ON CONFLICT DO NOTHING"""
_NAME = b"add_delivery"
_TEXT, _BINARY = 0, 1
_FORMATS = (_TEXT, _TEXT, _TEXT, _BINARY, _TEXT)
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.PIPELINE_SYNC)


class PostgresDeliveries:
    """A `Ledger`."""

    def __init__(self, *, address: Mapping[str, Any]) -> None:
        self._address = address
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Commit; once more over another connection where the old one turns out to be broken.

        :raises NotRecorded: it could not be done.
        """
        was_open = self._connection is not None
        try:
            self._insert(deliveries, until=until)
        except NotRecorded:
            if not was_open or time.monotonic() >= until:
                raise
            self._insert(deliveries, until=until)

    def _insert(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        try:
            connection = self._connection = self._connection or self._connect(until=until)
            line = connection.pgconn
            for one in deliveries:
                line.send_query_prepared(_NAME, _values(one), _FORMATS)
            line.pipeline_sync()
            _await_sync(line, until=until)
        except (psycopg.Error, OSError) as err:
            self.close()
            raise NotRecorded(type(err).__name__) from err
        except BaseException:
            self.close()
            raise

    def _connect(self, *, until: float) -> "psycopg.Connection[Any]":
        # In whole seconds, and two at least: the library knows no less.
        patience = max(2, round(until - time.monotonic()))
        connection = psycopg.connect(**{**self._address, "connect_timeout": patience}, autocommit=True)
        line = connection.pgconn
        line.enter_pipeline_mode()
        line.send_prepare(_NAME, _INSERT)
        line.pipeline_sync()
        _await_sync(line, until=until)
        return connection

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(psycopg.Error):
                connection.close()


def _values(one: NewDelivery) -> list[bytes | None]:
    return [
        one.source.encode(),
        b"%d" % one.company_id,
        one.body_hash.encode(),
        one.body,
        one.received_at.isoformat().encode(),
    ]


def _await_sync(line: Any, *, until: float) -> None:
    """Send what is left to send and read all answers; what was sent since the last sync is one transaction.

    :raises psycopg.OperationalError: an answer is bad, or does not come in time.
    """
    while True:
        is_sent = line.flush() == 0
        line.consume_input()
        while not line.is_busy():
            # None stands between the answers of two statements.
            result = line.get_result()
            if result is None:
                continue
            if result.status not in _GOOD:
                raise psycopg.OperationalError("an INSERT failed")
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return
        _wait(line.socket, is_sent=is_sent, until=until)


def _wait(socket: int, *, is_sent: bool, until: float) -> None:
    poll = select.poll()
    poll.register(socket, select.POLLIN if is_sent else select.POLLIN | select.POLLOUT)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise psycopg.OperationalError("the server says nothing")
