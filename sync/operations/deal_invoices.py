"""An invoice that somebody wants to do something with: whether it hangs on their deal, and whether they may."""

from dataclasses import dataclass

from sqlalchemy import select

from sync.connections.xero import ActiveOrganisation, get_active
from sync.core import Core
from sync.domain.invoice import Invoice
from sync.domain.rights import Right, RightsPolicy, why_not
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.operations.invoices import to_invoice
from sync.store.accounts import Connection
from sync.store.invoices import DealInvoice, InvoiceRecord


@dataclass(frozen=True)
class Target:
    """An invoice of a deal in the company's organisation, as our copy has it."""

    organisation: ActiveOrganisation
    invoice: Invoice


def get_target(core: Core, *, person: Person, deal_id: int, invoice_id: str, right: Right) -> Target:
    """Find an invoice of the deal that this person may do something with.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ON_DEAL, NOT_ALLOWED, NOT_ALLOWED_IN_XERO.
    """
    organisation = get_active(core, company_id=person.company_id)
    require_right(core, person=person, organisation=organisation, right=right)
    with core.database.reading() as session:
        record = session.scalar(
            select(InvoiceRecord)
            .join(
                DealInvoice,
                (DealInvoice.organisation_id == InvoiceRecord.organisation_id)
                & (DealInvoice.invoice_id == InvoiceRecord.invoice_id),
            )
            .where(
                DealInvoice.company_id == person.company_id,
                DealInvoice.deal_id == deal_id,
                DealInvoice.invoice_id == invoice_id,
                DealInvoice.organisation_id == organisation.organisation_id,
            )
        )
    if record is None:
        raise Anticipated(ErrorCode.NOT_ON_DEAL)
    return Target(organisation=organisation, invoice=to_invoice(record))


def require_right(core: Core, *, person: Person, organisation: ActiveOrganisation, right: Right) -> None:
    """Insist on a right of D5, by what Xero last said that the connection may do.

    :raises Anticipated: NOT_ALLOWED when the company does not allow it, NOT_ALLOWED_IN_XERO when Xero does not.
    """
    with core.database.reading() as session:
        actions = frozenset(session.get_one(Connection, organisation.connection_key).actions)
    refusal = why_not(right=right, actions=actions, is_admin=person.is_admin, policy=RightsPolicy())
    if refusal is not None:
        raise Anticipated(refusal)
