"""An invoice as Xero prints it, in a tab of its own (F19, D22)."""

import re
from dataclasses import dataclass

from sync.clients.failures import NotFound
from sync.connections.xero import client_for
from sync.core import Core
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode
from sync.operations.deal_invoices import get_target
from sync.operations.identity import Person, person_of
from sync.operations.loss import noticing_loss
from sync.operations.tickets import Purpose, TicketHolder, issue, redeem


@dataclass(frozen=True)
class Pdf:
    """A document to be saved under `filename`."""

    filename: str
    content: bytes


def issue_pdf_ticket(core: Core, *, person: Person, deal_id: int, invoice_id: str) -> str:
    """Make the key that gives the document once, within a minute, at the top level, where no token of Pipedrive's is.

    :raises Anticipated: NOT_ON_DEAL, NOT_ALLOWED, XERO_RECONNECT.
    """
    get_target(core, person=person, deal_id=deal_id, invoice_id=invoice_id, right=Right.DRAFT)
    holder = TicketHolder(company_id=person.company_id, user_id=person.user_id, deal_id=deal_id, subject=invoice_id)
    return issue(core, purpose=Purpose.PDF, holder=holder)


def redeem_pdf_ticket(core: Core, *, ticket: str) -> Pdf:
    """Use the key up, and fetch the document from Xero: one call.

    :raises Anticipated: LINK_EXPIRED, NOT_INSTALLED, NOT_ON_DEAL, XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    holder = redeem(core, purpose=Purpose.PDF, key=ticket)
    if holder.company_id is None or holder.user_id is None or holder.deal_id is None:
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    person = person_of(core, company_id=holder.company_id, user_id=holder.user_id)
    target = get_target(core, person=person, deal_id=holder.deal_id, invoice_id=holder.subject, right=Right.DRAFT)
    with noticing_loss(core, organisation=target.organisation):
        try:
            content = client_for(core, organisation=target.organisation).invoice_pdf(invoice_id=holder.subject)
        except NotFound as err:
            raise Anticipated(ErrorCode.NOT_ON_DEAL) from err
    # A number is free text in Xero; a file's name is not.
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", target.invoice.number).strip("-.")[:80]
    return Pdf(filename=f"{name or 'invoice'}.pdf", content=content)
