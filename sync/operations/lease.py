"""A short lease in the database gives an organisation, or a company, to one worker at a time."""

import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from sqlalchemy import ColumnElement, event, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sync.core import Core
from sync.operations.due import is_free
from sync.store.accounts import Organisation
from sync.store.company import Company

log = structlog.get_logger()

#: A killed worker's lease ends by itself this long after its last heartbeat.
LASTS = timedelta(seconds=6)
#: Renewed when it has lasted so long: most turns are over before that, and cost no renewal.
_RENEWED_AFTER = timedelta(seconds=1.5)
_HEARTBEAT_SECONDS = 2.0


class LeaseLost(Exception):
    """Another worker has taken the tenant over: nothing may be written any more."""


@dataclass(eq=False)
class Lease:
    """The right to work on one row's tenant; what is written under it is fenced by `keep` or `give_back`."""

    core: Core
    table: type[Organisation] | type[Company]
    key: ColumnElement[bool]
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    renewed_at: datetime | None = None
    is_over: bool = False

    def keep(self, session: Session) -> None:
        """Hold it longer within the transaction that writes; before anything else, because locks have one order.

        :raises LeaseLost: when it is somebody else's by now.
        """
        if not self._set(session, self.table.lease_owner == self.owner, until=self.core.now() + LASTS):
            raise LeaseLost

    def give_back(self, session: Session) -> None:
        """Give it back within the transaction that writes last; before anything else, because locks have one order.

        :raises LeaseLost: when it is somebody else's by now.
        """
        if not self._set(session, self.table.lease_owner == self.owner, until=None):
            raise LeaseLost
        event.listen(session, "after_commit", self._end, once=True)

    def take(self) -> bool:
        """Take it if it is free."""
        with self.core.database.writing() as session:
            return self._set(session, is_free(self.table, now=self.core.now()), until=self.core.now() + LASTS)

    def release(self) -> None:
        """Give it back if it is still ours."""
        with self.core.database.writing() as session:
            self._set(session, self.table.lease_owner == self.owner, until=None)

    def _set(self, session: Session, condition: ColumnElement[bool], *, until: datetime | None) -> bool:
        done = session.execute(
            update(self.table)
            .where(self.key, condition)
            .values(lease_owner=self.owner if until else None, lease_until=until)
            .returning(self.table.lease_until)
            .execution_options(synchronize_session=False)
        ).all()
        self.renewed_at = self.core.now()
        return bool(done)

    def _end(self, _session: Session) -> None:
        self.is_over = True


@contextmanager
def hold_organisation(core: Core, *, organisation_id: str) -> Iterator[Lease | None]:
    """Hold an organisation; gives None where another worker does."""
    with _hold(Lease(core, Organisation, Organisation.organisation_id == organisation_id)) as held:
        yield held


@contextmanager
def hold_company(core: Core, *, company_id: int) -> Iterator[Lease | None]:
    """Hold a company's work in Pipedrive; gives None where another worker does."""
    with _hold(Lease(core, Company, Company.company_id == company_id)) as held:
        yield held


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
    """Hold longer whatever this process holds: one statement a table."""
    old = [one for one in _heart.held() if one.renewed_at and one.core.now() - one.renewed_at >= _RENEWED_AFTER]
    for leases in _by_table(old):
        core, table = leases[0].core, leases[0].table
        now = core.now()
        with core.database.writing() as session:
            renewed = session.execute(
                update(table)
                .where(table.lease_owner.in_([one.owner for one in leases]))
                .values(lease_until=now + LASTS)
                .returning(table.lease_owner)
                .execution_options(synchronize_session=False)
            ).scalars()
            ours = set(renewed)
        for lease in leases:
            lease.renewed_at = now
            if lease.owner not in ours and not lease.is_over:
                log.warning("lease_lost", table=table.__tablename__)
                _heart.remove(lease)


def give_all_back() -> None:
    """End every lease of this process: what its threads are at still, they cannot write any more."""
    for leases in _by_table(_heart.held()):
        core, table = leases[0].core, leases[0].table
        with core.database.writing() as session:
            session.execute(
                update(table)
                .where(table.lease_owner.in_([one.owner for one in leases]))
                .values(lease_owner=None, lease_until=None)
                .execution_options(synchronize_session=False)
            )


def _by_table(leases: Iterable[Lease]) -> Iterator[list[Lease]]:
    def name(lease: Lease) -> tuple[int, str]:
        return id(lease.core), lease.table.__tablename__

    for _, group in groupby(sorted(leases, key=name), key=name):
        yield list(group)
