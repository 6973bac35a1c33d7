"""Look at an invoice in Xero once more where our copy, or Xero, says that something cannot be done with it."""

from collections.abc import Callable
from contextlib import suppress

from sync.clients.failures import Refused
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.errors import Anticipated, ErrorCode, InstepError
from sync.operations.deal_invoices import Target
from sync.operations.invoices import to_invoice
from sync.operations.refresh_invoices import fetch_invoices
from sync.store.invoices import InvoiceRecord

Judge = Callable[[Invoice], ErrorCode | None]


def insist(core: Core, *, target: Target, judge: Judge) -> None:
    """Ask Xero before it is said that something cannot be done: our copy may be older than what a person just did there.

    :raises Anticipated: what `judge` says of the invoice as Xero has it now; XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    if judge(target.invoice) is None:
        return
    refusal = judge(_fetched(core, target=target))
    if refusal is not None:
        raise Anticipated(refusal)


def judged(core: Core, *, target: Target, judge: Judge, err: Refused) -> Anticipated:
    """Give our own words for a refusal where the invoice is not any more what we thought; else Xero's sentence.

    It is Xero's also where the look fails: what was refused stays refused.
    """
    with suppress(InstepError):
        refusal = judge(_fetched(core, target=target))
        return err if refusal is None else Anticipated(refusal)
    return err


def _fetched(core: Core, *, target: Target) -> Invoice:
    organisation, invoice_id = target.organisation, target.invoice.invoice_id
    fetch_invoices(core, organisation=organisation, invoice_ids=(invoice_id,))
    core.waker.wake()
    with core.database.reading() as session:
        return to_invoice(session.get_one(InvoiceRecord, (organisation.organisation_id, invoice_id)))
