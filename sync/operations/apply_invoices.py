"""Keep a page of fetched invoices at once: what is newer, and the deals that it changes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.core import Core
from sync.domain.invoice import Invoice
from sync.domain.mark import is_marked
from sync.operations.happenings import record_change
from sync.operations.invoices import (
    apply_invoice,
    copy_invoice,
    known_invoices,
    mark_deals_of,
    replaces,
    to_invoice,
)
from sync.operations.outcome import Outcome
from sync.store.invoices import InvoiceRecord

#: So many are written in one transaction: nobody may wait long for the right to write.
_AT_ONCE = 250


def apply_invoices(
    core: Core,
    *,
    organisation_id: str,
    invoices: Iterable[Invoice],
    asked_at: datetime,
    first: Callable[[Session], object] = lambda _session: None,
    last: Callable[[Session], object] = lambda _session: None,
) -> Outcome:
    """Keep what was fetched in one transaction, or in a few where it is much, each with `first` in it; `last` in the last.

    `asked_at` is from before the request left: of two answers with the same age, the one asked for later counts (D16).
    Rows are locked in one order: what `first` locks, invoices by their ids, deals by theirs.
    """
    sales = sorted((one for one in invoices if one.is_sales), key=lambda one: one.invoice_id)
    outcomes = {_apply_marked(core, organisation_id=organisation_id, invoices=sales, asked_at=asked_at)}
    # Where there is nothing to keep, what is `first` and `last` is done all the same.
    for start in range(0, len(sales) or 1, _AT_ONCE):
        with core.database.writing() as session:
            first(session)
            fetched = {one.invoice_id: one for one in sales[start : start + _AT_ONCE]}
            outcomes.add(
                _apply(session, organisation_id=organisation_id, fetched=fetched, asked_at=asked_at, now=core.now())
            )
            if start + _AT_ONCE >= len(sales):
                last(session)
    return Outcome.DONE if Outcome.DONE in outcomes else Outcome.UNCHANGED


def _apply_marked(core: Core, *, organisation_id: str, invoices: Iterable[Invoice], asked_at: datetime) -> Outcome:
    """Link those to their deals that carry the mark of one of our intents and are not known yet (D7).

    They are few, and the intent is locked first: each has a transaction of its own.
    """
    marked = {one.invoice_id: one for one in invoices if is_marked(url=one.url, base_url=core.settings.base_url)}
    if not marked:
        return Outcome.UNCHANGED
    with core.database.reading() as session:
        known = known_invoices(session, organisation_id=organisation_id, invoice_ids=marked)
    outcome = Outcome.UNCHANGED
    for invoice_id in marked.keys() - known:
        with core.database.writing() as session:
            found = apply_invoice(
                session,
                organisation_id=organisation_id,
                invoice=marked[invoice_id],
                base_url=core.settings.base_url,
                asked_at=asked_at,
                now=core.now(),
            )
        outcome = Outcome.DONE if found is Outcome.DONE else outcome
    return outcome


def _apply(
    session: Session, *, organisation_id: str, fetched: Mapping[str, Invoice], asked_at: datetime, now: datetime
) -> Outcome:
    """Keep those that we know and that are newer than our copy (D16)."""
    # Locked, or an older answer that is written later would be mixed with a newer one.
    records = session.scalars(
        select(InvoiceRecord)
        .where(InvoiceRecord.organisation_id == organisation_id, InvoiceRecord.invoice_id.in_(fetched))
        .order_by(InvoiceRecord.invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    changed: dict[str, Invoice] = {}
    for record in records:
        invoice = fetched[record.invoice_id]
        if not replaces(record, invoice=invoice, asked_at=asked_at):
            continue
        record.fetched_at = asked_at
        before = to_invoice(record)
        if before != invoice:
            changed[record.invoice_id] = before
            copy_invoice(record, invoice=invoice, now=asked_at)
    marked = mark_deals_of(session, organisation_id=organisation_id, invoice_ids=changed, now=now)
    for invoice_id, deals in marked.items():
        record_change(
            session,
            deals=deals,
            organisation_id=organisation_id,
            before=changed[invoice_id],
            after=fetched[invoice_id],
            at=now,
        )
    return Outcome.DONE if changed else Outcome.UNCHANGED
