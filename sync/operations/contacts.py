"""Xero's contacts, as a person chooses among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.clients.failures import NotFound
from sync.clients.xero.client import XeroClient
from sync.domain.accounting import Contact
from sync.domain.matching import Candidate, MatchReason

_SHOWN = 8


@dataclass(frozen=True)
class ContactChoice:
    """A contact that may be the customer, and why it is offered."""

    contact_id: str
    name: str
    email: str
    reason: MatchReason


def contact_choices(*, ranked: Sequence[Candidate]) -> tuple[ContactChoice, ...]:
    """Offer the first of some contacts."""
    return tuple(
        ContactChoice(
            contact_id=one.contact.contact_id, name=one.contact.name, email=one.contact.email, reason=one.reason
        )
        for one in ranked[:_SHOWN]
    )


def find_survivor(client: XeroClient, *, contact_id: str) -> Contact | None:
    """Find a contact, or the one that it was merged into; it may be archived."""
    try:
        contact = client.get_contact(contact_id=contact_id)
        merged_to = contact.merged_to_contact_id
        return client.get_contact(contact_id=merged_to) if merged_to else contact
    except NotFound:
        return None


def find_living(client: XeroClient, *, contact_id: str) -> Contact | None:
    """Find the same; an archived contact is none any more."""
    contact = find_survivor(client, contact_id=contact_id)
    return contact if contact is not None and contact.status == "ACTIVE" else None
