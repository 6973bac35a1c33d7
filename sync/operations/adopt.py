"""Take in invoices that hang on a deal although we do not know of it: the database was restored from a copy.

What we made carries a sealed mark that says for which deal (D7). What a person hung on a deal by hand is named by the
deal's own link field; it counts where the invoice is the deal's customer's, as it had to be to be hung there.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead, NotFound
from sync.clients.xero.invoices import MOST_IDS
from sync.connections.pipedrive import acting_client
from sync.connections.xero import ActiveOrganisation, client_for
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.invoice import Invoice
from sync.domain.mark import Mark, is_marked, read_mark
from sync.domain.timeline import Side, Verb
from sync.errors import Anticipated
from sync.operations.contact_links import find_contact_link
from sync.operations.deals import record_deal
from sync.operations.happenings import record_happening
from sync.operations.invoices import copy_invoice, finish_intent, known_invoices, mark_deals_due
from sync.operations.loss import noticing_loss
from sync.store.accounts import Connection
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun

log = structlog.get_logger()

_INVOICE_ID = re.compile(r"InvoiceID=([0-9a-fA-F-]{36})$")


def adopt_marked(core: Core, *, organisation_id: str, invoices: Iterable[Invoice]) -> None:
    """Hang invoices that carry our sealed mark, and that nobody knows of here, on the deals that they were made for.

    :raises Transient: when Pipedrive cannot be asked.
    """
    marks = {
        one: read_mark(url=one.url, base_url=core.settings.base_url, key=core.settings.secret_key) for one in invoices
    }
    sealed = {invoice: mark for invoice, mark in marks.items() if mark is not None and invoice.is_sales}
    if not sealed:
        return
    with core.database.reading() as session:
        ids = [invoice.invoice_id for invoice in sealed]
        kept = known_invoices(session, organisation_id=organisation_id, invoice_ids=ids)
        companies = set(
            session.scalars(
                select(Connection.company_id).where(
                    Connection.organisation_id == organisation_id, Connection.state == "active"
                )
            )
        )
    for invoice, mark in sealed.items():
        if invoice.invoice_id not in kept and mark.company_id in companies:
            _adopt_marked(core, organisation_id=organisation_id, mark=mark, invoice=invoice)


def named_by(link: object) -> str | None:
    """Read which invoice a deal's link field names, if any."""
    found = _INVOICE_ID.search(unquote(link)) if isinstance(link, str) else None
    return found[1].lower() if found else None


def adopt_named(
    core: Core, *, company_id: int, organisation: ActiveOrganisation, deals: Sequence[tuple[Deal, str]]
) -> None:
    """Hang the invoices that deals name in their link fields on them, as far as they are theirs.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    for start in range(0, len(deals), MOST_IDS):
        chunk = {invoice_id: deal for deal, invoice_id in deals[start : start + MOST_IDS]}
        with noticing_loss(core, organisation=organisation):
            found = client_for(core, organisation=organisation).get_invoices(invoice_ids=tuple(chunk))
        adopt_marked(core, organisation_id=organisation.organisation_id, invoices=found)
        for invoice in found:
            deal = chunk.get(invoice.invoice_id)
            if deal is not None and invoice.is_sales:
                _adopt_named(
                    core,
                    company_id=company_id,
                    organisation_id=organisation.organisation_id,
                    deal=deal,
                    invoice=invoice,
                )


def _adopt_marked(core: Core, *, organisation_id: str, mark: Mark, invoice: Invoice) -> None:
    with core.database.reading() as session:
        is_deal_known = session.get(DealRow, (mark.company_id, mark.deal_id)) is not None
    deal = None
    if not is_deal_known:
        try:
            deal = acting_client(core, company_id=mark.company_id).get_deal(deal_id=mark.deal_id)
        except (NotFound, GrantDead, Anticipated) as err:
            log.warning(
                "not_adopted", company_id=mark.company_id, invoice_id=invoice.invoice_id, reason=type(err).__name__
            )
            return

    def hang(session: Session) -> None:
        if deal is not None:
            record_deal(session, company_id=mark.company_id, deal=deal, now=core.now())
            session.flush()
        intent = session.get(Intent, mark.intent_id, with_for_update=True)
        if intent is None:
            intent = _intent_of(mark, organisation_id=organisation_id, invoice=invoice)
            intent.created_at = core.now()
            run = session.get(RuleRun, mark.intent_id)
            # What a rule makes has the name of its run.
            intent.rule = run.rule if run is not None and run.company_id == mark.company_id else ""
            session.add(intent)
            session.flush()
        finish_intent(session, intent=intent, invoice=invoice, now=core.now())

    core.database.insert_once(hang)
    log.warning("invoice_adopted", company_id=mark.company_id, deal_id=mark.deal_id, invoice_id=invoice.invoice_id)


def _intent_of(mark: Mark, *, organisation_id: str, invoice: Invoice) -> Intent:
    """Write the intent anew that must have been there: whoever asks for the same again is told that it is done."""
    return Intent(
        intent_id=str(uuid.UUID(mark.intent_id)),
        company_id=mark.company_id,
        user_id=mark.user_id,
        deal_id=mark.deal_id,
        organisation_id=organisation_id,
        kind="create",
        state="sending",
        contact_id=invoice.contact_id,
        prepared={},
    )


def _adopt_named(core: Core, *, company_id: int, organisation_id: str, deal: Deal, invoice: Invoice) -> None:
    def hang(session: Session) -> bool:
        if not _may_hang(
            core, session, company_id=company_id, organisation_id=organisation_id, deal=deal, invoice=invoice
        ):
            return False
        record = InvoiceRecord(organisation_id=organisation_id, invoice_id=invoice.invoice_id)
        copy_invoice(record, invoice=invoice, now=core.now())
        session.add(record)
        session.flush()
        link = DealInvoice(company_id=company_id, organisation_id=organisation_id, invoice_id=invoice.invoice_id)
        link.deal_id, link.linked_at = deal.deal_id, core.now()
        session.add(link)
        session.flush()
        mark_deals_due(session, organisation_id=organisation_id, invoice_id=invoice.invoice_id, now=core.now())
        record_happening(
            session,
            company_id=company_id,
            deal_id=deal.deal_id,
            organisation_id=organisation_id,
            invoice_id=invoice.invoice_id,
            at=core.now(),
            side=Side.PIPEDRIVE,
            verb=Verb.LINKED,
        )
        return True

    if core.database.insert_once(hang):
        log.warning("invoice_adopted", company_id=company_id, deal_id=deal.deal_id, invoice_id=invoice.invoice_id)


def _may_hang(
    core: Core, session: Session, *, company_id: int, organisation_id: str, deal: Deal, invoice: Invoice
) -> bool:
    """Whether nobody knows the invoice, and we made it or it is the deal's customer's."""
    if session.get(InvoiceRecord, (organisation_id, invoice.invoice_id)) is not None:
        return False
    if is_marked(url=invoice.url, base_url=core.settings.base_url):
        return True
    contact = find_contact_link(session, company_id=company_id, organisation_id=organisation_id, deal_id=deal.deal_id)
    return contact is not None and contact.contact_id == invoice.contact_id
