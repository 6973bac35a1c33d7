"""The address under which a customer sees and pays an invoice."""

from sync.clients.failures import NotFound
from sync.connections.xero import client_for
from sync.core import Core
from sync.domain.invoice import Status
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode
from sync.operations.deal_invoices import get_target
from sync.operations.identity import Person
from sync.operations.loss import noticing_loss

#: An invoice that was never approved has no page for its customer.
HAVE_LINK = frozenset({Status.AUTHORISED, Status.PAID})


def payment_link(core: Core, *, person: Person, deal_id: int, invoice_id: str) -> str:
    """Ask Xero for the invoice's online address: one call.

    :raises Anticipated: NO_PAYMENT_LINK, NOT_ON_DEAL, XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    target = get_target(core, person=person, deal_id=deal_id, invoice_id=invoice_id, right=Right.DRAFT)
    if target.invoice.status not in HAVE_LINK:
        raise Anticipated(ErrorCode.NO_PAYMENT_LINK)
    with noticing_loss(core, organisation=target.organisation):
        try:
            return client_for(core, organisation=target.organisation).online_invoice_url(invoice_id=invoice_id)
        except NotFound as err:
            raise Anticipated(ErrorCode.NO_PAYMENT_LINK) from err
