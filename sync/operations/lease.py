"""A short lease in the database gives an organisation, or a company, to one worker at a time."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.exc import SQLAlchemyError

from sync.core import Core
from sync.store.accounts import Organisation
from sync.store.company import Company

log = structlog.get_logger()

#: A killed worker's lease ends by itself this long after its last heartbeat.
_LASTS = timedelta(seconds=20)
_HEARTBEAT_SECONDS = 5.0


@contextmanager
def hold_organisation(core: Core, *, organisation_id: str) -> Iterator[bool]:
    """Hold an organisation; gives False where another worker does."""
    with _hold(_Lease(core, Organisation, Organisation.organisation_id == organisation_id)) as held:
        yield held


@contextmanager
def hold_company(core: Core, *, company_id: int) -> Iterator[bool]:
    """Hold a company's work in Pipedrive; gives False where another worker does."""
    with _hold(_Lease(core, Company, Company.company_id == company_id)) as held:
        yield held


@dataclass(frozen=True)
class _Lease:
    """The right to work on one row's tenant."""

    core: Core
    table: type[Organisation] | type[Company]
    key: ColumnElement[bool]
    owner: str = ""

    def take(self) -> "_Lease | None":
        """Take it if it is free."""
        mine = _Lease(self.core, self.table, self.key, owner=secrets.token_hex(8))
        free = or_(self.table.lease_until.is_(None), self.table.lease_until < self.core.now())
        return mine if mine._set(free, until=_LASTS) else None

    def renew(self) -> bool:
        """Hold it longer; False when it is somebody else's by now."""
        return self._set(self.table.lease_owner == self.owner, until=_LASTS)

    def release(self) -> None:
        """Give it back, if it is still ours."""
        self._set(self.table.lease_owner == self.owner, until=None)

    def _set(self, condition: ColumnElement[bool], *, until: timedelta | None) -> bool:
        values = {
            "lease_owner": self.owner if until else None,
            "lease_until": self.core.now() + until if until else None,
        }
        with self.core.database.writing() as session:
            done = session.execute(
                update(self.table)
                .where(self.key, condition)
                .values(values)
                .returning(self.table.lease_until)
                .execution_options(synchronize_session=False)
            ).all()
        return bool(done)


@contextmanager
def _hold(wanted: _Lease) -> Iterator[bool]:
    lease = wanted.take()
    if lease is None:
        yield False
        return
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(lease, over), name="lease", daemon=True)
    heart.start()
    try:
        yield True
    finally:
        over.set()
        heart.join()
        lease.release()


def _beat(lease: _Lease, over: threading.Event) -> None:
    """Renew the lease until the work is over: a call to a vendor may take longer than a lease lasts."""
    while not over.wait(_HEARTBEAT_SECONDS):
        try:
            if not lease.renew():
                log.warning("lease_lost", table=lease.table.__tablename__)
                return
        except SQLAlchemyError as err:
            log.warning("lease_not_renewed", reason=type(err).__name__)
