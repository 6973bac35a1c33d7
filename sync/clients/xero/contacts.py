"""Contacts in Xero."""

from collections.abc import Mapping

from sync.clients.xero import _schemas
from sync.clients.xero._calls import Calls, Kind, segment
from sync.domain.accounting import Contact

_CONTACT = Kind("Contacts", _schemas.ContactSchema(), {})
_PAGE_SIZE = 100


class ContactCalls(Calls):
    """Finds, reads and writes contacts."""

    # https://developer.xero.com/documentation/api/accounting/contacts (searchTerm)
    def search_contacts(self, *, term: str) -> tuple[Contact, ...]:
        """Fetch the first hundred active contacts with `term` in a name, number or e-mail address."""
        return self._contacts({"searchTerm": term})

    # https://developer.xero.com/documentation/api/accounting/contacts (where)
    def find_contacts_by_email(self, *, email: str) -> tuple[Contact, ...]:
        """Fetch the active contacts that have exactly this e-mail address; there may be several."""
        if '"' in email or "\\" in email:
            # How Xero escapes these is not documented: such a value never becomes part of an expression.
            return tuple(one for one in self.search_contacts(term=email) if one.email.casefold() == email.casefold())
        return self._contacts({"where": f'EmailAddress=="{email}"'})

    # https://developer.xero.com/documentation/api/accounting/contacts (GET Contacts/{ContactID})
    def get_contact(self, *, contact_id: str) -> Contact:
        """Fetch one contact, archived and merged ones included.

        :raises NotFound: it is not in this organisation.
        """
        contact: Contact = self._only(f"/Contacts/{segment(contact_id)}", "Contacts", _schemas.ContactSchema())
        return contact

    # https://developer.xero.com/documentation/api/accounting/contacts (PUT Contacts; POST would overwrite by name)
    def create_contact(self, *, body: bytes, idempotency_key: str) -> Contact:
        """Create a contact.

        :raises Refused: its name or number is taken.
        :raises OutcomeUnknown: it may have been created.
        """
        contact: Contact = self._write("PUT", "/Contacts", _CONTACT, body=body, key=idempotency_key)
        return contact

    # https://developer.xero.com/documentation/api/accounting/contacts (POST Contacts/{ContactID})
    def update_contact(self, *, contact_id: str, body: bytes, idempotency_key: str) -> Contact:
        """Change what `body` names of a contact, and nothing else.

        :raises Refused: with Xero's own sentence, of an address that is none, for example.
        :raises OutcomeUnknown: it may have been changed.
        """
        contact: Contact = self._write(
            "POST", f"/Contacts/{segment(contact_id)}", _CONTACT, body=body, key=idempotency_key
        )
        return contact

    def _contacts(self, params: Mapping[str, str]) -> tuple[Contact, ...]:
        params = {**params, "page": "1", "pageSize": str(_PAGE_SIZE)}
        return tuple(self._all("/Contacts", "Contacts", _schemas.ContactSchema(), params))
