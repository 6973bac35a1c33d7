"""The engine and its sessions: SQLite for one machine, PostgreSQL by another URL, the same code above."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from sync.store._sqlite_deliveries import SqliteDeliveries
from sync.store.deliveries import PATIENCE_SECONDS, Deliveries, Ledger
from sync.store.writer_turn import NoTurn, WriterTurn

T = TypeVar("T")

_ONCE_KEPT = "once kept"
_BUSY_SECONDS = int(PATIENCE_SECONDS)
#: A server, or a way to it, that has gone without a word is noticed in seconds, not in the hours of the system's own.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_POSTGRES = {
    "connect_timeout": _BUSY_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
#: Kept open: opening one costs more than what is asked over it. Each has a cache of its own.
_SQLITE_CONNECTIONS = 12
_SQLITE_CACHE_KIB = 512


class Database:
    """One engine with two kinds of session: `reading` sees one snapshot, `writing` holds the right to write."""

    def __init__(self, *, url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._patience_seconds = patience_seconds
        self._reads = _make_engine(self.url, patience_seconds=patience_seconds)
        self._writes = self._reads.execution_options(instep_writes=True)
        self._turn = WriterTurn(path=self._reads.url.database or "") if self._reads.dialect.name == "sqlite" else None
        #: Where the receivers write.
        self.deliveries = Deliveries(self._ledger())

    @property
    def engine(self) -> Engine:
        """The engine, for migrations and health."""
        return self._reads

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading; nothing is committed."""
        with Session(self._reads, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that commits at the end, or rolls back on any exception."""
        self._take_turn()
        try:
            with Session(self._writes, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            if self._turn:
                self._turn.give_back()
        for act in session.info.get(_ONCE_KEPT, ()):
            act()

    def _take_turn(self) -> None:
        try:
            if self._turn:
                self._turn.take(until=time.monotonic() + self._patience_seconds)
        except NoTurn as err:
            raise OperationalError("BEGIN IMMEDIATE", None, err) from err

    def _ledger(self) -> Ledger:
        if self._turn is not None:
            return SqliteDeliveries(path=self._reads.url.database or "", turn=self._turn)
        from sync.store._postgres_deliveries import PostgresDeliveries  # noqa: PLC0415 - its driver takes 5 MB

        _, address = self._reads.dialect.create_connect_args(self._reads.url)
        return PostgresDeliveries(address={**address, **_POSTGRES})

    def insert_once(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a transaction; once more where somebody else has written the same new row first."""
        try:
            with self.writing() as session:
                return work(session)
        except IntegrityError:
            with self.writing() as session:
                return work(session)

    def is_alive(self) -> bool:
        """Ask the database for nothing in particular."""
        with self._reads.connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar())

    def close(self) -> None:
        """Close every connection."""
        self._reads.dispose()
        self.deliveries.close()
        if self._turn:
            self._turn.close()


def once_kept(session: Session, act: Callable[[], object]) -> None:
    """Do something once a writing session has committed; never where it is rolled back."""
    session.info.setdefault(_ONCE_KEPT, []).append(act)


def _make_engine(url: str, *, patience_seconds: float) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=patience_seconds,
            connect_args=_POSTGRES,
        )
        event.listen(engine, "handle_error", _leave_values_out)
        return engine
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=_SQLITE_CONNECTIONS,
        max_overflow=0,
        pool_timeout=patience_seconds,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _leave_values_out(context: ExceptionContext) -> None:
    # PostgreSQL's DETAIL repeats the row that it refuses, and no setting of the driver's leaves it out.
    # https://www.postgresql.org/docs/current/libpq-control.html#LIBPQ-PQSETERRORVERBOSITY
    primary = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
    if primary and context.sqlalchemy_exception:
        context.original_exception.args = (primary,)
        context.sqlalchemy_exception.args = (f"({type(context.original_exception).__name__}) {primary}",)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE; `_begin_sqlite` issues ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    cursor.execute(f"PRAGMA cache_size=-{_SQLITE_CACHE_KIB}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # FULL: what was acknowledged survives a power cut, not only a crash of ours.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that later writes fails at once when another wrote in between; IMMEDIATE waits its turn.
    writes = connection.get_execution_options().get("instep_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
