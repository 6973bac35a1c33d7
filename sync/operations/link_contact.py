"""Tell which contact in Xero a deal's customer is, where no invoice of ours has told it yet (F23)."""

from contextlib import suppress
from dataclasses import dataclass

from sync.clients.failures import Forbidden, GrantDead, NotFound, TokenExpired
from sync.connections.pipedrive import client_for as pipedrive_client
from sync.connections.xero import client_for, get_active
from sync.core import Core
from sync.domain.crm import Address
from sync.domain.mapping import Customer
from sync.domain.matching import normalise_name, rank_contacts
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode
from sync.operations import audit
from sync.operations.contact_links import customer_key
from sync.operations.contacts import ContactChoice, contact_choices, find_living
from sync.operations.deal_invoices import require_right
from sync.operations.identity import Person
from sync.operations.loss import noticing_loss
from sync.operations.outcome import Outcome
from sync.store.invoices import ContactLink, DealRow


@dataclass(frozen=True)
class FoundContacts:
    """Contacts that may be the customer, best first, and what was looked for."""

    customer_name: str
    words: str
    choices: tuple[ContactChoice, ...]


def search_customer(core: Core, *, person: Person, deal_id: int, words: str) -> FoundContacts:
    """Look in Xero for `words`, or for the customer's own name where there are none: one call.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NO_CUSTOMER, INSTALL_LAPSED.
    :raises Transient: when Xero or Pipedrive cannot be asked.
    """
    organisation = get_active(core, company_id=person.company_id)
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    customer = _customer(core, person=person, deal_id=deal_id)
    term = words or max(normalise_name(name=customer.name).split(), key=len, default="")
    with noticing_loss(core, organisation=organisation):
        found = client_for(core, organisation=organisation).search_contacts(term=term) if term else ()
    ranked = rank_contacts(wanted=customer, candidates=found, linked_contact_id="")
    return FoundContacts(
        customer_name=customer.name,
        words=words,
        choices=contact_choices(ranked=ranked),
    )


def link_contact(core: Core, *, person: Person, deal_id: int, contact_id: str) -> Outcome:
    """Remember who the customer is, for this and every other deal of theirs; nothing changes in Xero.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NO_CUSTOMER, CONTACT_ARCHIVED.
    """
    organisation = get_active(core, company_id=person.company_id)
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    with core.database.reading() as session:
        deal = session.get_one(DealRow, (person.company_id, deal_id))
    customer = customer_key(org_id=deal.org_id, person_id=deal.person_id)
    if not customer:
        raise Anticipated(ErrorCode.NO_CUSTOMER)
    with noticing_loss(core, organisation=organisation):
        contact = find_living(client_for(core, organisation=organisation), contact_id=contact_id)
    if contact is None:
        raise Anticipated(ErrorCode.CONTACT_ARCHIVED)
    key = (person.company_id, organisation.organisation_id, customer)
    with core.database.writing() as session:
        known = session.get(ContactLink, key, with_for_update=True)
        if known is not None and known.contact_id == contact.contact_id:
            return Outcome.UNCHANGED
        session.merge(
            ContactLink(
                company_id=person.company_id,
                organisation_id=organisation.organisation_id,
                customer=customer,
                contact_id=contact.contact_id,
                contact_name=contact.name,
                linked_at=core.now(),
            )
        )
        audit.record(
            session,
            at=core.now(),
            company_id=person.company_id,
            user_id=person.user_id,
            verb="link_contact",
            subject=contact.contact_id,
        )
    return Outcome.DONE


def _customer(core: Core, *, person: Person, deal_id: int) -> Customer:
    with core.database.reading() as session:
        deal = session.get_one(DealRow, (person.company_id, deal_id))
    if deal.org_id is None and deal.person_id is None:
        raise Anticipated(ErrorCode.NO_CUSTOMER)
    name, email = "", ""
    try:
        client = pipedrive_client(core, company_id=person.company_id, user_id=person.user_id)
        # Who may not see the customer can still look for a contact by name.
        with suppress(Forbidden, NotFound):
            if deal.org_id is not None:
                name = client.get_organization(org_id=deal.org_id).name
            elif deal.person_id is not None:
                found = client.get_person(person_id=deal.person_id)
                name, email = found.name, found.email
    except (GrantDead, TokenExpired) as err:
        raise Anticipated(ErrorCode.INSTALL_LAPSED) from err
    return Customer(name=name, address=Address(), email=email, tax_number="")
