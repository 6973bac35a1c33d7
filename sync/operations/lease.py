"""A short lease in the database gives an organisation, or a company, to one worker at a time."""

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Executable, bindparam, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from sync.core import Core
from sync.operations.due import is_free
from sync.store.accounts import Organisation
from sync.store.company import Company
from sync.store.database import once_kept

log = structlog.get_logger()

#: A killed worker's lease ends by itself this long after its last heartbeat.
LASTS = timedelta(seconds=6)
#: Renewed when it has lasted so long: most turns are over before that, and cost no renewal.
_RENEWED_AFTER = timedelta(seconds=1.5)
_HEARTBEAT_SECONDS = 2.0


class LeaseLost(Exception):
    """Another worker has taken the tenant over: nothing may be written any more."""


class _Statements:
    """What is asked of a table that holds leases: made once, because every turn asks it."""

    def __init__(self, table: type[Organisation] | type[Company], *, key: InstrumentedAttribute[Any]) -> None:
        mine = table.lease_owner == bindparam("owner")
        change = update(table).where(key == bindparam("key")).returning(key)
        held = change.values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
        self.take = held.where(is_free(table))
        self.keep = held.where(mine)
        self.give_back = change.values(lease_owner=None, lease_until=None).where(mine)
        self.renew_all = (
            update(table)
            .where(table.lease_owner.in_(bindparam("owners", expanding=True)))
            .values(lease_until=bindparam("until"))
        )
        self.end_all = (
            update(table)
            .where(table.lease_owner.in_(bindparam("owners", expanding=True)))
            .values(lease_owner=None, lease_until=None)
        )


_ORGANISATIONS = _Statements(Organisation, key=Organisation.organisation_id)
_COMPANIES = _Statements(Company, key=Company.company_id)


@dataclass(eq=False)
class Lease:
    """The right to work on one row's tenant; what is written under it is fenced by `keep` or `give_back`."""

    core: Core
    statements: _Statements
    key: str | int
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    renewed_at: datetime | None = None
    is_over: bool = False

    def keep(self, session: Session) -> None:
        """Hold it longer within the transaction that writes; before anything else, because locks have one order.

        :raises LeaseLost: when it is somebody else's by now.
        """
        if not self._ask(session, self.statements.keep):
            raise LeaseLost
        self.renewed_at = self.core.now()

    def give_back(self, session: Session) -> None:
        """Give it back within the transaction that writes last; before anything else, because locks have one order.

        :raises LeaseLost: when it is somebody else's by now.
        """
        if not self._ask(session, self.statements.give_back):
            raise LeaseLost
        once_kept(session, self._end)

    def take(self) -> bool:
        """Take it if it is free."""
        with self.core.database.writing() as session:
            taken = self._ask(session, self.statements.take)
        self.renewed_at = self.core.now()
        return taken

    def release(self) -> None:
        """Give it back if it is still ours."""
        with self.core.database.writing() as session:
            self._ask(session, self.statements.give_back)

    def _ask(self, session: Session, statement: Executable) -> bool:
        now = self.core.now()
        values = {"key": self.key, "owner": self.owner, "now": now, "until": now + LASTS}
        # Past the ORM, which would look for the row in the session.
        return session.connection().execute(statement, values).first() is not None

    def _end(self) -> None:
        self.is_over = True


def hold_organisation(core: Core, *, organisation_id: str) -> AbstractContextManager[Lease | None]:
    """Hold an organisation; gives None where another worker does."""
    return _hold(Lease(core, _ORGANISATIONS, organisation_id))


def hold_company(core: Core, *, company_id: int) -> AbstractContextManager[Lease | None]:
    """Hold a company's work in Pipedrive; gives None where another worker does."""
    return _hold(Lease(core, _COMPANIES, company_id))


@contextmanager
def _hold(lease: Lease) -> Iterator[Lease | None]:
    if not lease.take():
        yield None
        return
    _heart.add(lease)
    try:
        yield lease
    finally:
        _heart.remove(lease)
        if not lease.is_over:
            lease.release()


class _Heart:
    """The leases that this process holds, and the one thread that renews them: a call may take longer than they last."""

    def __init__(self) -> None:
        self._held: set[Lease] = set()
        self._lock = threading.Lock()
        self._is_beating = False

    def add(self, lease: Lease) -> None:
        """Renew this one from now on."""
        with self._lock:
            self._held.add(lease)
            if not self._is_beating:
                self._is_beating = True
                threading.Thread(target=self._beat, name="leases", daemon=True).start()

    def remove(self, lease: Lease) -> None:
        """Renew this one no longer."""
        with self._lock:
            self._held.discard(lease)

    def held(self) -> list[Lease]:
        """Give those that are held now."""
        with self._lock:
            return list(self._held)

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(_HEARTBEAT_SECONDS)
            with self._lock:
                if not self._held:
                    self._is_beating = False
                    return
            try:
                renew_leases()
            except SQLAlchemyError as err:
                log.warning("leases_not_renewed", reason=type(err).__name__)


_heart = _Heart()


def renew_leases() -> None:
    """Hold longer whatever this process holds: one statement a table. What was lost meanwhile its writes are fenced by."""
    old = [one for one in _heart.held() if one.renewed_at and one.core.now() - one.renewed_at >= _RENEWED_AFTER]
    for leases in _by_table(old):
        core, now = leases[0].core, leases[0].core.now()
        with core.database.writing() as session:
            session.connection().execute(
                leases[0].statements.renew_all, {"owners": [one.owner for one in leases], "until": now + LASTS}
            )
        for lease in leases:
            lease.renewed_at = now


def give_all_back() -> None:
    """End every lease of this process: what its threads are at still, they cannot write any more."""
    for leases in _by_table(_heart.held()):
        with leases[0].core.database.writing() as session:
            session.connection().execute(leases[0].statements.end_all, {"owners": [one.owner for one in leases]})


def _by_table(leases: Iterable[Lease]) -> Iterator[list[Lease]]:
    def table(lease: Lease) -> tuple[int, int]:
        return id(lease.core), id(lease.statements)

    for _, group in groupby(sorted(leases, key=table), key=table):
        yield list(group)
