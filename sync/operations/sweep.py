"""The net under lost webhooks: what changed in an organisation since the last look, an hour at a time (F27)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from sync.connections.xero import client_for, find_reaching
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.errors import InstepError
from sync.operations.invoices import apply_invoice
from sync.operations.lease import hold_organisation, is_free
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.store.accounts import Organisation

log = structlog.get_logger()

_EVERY = timedelta(hours=1)
#: `If-Modified-Since` has whole seconds and another machine's clock.
_OVERLAP = timedelta(minutes=5)
_PAGE = 100


def due_to_sweep(core: Core) -> list[str]:
    """List the organisations that want looking through."""
    with core.database.reading() as session:
        return list(
            session.scalars(
                select(Organisation.organisation_id)
                .where(
                    Organisation.sweep_due_at <= core.now(),
                    (Organisation.parked_until.is_(None)) | (Organisation.parked_until <= core.now()),
                    is_free(Organisation, now=core.now()),
                )
                .order_by(Organisation.sweep_due_at)
            )
        )


def sweep_organisation(core: Core, *, organisation_id: str) -> Outcome:
    """Fetch what changed since the last sweep and keep what is newer; an organisation's first sweep has nothing to find."""
    with hold_organisation(core, organisation_id=organisation_id) as held:
        if not held:
            return Outcome.IGNORED
        started = core.now()
        with core.database.reading() as session:
            since = session.get_one(Organisation, organisation_id).swept_to
            reached = find_reaching(session, organisation_id=organisation_id)
        if reached is None:
            with core.database.writing() as session:
                session.get_one(Organisation, organisation_id).sweep_due_at = None
            return Outcome.IGNORED
        try:
            if since is not None:
                with noticing_loss(core, organisation=reached):
                    changed = client_for(core, organisation=reached).changed_invoices(since=since - _OVERLAP)
                    _apply(core, organisation_id=organisation_id, changed=changed)
        except (OperationalError, InterfaceError, TimeoutError):
            raise
        except Exception as err:
            known = isinstance(err, InstepError)
            log.warning("sweep_put_off", organisation_id=organisation_id, reason=str(err), exc_info=not known)
            _postpone(core, organisation_id=organisation_id, err=err)
            return Outcome.IGNORED
        with core.database.writing() as session:
            row = session.get_one(Organisation, organisation_id)
            row.swept_to = started
            row.sweep_due_at = core.now() + _EVERY
        return Outcome.DONE


def _apply(core: Core, *, organisation_id: str, changed: Iterator[Invoice]) -> None:
    while page := list(islice(changed, _PAGE)):
        with core.database.writing() as session:
            for invoice in page:
                apply_invoice(
                    session,
                    organisation_id=organisation_id,
                    invoice=invoice,
                    base_url=core.settings.base_url,
                    now=core.now(),
                )


def _postpone(core: Core, *, organisation_id: str, err: Exception) -> None:
    wait = timedelta(seconds=getattr(err, "retry_after", None) or 300)
    with core.database.writing() as session:
        session.get_one(Organisation, organisation_id).sweep_due_at = core.now() + wait
