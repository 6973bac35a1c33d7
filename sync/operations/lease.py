"""A short lease in the database gives an organisation, or a company, to one worker at a time."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import update

from sync.core import Core
from sync.store.accounts import Organisation
from sync.store.company import Company

#: A killed worker's lease ends by itself. One that ends during a very slow call costs a second fetch, never a wrong state.
_LASTS = timedelta(seconds=20)


@contextmanager
def hold_organisation(core: Core, *, organisation_id: str) -> Iterator[bool]:
    """Hold an organisation; gives False where another worker does."""
    with _hold(core, table=Organisation, key=Organisation.organisation_id == organisation_id) as held:
        yield held


@contextmanager
def hold_company(core: Core, *, company_id: int) -> Iterator[bool]:
    """Hold a company's work in Pipedrive; gives False where another worker does."""
    with _hold(core, table=Company, key=Company.company_id == company_id) as held:
        yield held


@contextmanager
def _hold(core: Core, *, table: type[Organisation] | type[Company], key: object) -> Iterator[bool]:
    owner = secrets.token_hex(8)
    free = (table.lease_until.is_(None)) | (table.lease_until < core.now())
    with core.database.writing() as session:
        taken = session.execute(
            update(table)
            .where(key, free)  # type: ignore[arg-type]  # a column comparison, which mypy sees as `bool`
            .values(lease_owner=owner, lease_until=core.now() + _LASTS)
            .execution_options(synchronize_session=False)
        )
        held = taken.rowcount == 1  # type: ignore[attr-defined]
    try:
        yield held
    finally:
        if held:
            with core.database.writing() as session:
                session.execute(
                    update(table)
                    .where(key, table.lease_owner == owner)  # type: ignore[arg-type]
                    .values(lease_owner=None, lease_until=None)
                    .execution_options(synchronize_session=False)
                )
