"""One-time keys: the `state` of a consent under way, and the door from a frame to the top level (D20, D22)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete

from sync.core import Core, fingerprint
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.store.company import Ticket


class Purpose(StrEnum):
    """What a key opens; one for one thing never opens another."""

    INSTALL = "install"
    XERO = "xero"
    SETUP = "setup"
    PDF = "pdf"


_LASTS = {
    Purpose.INSTALL: timedelta(minutes=10),
    Purpose.XERO: timedelta(minutes=10),
    Purpose.SETUP: timedelta(minutes=2),
    Purpose.PDF: timedelta(minutes=1),
}


@dataclass(frozen=True)
class SetupHolder:
    """Whose setup a ticket opens, and the deal to go back to afterwards."""

    company_id: int
    user_id: int
    deal_id: int | None


@dataclass(frozen=True)
class TicketHolder:
    """What was remembered with a key; who it is for is unknown while Pipedrive has not said who installs."""

    company_id: int | None = None
    user_id: int | None = None
    deal_id: int | None = None
    subject: str = ""


def issue(core: Core, *, purpose: Purpose, holder: TicketHolder, browser: str = "") -> str:
    """Make a key that works once, within minutes, and only in the same browser where `browser` is given."""
    key = secrets.token_urlsafe(32)
    with core.database.writing() as session:
        session.add(
            Ticket(
                key_hash=fingerprint(key),
                purpose=purpose,
                company_id=holder.company_id,
                user_id=holder.user_id,
                deal_id=holder.deal_id,
                subject=holder.subject,
                browser_hash=fingerprint(browser) if browser else "",
                expires_at=core.now() + _LASTS[purpose],
            )
        )
    return key


def redeem(core: Core, *, purpose: Purpose, key: str, browser: str = "") -> TicketHolder:
    """Use a key up.

    :raises Anticipated: LINK_EXPIRED when it is unknown, used, over, for something else or from another browser.
    """
    with core.database.writing() as session:
        found = session.execute(
            delete(Ticket)
            .where(
                Ticket.key_hash == fingerprint(key),
                Ticket.purpose == purpose,
                Ticket.browser_hash == (fingerprint(browser) if browser else ""),
                Ticket.expires_at > core.now(),
            )
            .returning(Ticket.company_id, Ticket.user_id, Ticket.deal_id, Ticket.subject)
        ).one_or_none()
    if found is None:
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    return TicketHolder(**found._mapping)


def issue_setup_ticket(core: Core, *, person: Person, deal_id: int | None) -> str:
    """Make the key that opens the setup pages at the top level for this person."""
    holder = TicketHolder(company_id=person.company_id, user_id=person.user_id, deal_id=deal_id)
    return issue(core, purpose=Purpose.SETUP, holder=holder)


def redeem_setup_ticket(core: Core, *, ticket: str) -> SetupHolder:
    """Use up a setup key.

    :raises Anticipated: LINK_EXPIRED.
    """
    return known_holder(redeem(core, purpose=Purpose.SETUP, key=ticket))


def known_holder(holder: TicketHolder) -> SetupHolder:
    """Insist that the key was made for somebody.

    :raises Anticipated: LINK_EXPIRED.
    """
    if holder.company_id is None or holder.user_id is None:
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    return SetupHolder(company_id=holder.company_id, user_id=holder.user_id, deal_id=holder.deal_id)
