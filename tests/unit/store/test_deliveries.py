"""The receivers' way to the disk: many with one commit, in turn with other writers, and never for ever."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from sync.store._postgres_deliveries import PostgresDeliveries
from sync.store._sqlite_deliveries import SqliteDeliveries
from sync.store.company import Company
from sync.store.database import Database
from sync.store.deliveries import Deliveries, NewDelivery, NotRecorded
from sync.store.inbox import Delivery
from sync.store.writer_turn import WriterTurn
from tests.support.waiting import wait_until

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
AT = datetime(2026, 11, 22, 10, 42, 7, 250_001, tzinfo=UTC)


def a_delivery(number: int = 1, body: bytes = b"{}") -> NewDelivery:
    """A delivery that is told from others by its number."""
    return NewDelivery("xero", 0, f"{number:064d}", body, AT)


def kept(database: Database) -> list[Delivery]:
    """What is on disk."""
    with database.reading() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.body_hash)))


class SlowLedger:
    """Remembers what was committed together; a commit lasts until it is told to end."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.failing = False
        self._may_end = threading.Semaphore(0)

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Wait, and commit or fail."""
        self.commits.append([one.body_hash for one in deliveries])
        self._may_end.acquire(timeout=10)
        if self.failing:
            raise NotRecorded("No.")

    def close(self) -> None:
        """Nothing to close."""

    def go_on(self) -> None:
        """Let one commit end."""
        self._may_end.release()


def test_a_delivery_is_kept_as_it_came(database: Database) -> None:
    body = bytes(range(256)) * 300

    database.deliveries.add(NewDelivery("pipedrive", 54235233, "h" * 64, body, AT))

    [row] = kept(database)
    assert (row.source, row.company_id, row.body_hash) == ("pipedrive", 54235233, "h" * 64)
    assert (row.body, row.received_at, row.state) == (body, AT, "pending")


def test_what_many_bring_at_once_is_there_once(database: Database) -> None:
    numbers = [number % 60 for number in range(120)]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: database.deliveries.add(a_delivery(number)), numbers))

    assert [row.body_hash for row in kept(database)] == [f"{number:064d}" for number in range(60)]


def test_a_large_body_takes_its_time(database: Database) -> None:
    body = os.urandom(4 * 1024 * 1024)

    database.deliveries.add(a_delivery(body=body))

    assert kept(database)[0].body == body


def test_whoever_comes_while_somebody_commits_is_in_the_next_commit() -> None:
    ledger = SlowLedger()
    deliveries = Deliveries(ledger)
    with ThreadPoolExecutor(5) as pool:
        brought = [pool.submit(deliveries.add, a_delivery(1))]
        wait_until(lambda: ledger.commits, seconds=5, what="the first commits")
        brought += [pool.submit(deliveries.add, a_delivery(number)) for number in (2, 3, 4, 5)]
        wait_until(lambda: len(deliveries._line) == 4, seconds=5, what="the others wait")
        ledger.go_on()
        brought[0].result(timeout=5)
        assert not any(one.done() for one in brought[1:])
        ledger.go_on()

        for one in brought:
            one.result(timeout=5)

    assert [len(commit) for commit in ledger.commits] == [1, 4]


def test_nobody_is_told_of_a_commit_before_it_is_made() -> None:
    ledger, body = CommittingLedger(), b"{" + b" " * 3_900_000 + b"}"
    deliveries = Deliveries(ledger)

    def bring(number: int) -> bool:
        delivery = a_delivery(number, body)
        deliveries.add(delivery)
        return delivery.body_hash in ledger.committed

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(bring, range(800)))


def test_whoever_has_gone_is_not_written_and_not_kept() -> None:
    ledger = CommittingLedger()
    deliveries = Deliveries(ledger)
    with ledger.is_busy, ThreadPoolExecutor(3) as pool:
        gone = [pool.submit(deliveries.add, a_delivery(number)) for number in range(3)]
        assert all(isinstance(one.exception(timeout=20), NotRecorded) for one in gone)

    deliveries.add(a_delivery(3))

    assert sorted(ledger.committed) == [a_delivery(3).body_hash]


def test_a_commit_that_fails_fails_for_all_that_were_in_it_and_for_no_other() -> None:
    ledger = SlowLedger()
    ledger.failing = True
    deliveries = Deliveries(ledger)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(deliveries.add, a_delivery(1))
        wait_until(lambda: ledger.commits, seconds=5, what="the first commits")
        others = [pool.submit(deliveries.add, a_delivery(number)) for number in (2, 3)]
        wait_until(lambda: len(deliveries._line) == 2, seconds=5, what="the others wait")
        ledger.go_on()
        with pytest.raises(NotRecorded):
            first.result(timeout=5)
        ledger.failing = False
        ledger.go_on()

        for one in others:
            one.result(timeout=5)


@on_sqlite
def test_a_writer_of_another_process_and_a_receiver_take_turns(database: Database) -> None:
    other = Database(url=database.url)
    with ThreadPoolExecutor(1) as pool:
        with other.writing() as session:
            brought = pool.submit(database.deliveries.add, a_delivery())
            session.add(Company(company_id=7, name="N", default_currency="EUR", api_domain="d", created_at=AT))
            session.flush()
            assert kept(database) == []

        brought.result(timeout=5)
    other.close()

    assert len(kept(database)) == 1


@on_sqlite
def test_sqlite_is_not_waited_for_for_ever(database: Database) -> None:
    path = database.engine.url.database or ""
    ledger = SqliteDeliveries(path=path, turn=WriterTurn(path=path))
    with outsider(path), pytest.raises(NotRecorded):
        ledger.write([a_delivery(1), a_delivery(2)], until=time.monotonic() + 0.2)

    ledger.write([a_delivery(1), a_delivery(2)], until=time.monotonic() + 5)

    assert len(kept(database)) == 2


@on_sqlite
def test_a_turn_is_not_waited_for_for_ever(database: Database) -> None:
    turn = WriterTurn(path=database.engine.url.database or "")
    ledger = SqliteDeliveries(path=database.engine.url.database or "", turn=turn)

    with turn.taken(until=time.monotonic() + 5), pytest.raises(NotRecorded):
        ledger.write([a_delivery()], until=time.monotonic() + 0.1)


@on_postgresql
def test_a_postgresql_that_says_nothing_is_not_waited_for_for_ever(database: Database) -> None:
    ledger = PostgresDeliveries(address=database.engine.dialect.create_connect_args(database.engine.url)[1])
    ledger.write([a_delivery(1)], until=time.monotonic() + 5)
    backend = ledger._connection.info.backend_pid if ledger._connection else 0
    os.kill(backend, signal.SIGSTOP)
    try:
        with pytest.raises(NotRecorded):
            ledger.write([a_delivery(2)], until=time.monotonic() + 0.2)
    finally:
        os.kill(backend, signal.SIGCONT)

    ledger.write([a_delivery(3)], until=time.monotonic() + 5)
    ledger.close()

    assert f"{3:064d}" in {row.body_hash for row in kept(database)}


@on_postgresql
def test_a_connection_that_broke_is_replaced_and_nobody_notices(database: Database) -> None:
    database.deliveries.add(a_delivery(1))
    with database.writing() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ~ :by"
            ),
            {"by": "^INSERT INTO delivery"},
        )

    database.deliveries.add(a_delivery(2))

    assert len(kept(database)) == 2


class CommittingLedger:
    """Commits at once, or fails when its time is over."""

    def __init__(self) -> None:
        self.committed: set[str] = set()
        self.is_busy = threading.Lock()

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Commit."""
        if not self.is_busy.acquire(timeout=max(0.0, until - time.monotonic())):
            raise NotRecorded("Busy.")
        self.is_busy.release()
        self.committed.update(one.body_hash for one in deliveries)

    def close(self) -> None:
        """Nothing to close."""


@contextmanager
def outsider(path: str) -> Iterator[None]:
    """Somebody who writes, and knows nothing of turns."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def test_whoever_waits_too_long_is_told_so_and_the_next_one_leads() -> None:
    ledger = SlowLedger()
    deliveries = Deliveries(ledger, patience=0.1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(deliveries.add, a_delivery(1))
        wait_until(lambda: ledger.commits, seconds=5, what="the first commits")
        with pytest.raises(NotRecorded):
            deliveries.add(a_delivery(2))
        ledger.go_on()
        first.result(timeout=5)
        third = pool.submit(deliveries.add, a_delivery(3))
        ledger.go_on()
        third.result(timeout=5)

    assert ledger.commits == [[f"{1:064d}"], [f"{3:064d}"]]


def test_a_defect_while_writing_keeps_nobody_waiting() -> None:
    ledger = BrokenLedger()
    deliveries = Deliveries(ledger)

    with pytest.raises(ZeroDivisionError):
        deliveries.add(a_delivery(1))
    with pytest.raises(ZeroDivisionError):
        deliveries.add(a_delivery(2))


class BrokenLedger(SlowLedger):
    """Has a defect."""

    def write(self, deliveries: Sequence[NewDelivery], *, until: float) -> None:
        """Fail as nobody foresaw."""
        raise ZeroDivisionError
