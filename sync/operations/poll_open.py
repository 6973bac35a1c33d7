"""Ask for open invoices by their ids: not every change in Xero shows in a list of changes.

On part-paid documents an edited due date or a sent e-mail leaves `UpdatedDateUTC` as it was, and whether lists hold
deleted invoices is documented nowhere.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from sync.clients.failures import NotFound, Unreadable
from sync.clients.xero.client import XeroClient
from sync.clients.xero.invoices import MOST_IDS
from sync.connections.xero import ActiveOrganisation, client_for
from sync.core import Core
from sync.domain.invoice import Invoice, Status
from sync.operations.apply_invoices import apply_invoices
from sync.operations.due import has_come
from sync.operations.lease import Lease
from sync.operations.loss import noticing_loss
from sync.store.invoices import DealInvoice, InvoiceRecord

log = structlog.get_logger()

_OPEN = (Status.DRAFT, Status.SUBMITTED, Status.AUTHORISED)
_UNSEEN_FOR = timedelta(days=1)
#: One that Xero does not know: its organisation may have been reset.
_GONE_FOR = timedelta(days=30)
#: Of those that a list leaves out, how many are asked for alone at a time.
_ALONE = 2


def poll_open(core: Core, held: Lease, *, organisation: ActiveOrganisation) -> None:
    """Fetch, with one call, the open invoices on deals that nobody has seen for a day, those unseen longest first.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when Xero is busy or down.
    """
    wanted = _unseen(core, organisation_id=organisation.organisation_id)
    if not wanted:
        return
    asked_at = core.now()
    with noticing_loss(core, organisation=organisation):
        client = client_for(core, organisation=organisation)
        try:
            found = list(client.get_invoices(invoice_ids=wanted))
        except Unreadable as err:
            # One of them spoils the list. Webhooks and the list of changes go on; these are asked for again in a day.
            log.warning("invoices_unreadable", organisation_id=organisation.organisation_id, reason=str(err))
            _keep(
                core, held, organisation_id=organisation.organisation_id, found=[], asked=wanted, gone=[], at=asked_at
            )
            return
        listed = {invoice.invoice_id for invoice in found}
        unlisted = [one for one in wanted if one not in listed][:_ALONE]
        found += _ask_alone(client, wanted=unlisted)
    seen = {invoice.invoice_id for invoice in found}
    gone = [one for one in unlisted if one not in seen]
    if gone:
        log.warning("invoices_gone", organisation_id=organisation.organisation_id, invoices=gone)
    _keep(core, held, organisation_id=organisation.organisation_id, found=found, asked=wanted, gone=gone, at=asked_at)


def _unseen(core: Core, *, organisation_id: str) -> list[str]:
    now = core.now()
    with core.database.reading() as session:
        return list(
            session.scalars(
                select(InvoiceRecord.invoice_id)
                .where(
                    exists().where(
                        DealInvoice.organisation_id == InvoiceRecord.organisation_id,
                        DealInvoice.invoice_id == InvoiceRecord.invoice_id,
                    ),
                    InvoiceRecord.organisation_id == organisation_id,
                    InvoiceRecord.status.in_([status.value for status in _OPEN]),
                    InvoiceRecord.fetched_at <= now - _UNSEEN_FOR,
                    has_come(InvoiceRecord.look_due_at, now=now),
                )
                .order_by(InvoiceRecord.fetched_at, InvoiceRecord.invoice_id)
                .limit(MOST_IDS)
            )
        )


def _ask_alone(client: XeroClient, *, wanted: list[str]) -> list[Invoice]:
    found = []
    for invoice_id in wanted:
        with suppress(NotFound):
            found.append(client.get_invoice(invoice_id=invoice_id))
    return found


def _keep(
    core: Core,
    held: Lease,
    *,
    organisation_id: str,
    found: list[Invoice],
    asked: list[str],
    gone: list[str],
    at: datetime,
) -> None:

    def put_off(session: Session) -> None:
        for ids, pause in ((asked, _UNSEEN_FOR), (gone, _GONE_FOR)):
            session.execute(
                update(InvoiceRecord)
                .where(InvoiceRecord.organisation_id == organisation_id, InvoiceRecord.invoice_id.in_(ids))
                .values(look_due_at=at + pause)
            )

    apply_invoices(core, organisation_id=organisation_id, invoices=found, asked_at=at, first=held.keep, last=put_off)
