"""Which Xero contact the customer is: the remembered one first, then the likely ones."""

from dataclasses import dataclass

from sync.clients.failures import NotFound
from sync.clients.xero.client import XeroClient
from sync.connections.xero import ActiveOrganisation, client_for
from sync.core import Core
from sync.domain.accounting import Contact
from sync.domain.mapping import Customer
from sync.domain.matching import MatchReason, normalise_name, rank_contacts
from sync.operations.loss import noticing_loss
from sync.operations.prepared import Prepared
from sync.store.invoices import ContactLink

_SHOWN = 8
#: From here on a candidate is chosen beforehand: the same name, or better.
_SURE = 78


@dataclass(frozen=True)
class ContactChoice:
    """A contact that may be the customer, and why it is offered."""

    contact_id: str
    name: str
    email: str
    reason: str


def candidates_for(
    core: Core, *, organisation: ActiveOrganisation, company_id: int, prepared: Prepared
) -> tuple[tuple[ContactChoice, ...], str]:
    """Find the likely contacts, best first, and the id of the one to choose beforehand (or nothing).

    :raises Transient: when Xero cannot be asked.
    """
    with core.database.reading() as session:
        link = session.get(ContactLink, (company_id, organisation.organisation_id, prepared.customer_key))
    with noticing_loss(core, organisation=organisation):
        client = client_for(core, organisation=organisation)
        linked_id = _living(client, contact_id=link.contact_id) if link else ""
        found = _search(client, customer=prepared.customer, linked_id=linked_id)
    ranked = rank_contacts(wanted=prepared.customer, candidates=found, linked_contact_id=linked_id)[:_SHOWN]
    choices = tuple(
        ContactChoice(
            contact_id=one.contact.contact_id, name=one.contact.name, email=one.contact.email, reason=one.reason.value
        )
        for one in ranked
        if one.reason is not MatchReason.SEARCH
    )
    best = ranked[0] if ranked else None
    # Two that are equally good are a person's choice.
    tied = len(ranked) > 1 and best is not None and ranked[1].score == best.score
    return choices, best.contact.contact_id if best and best.score >= _SURE and not tied else ""


def _living(client: XeroClient, *, contact_id: str) -> str:
    """Follow a merge; an archived or vanished contact is no link any more."""
    try:
        contact = client.get_contact(contact_id=contact_id)
        if contact.merged_to_contact_id:
            contact = client.get_contact(contact_id=contact.merged_to_contact_id)
    except NotFound:
        return ""
    return contact.contact_id if contact.status == "ACTIVE" else ""


def _search(client: XeroClient, *, customer: Customer, linked_id: str) -> list[Contact]:
    words = normalise_name(name=customer.name).split()
    found = {
        contact.contact_id: contact for contact in (client.search_contacts(term=max(words, key=len)) if words else ())
    }
    if customer.email:
        found |= {contact.contact_id: contact for contact in client.find_contacts_by_email(email=customer.email)}
    if linked_id and linked_id not in found:
        found[linked_id] = client.get_contact(contact_id=linked_id)
    return list(found.values())
