"""Which Xero contact the customer is: the remembered one first, then the likely ones, and what of it differs (F7, F8)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.clients.xero.client import XeroClient
from sync.connections.xero import ActiveOrganisation, client_for, get_active
from sync.core import Core
from sync.domain.accounting import Contact
from sync.domain.contact_changes import Difference, contact_differences
from sync.domain.due import DueRule
from sync.domain.links import contact_link
from sync.domain.mapping import Customer
from sync.domain.matching import Candidate, MatchReason, is_beyond_doubt, normalise_name, rank_contacts
from sync.errors import ErrorCode
from sync.operations.contacts import ContactChoice, contact_choices, find_living
from sync.operations.identity import Person
from sync.operations.loss import noticing_loss
from sync.operations.own_intent import get_own_intent
from sync.operations.preferences import XERO_TERMS, due_rule_for, get_preferences
from sync.operations.prepared import Prepared, from_stored
from sync.operations.reference import get_reference
from sync.store.company import Company
from sync.store.invoices import ContactLink

#: From here on a candidate is chosen beforehand: the same name, or better.
_SURE = 78


@dataclass(frozen=True)
class CustomerView:
    """Who the customer is in Xero; `contact` is the chosen one, and `due_rule` its own where the preferences say so.

    `doubt` is why nobody may take the chosen one unless a person has looked.
    """

    candidates: tuple[ContactChoice, ...]
    contact: Contact | None
    differences: tuple[Difference, ...]
    due_rule: DueRule | None
    xero_url: str = ""
    doubt: ErrorCode | None = None


def show_customer(core: Core, *, person: Person, deal_id: int, intent_key: str, contact_id: str = "") -> CustomerView:
    """Show the contact that was asked for, or is remembered: one call to Xero, and one more where it was merged.

    Where there is none any more, two more look for the likely ones. A contact's own terms are read with the
    organisation's lists: seven calls where these are over an hour old.

    :raises Anticipated: LINK_EXPIRED, XERO_NOT_CONNECTED, XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    prepared = _prepared(core, person=person, deal_id=deal_id, intent_key=intent_key)
    organisation = get_active(core, company_id=person.company_id)
    linked_id = contact_id or _remembered(
        core, person=person, organisation_id=organisation.organisation_id, customer_key=prepared.customer_key
    )
    with noticing_loss(core, organisation=organisation):
        client = client_for(core, organisation=organisation)
        linked = find_living(client, contact_id=linked_id) if linked_id else None
        found = [linked] if linked else _search_likely(client, customer=prepared.customer)
    ranked = rank_contacts(
        wanted=prepared.customer, candidates=found, linked_contact_id=linked.contact_id if linked else ""
    )
    chosen = linked or _surest(ranked)
    return CustomerView(
        candidates=contact_choices(ranked=[one for one in ranked if linked or one.reason is not MatchReason.SEARCH]),
        contact=chosen,
        differences=contact_differences(customer=prepared.customer, contact=chosen) if chosen else (),
        due_rule=_own_due_rule(core, person=person, organisation=organisation, contact=chosen),
        xero_url=_link(core, organisation=organisation, contact=chosen),
        doubt=None if linked else _doubt(prepared, chosen=chosen, was_linked=bool(linked_id)),
    )


def search_contacts(
    core: Core, *, person: Person, deal_id: int, intent_key: str, words: str
) -> tuple[ContactChoice, ...]:
    """Search Xero's contacts, with one call, the likeliest for this customer first.

    :raises Anticipated: LINK_EXPIRED, XERO_NOT_CONNECTED, XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    prepared = _prepared(core, person=person, deal_id=deal_id, intent_key=intent_key)
    organisation = get_active(core, company_id=person.company_id)
    with noticing_loss(core, organisation=organisation):
        found = client_for(core, organisation=organisation).search_contacts(term=words) if words else ()
    return contact_choices(ranked=rank_contacts(wanted=prepared.customer, candidates=found))


def _prepared(core: Core, *, person: Person, deal_id: int, intent_key: str) -> Prepared:
    return from_stored(get_own_intent(core, person=person, deal_id=deal_id, intent_key=intent_key).prepared)


def _remembered(core: Core, *, person: Person, organisation_id: str, customer_key: str) -> str:
    with core.database.reading() as session:
        link = session.get(ContactLink, (person.company_id, organisation_id, customer_key))
    return link.contact_id if link else ""


def find_surest(core: Core, *, organisation: ActiveOrganisation, prepared: Prepared) -> Contact | None:
    """Find the one contact that is an unlinked customer beyond doubt, with two calls to Xero at most.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked.
    """
    with noticing_loss(core, organisation=organisation):
        found = _search_likely(client_for(core, organisation=organisation), customer=prepared.customer)
    chosen = _surest(rank_contacts(wanted=prepared.customer, candidates=found, linked_contact_id=""))
    return chosen if _doubt(prepared, chosen=chosen, was_linked=False) is None else None


def _doubt(prepared: Prepared, *, chosen: Contact | None, was_linked: bool) -> ErrorCode | None:
    """Say what speaks against a contact that was found, not remembered."""
    customer = prepared.customer
    if was_linked:
        return ErrorCode.CONTACT_ARCHIVED
    if not customer.name:
        return ErrorCode.NO_CUSTOMER
    if chosen is None or not is_beyond_doubt(wanted=customer, contact=chosen, is_person=prepared.is_person):
        return ErrorCode.CONTACT_UNSURE
    return None


def _search_likely(client: XeroClient, *, customer: Customer) -> list[Contact]:
    words = normalise_name(name=customer.name).split()
    found = {
        contact.contact_id: contact for contact in (client.search_contacts(term=max(words, key=len)) if words else ())
    }
    if customer.email:
        found |= {contact.contact_id: contact for contact in client.find_contacts_by_email(email=customer.email)}
    return list(found.values())


def _surest(ranked: Sequence[Candidate]) -> Contact | None:
    """Choose beforehand where that is beyond doubt; two that are equally good are a person's choice."""
    if not ranked or ranked[0].score < _SURE:
        return None
    is_tied = len(ranked) > 1 and ranked[1].score == ranked[0].score
    return None if is_tied else ranked[0].contact


def _link(core: Core, *, organisation: ActiveOrganisation, contact: Contact | None) -> str:
    if contact is None:
        return ""
    return contact_link(
        web_url=core.settings.xero_web_url, short_code=organisation.short_code, contact_id=contact.contact_id
    )


def _own_due_rule(
    core: Core, *, person: Person, organisation: ActiveOrganisation, contact: Contact | None
) -> DueRule | None:
    with core.database.reading() as session:
        preferences = get_preferences(session.get_one(Company, person.company_id).preferences)
    if contact is None or preferences.due_kind != XERO_TERMS:
        return None
    terms = get_reference(core, organisation=organisation).sales_terms
    return due_rule_for(preferences=preferences, organisation_terms=terms, contact_terms=contact.terms)
