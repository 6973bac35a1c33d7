"""Which Xero contact a deal's customer is: found, and forgotten again (F22)."""

from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.rights import Right
from sync.operations import audit
from sync.operations.deal_invoices import require_right
from sync.operations.identity import Person
from sync.operations.outcome import Outcome
from sync.store.invoices import ContactLink, DealRow


def customer_key(*, org_id: int | None, person_id: int | None) -> str:
    """Name a deal's customer: its organization, else its person; empty where it has neither."""
    if org_id is not None:
        return f"organization:{org_id}"
    return f"person:{person_id}" if person_id is not None else ""


def find_contact_link(session: Session, *, company_id: int, organisation_id: str, deal_id: int) -> ContactLink | None:
    """Find the contact that the deal's customer is linked to."""
    deal = session.get(DealRow, (company_id, deal_id))
    key = customer_key(org_id=deal.org_id, person_id=deal.person_id) if deal else ""
    return session.get(ContactLink, (company_id, organisation_id, key)) if key else None


def unlink_contact(core: Core, *, person: Person, deal_id: int) -> Outcome:
    """Forget the link, for this and every other deal of that customer; nothing changes in Xero.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED.
    """
    organisation = get_active(core, company_id=person.company_id)
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    with core.database.writing() as session:
        link = find_contact_link(
            session, company_id=person.company_id, organisation_id=organisation.organisation_id, deal_id=deal_id
        )
        if link is None:
            return Outcome.UNCHANGED
        audit.record(
            session,
            at=core.now(),
            company_id=person.company_id,
            user_id=person.user_id,
            verb="unlink_contact",
            subject=link.contact_id,
        )
        session.delete(link)
    return Outcome.DONE
