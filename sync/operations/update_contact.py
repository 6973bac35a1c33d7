"""Copy what differs from Pipedrive into the contact in Xero, because a person asked for it (F8)."""

from collections.abc import Mapping

from sync.clients.failures import NotFound
from sync.connections.xero import ActiveOrganisation, client_for
from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.operations.deeds import Kind
from sync.operations.identity import Person
from sync.operations.intents import Ask, ask
from sync.operations.loss import noticing_loss
from sync.operations.send_intent import send


def update_contact(
    core: Core,
    *,
    person: Person,
    deal_id: int,
    organisation: ActiveOrganisation,
    contact_id: str,
    body: bytes,
    key: str,
) -> None:
    """Send `body` for the contact, once for one `key`.

    :raises Anticipated: IN_PROGRESS, CONTACT_ARCHIVED, and whatever Xero refuses, in its own words; nothing was changed.
    :raises Transient: OUTCOME_UNKNOWN while nobody can tell; a worker finds out.
    """
    is_new = ask(
        core,
        company_id=person.company_id,
        user_id=person.user_id,
        organisation_id=organisation.organisation_id,
        about=Ask(key=key, kind=Kind.CONTACT, deal_id=deal_id, contact_id=contact_id),
        body=body,
    )
    if not is_new:
        return
    try:
        send(core, intent_id=key)
    except NotFound as err:
        # Merged away, or deleted by Xero: another contact has to be chosen, as for an archived one.
        raise Anticipated(ErrorCode.CONTACT_ARCHIVED) from err


def other_addresses(core: Core, *, organisation: ActiveOrganisation, contact_id: str) -> tuple[Mapping[str, str], ...]:
    """Read which addresses a contact has beside the one that invoices print.

    :raises Anticipated: CONTACT_ARCHIVED, XERO_RECONNECT.
    :raises Transient: when Xero cannot be asked; nothing was changed.
    """
    with noticing_loss(core, organisation=organisation):
        try:
            return client_for(core, organisation=organisation).get_contact(contact_id=contact_id).others
        except NotFound as err:
            raise Anticipated(ErrorCode.CONTACT_ARCHIVED) from err
