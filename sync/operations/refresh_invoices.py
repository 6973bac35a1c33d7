"""Fetch the newest state of a deal's invoices because a person asked."""

from contextlib import suppress

import structlog

from sync.clients.failures import NotFound
from sync.clients.xero.invoices import MOST_IDS
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.operations.apply_invoices import apply_invoices
from sync.operations.identity import Person
from sync.operations.invoices import invoices_of_deal, known_invoices
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome

log = structlog.get_logger()


def refresh_deal(core: Core, *, person: Person, deal_id: int) -> Outcome:
    """Fetch the deal's invoices, one call for forty of them, and keep what is newer.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when Xero is busy or down; what is known stays shown, with its age.
    """
    organisation = get_active(core, company_id=person.company_id)
    with core.database.reading() as session:
        found = invoices_of_deal(session, company_id=person.company_id, deal_id=deal_id)
    ids = [one.record.invoice_id for one in found if one.record.organisation_id == organisation.organisation_id]
    outcome = fetch_invoices(core, organisation=organisation, invoice_ids=tuple(ids))
    core.waker.wake()
    return outcome


def fetch_invoices(core: Core, *, organisation: ActiveOrganisation, invoice_ids: tuple[str, ...]) -> Outcome:
    """Fetch invoices of one organisation in chunks and keep what is newer.

    :raises Anticipated: XERO_RECONNECT when its grant does not reach the organisation any more.
    """
    outcomes = set()
    for start in range(0, len(invoice_ids), MOST_IDS):
        asked_at = core.now()
        invoices = pull_invoices(core, organisation=organisation, wanted=invoice_ids[start : start + MOST_IDS])
        kept = apply_invoices(core, organisation_id=organisation.organisation_id, invoices=invoices, asked_at=asked_at)
        outcomes.add(kept)
    return Outcome.DONE if Outcome.DONE in outcomes else Outcome.UNCHANGED


def pull_invoices(core: Core, *, organisation: ActiveOrganisation, wanted: tuple[str, ...]) -> list[Invoice]:
    """Fetch a chunk in one call; nobody documents whether a list holds deleted invoices, so one that is missing is
    asked for, if it hangs on a deal: events speak of every invoice in the organisation.

    :raises Anticipated: XERO_RECONNECT when its grant does not reach the organisation any more.
    """
    client = client_for(core, organisation=organisation)
    with noticing_loss(core, organisation=organisation):
        invoices = list(client.get_invoices(invoice_ids=wanted))
        missing = set(wanted) - {invoice.invoice_id for invoice in invoices}
        for invoice_id in _ours(core, organisation_id=organisation.organisation_id, invoice_ids=missing):
            with suppress(NotFound):
                invoices.append(client.get_invoice(invoice_id=invoice_id))
    log.info("invoices_fetched", organisation_id=organisation.organisation_id, invoice_ids=list(wanted))
    return invoices


def _ours(core: Core, *, organisation_id: str, invoice_ids: set[str]) -> set[str]:
    if not invoice_ids:
        return set()
    with core.database.reading() as session:
        return known_invoices(session, organisation_id=organisation_id, invoice_ids=invoice_ids)
