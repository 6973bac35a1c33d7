"""The net under lost webhooks: look through an organisation for what changed, and for what no list of changes shows (F27).

At idle eight times a day, each time one fresh access token, one list of what changed and at most one list of open
invoices by their ids: with all three counted at most 24 calls a day. Where a look finds what no webhook has told of,
the next comes in ten minutes and the following ones later and later, so that an organisation whose webhooks are gone
is followed all the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog
from sqlalchemy import select

from sync.connections.xero import ActiveOrganisation, client_for, find_reaching
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.domain.rounds import next_round
from sync.errors import InstepError, Transient
from sync.operations.adopt import adopt_marked
from sync.operations.apply_invoices import apply_invoices
from sync.operations.due import NOW, Due, is_at_work
from sync.operations.lease import Lease, hold_organisation
from sync.operations.loss import lose_dead, noticing_loss
from sync.operations.outcome import Outcome
from sync.operations.poll_open import poll_open
from sync.operations.turns import NOT_THEIRS
from sync.store.accounts import Organisation

log = structlog.get_logger()

#: No more than eight of these begin within a day.
EVERY = timedelta(minutes=185)
#: `If-Modified-Since` has whole seconds and another machine's clock.
_OVERLAP = timedelta(minutes=5)
#: What changed longer ago than this should have been told by now.
_TOLD_BY = timedelta(minutes=2)
_SOON = timedelta(minutes=10)
_PAGE = 250


#: The organisations that want looking through.
due_to_sweep = Due(
    str,
    select(Organisation.organisation_id, Organisation.sweep_due_at).where(
        Organisation.sweep_due_at <= NOW, is_at_work(Organisation)
    ),
)


def sweep_organisation(core: Core, *, organisation_id: str) -> Outcome:
    """Fetch what changed since the last sweep, then open invoices that no sweep shows, and keep what is newer."""
    with hold_organisation(core, organisation_id=organisation_id) as held:
        if held is None:
            return Outcome.HELD
        with core.database.reading() as session:
            reached = find_reaching(session, organisation_id=organisation_id)
        if reached is None:
            _rest(core, held, organisation_id=organisation_id)
            return Outcome.IGNORED
        try:
            _sweep(core, held, organisation=reached)
            poll_open(core, held, organisation=reached)
        except NOT_THEIRS:
            raise
        except Exception as err:
            known = isinstance(err, InstepError)
            log.warning("sweep_put_off", organisation_id=organisation_id, reason=str(err), exc_info=not known)
            _postpone(core, held, organisation_id=organisation_id, err=err)
            return Outcome.IGNORED
        return Outcome.DONE


def _sweep(core: Core, held: Lease, *, organisation: ActiveOrganisation) -> None:
    """Keep what changed; an organisation's first sweep has nothing to find."""
    started, missed = core.now(), False
    with core.database.reading() as session:
        since = session.get_one(Organisation, organisation.organisation_id).swept_to
    if since is not None:
        with noticing_loss(core, organisation=organisation):
            changed = client_for(core, organisation=organisation).changed_invoices(since=since - _OVERLAP)
            missed = _apply(core, held, organisation_id=organisation.organisation_id, changed=changed, started=started)
    with core.database.writing() as session:
        held.keep(session)
        row = session.get_one(Organisation, organisation.organisation_id)
        row.swept_to = started
        row.missed_at = started if missed else row.missed_at
        row.sweep_due_at = _next_look(row, now=core.now())


def _apply(core: Core, held: Lease, *, organisation_id: str, changed: Iterator[Invoice], started: datetime) -> bool:
    """Keep the changes page by page; say whether one was news that a webhook should have brought."""
    missed = False
    while page := list(islice(changed, _PAGE)):
        told = [one for one in page if one.updated_at < started - _TOLD_BY]
        young = [one for one in page if one.updated_at >= started - _TOLD_BY]
        for part in filter(None, (told, young)):
            outcome = apply_invoices(
                core, organisation_id=organisation_id, invoices=part, asked_at=started, first=held.keep
            )
            missed |= part is told and outcome is Outcome.DONE
        adopt_marked(core, organisation_id=organisation_id, invoices=page)
        with core.database.writing() as session:
            held.keep(session)
            # The oldest change comes first: a sweep that is cut short goes on from here.
            row = session.get_one(Organisation, organisation_id)
            row.swept_to = max(row.swept_to or page[-1].updated_at, min(page[-1].updated_at, started))
    if missed:
        log.warning("webhooks_missed", source="xero", organisation_id=organisation_id)
    return missed


def _next_look(row: Organisation, *, now: datetime) -> datetime:
    regular = next_round(key=row.organisation_id, after=now, every=EVERY)
    if row.missed_at is None:
        return regular
    return min(regular, now + max(_SOON, now - row.missed_at))


def _rest(core: Core, held: Lease, *, organisation_id: str) -> None:
    """Look no more until somebody connects."""
    with core.database.writing() as session:
        held.keep(session)
        lose_dead(session)
        session.get_one(Organisation, organisation_id).sweep_due_at = None


def _postpone(core: Core, held: Lease, *, organisation_id: str, err: Exception) -> None:
    # What cannot be read now will hardly be in five minutes: as many looks as at idle, and no more.
    seconds = getattr(err, "retry_after", None) or (300 if isinstance(err, Transient) else EVERY.total_seconds())
    wait = timedelta(seconds=seconds)
    with core.database.writing() as session:
        held.keep(session)
        session.get_one(Organisation, organisation_id).sweep_due_at = core.now() + wait
