"""What a person had typed into an invoice window that was closed before anything was sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.operations.identity import Person
from sync.store.invoices import HalfWritten


@dataclass(frozen=True)
class HalfWrittenForm:
    """The window's own content as it left it, never interpreted here."""

    content: dict[str, Any]
    saved_at: datetime


def find_half_written(
    session: Session, *, person: Person, deal_id: int, organisation_id: str
) -> HalfWrittenForm | None:
    """Find what this person last typed for this deal."""
    row = session.get(HalfWritten, (person.company_id, person.user_id, deal_id, organisation_id))
    return HalfWrittenForm(content=row.content, saved_at=row.saved_at) if row else None


def keep_half_written(core: Core, *, person: Person, deal_id: int, content: dict[str, Any]) -> None:
    """Keep what this person has typed so far, in place of what was kept before.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT.
    """
    organisation = get_active(core, company_id=person.company_id)
    row: dict[str, Any] = {"company_id": person.company_id, "user_id": person.user_id, "deal_id": deal_id}
    row |= {"organisation_id": organisation.organisation_id, "content": content, "saved_at": core.now()}
    core.database.insert_once(lambda session: session.merge(HalfWritten(**row)))


def forget_half_written(core: Core, *, person: Person, deal_id: int) -> None:
    """Forget it, because the person starts again."""
    with core.database.writing() as session:
        drop_half_written(session, company_id=person.company_id, user_id=person.user_id, deal_id=deal_id)


def drop_half_written(session: Session, *, company_id: int, user_id: int, deal_id: int) -> None:
    """Remove what was typed for this deal."""
    session.execute(
        delete(HalfWritten).where(
            HalfWritten.company_id == company_id, HalfWritten.user_id == user_id, HalfWritten.deal_id == deal_id
        )
    )
