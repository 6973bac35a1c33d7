"""Xero's items: searched in the window, and remembered for Pipedrive's products (F11)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.connections.xero import get_active
from sync.core import Core
from sync.domain.accounting import DraftLine, Item
from sync.domain.rights import Right
from sync.operations.deal_invoices import require_right
from sync.operations.identity import Person
from sync.operations.reference import LASTS, get_items, get_reference
from sync.store.invoices import Intent, ItemLink

_SHOWN = 20
_NEW = timedelta(minutes=1)
#: So many letters say that somebody is looking for something, and not still typing.
_TELLING = 4


def search_items(core: Core, *, person: Person, words: str) -> tuple[Item, ...]:
    """Find the items that contain all words in code, name or description, the closest first; from our copy of the list.

    :raises Anticipated: XERO_NOT_CONNECTED, XERO_RECONNECT, NOT_ALLOWED, NOT_ALLOWED_IN_XERO.
    :raises Transient: when the list was never read and Xero cannot be asked.
    """
    wanted = words.casefold().split()
    organisation = get_active(core, company_id=person.company_id)
    get_reference(core, organisation=organisation)  # tells the rights as well
    require_right(core, person=person, organisation=organisation, right=Right.DRAFT)
    # What is not found may have been added in Xero just now.
    for lasting in (LASTS, _NEW):
        items = get_items(core, organisation=organisation, lasting=lasting)
        found = [item for item in items if _has_all(item, wanted=wanted)]
        if found or len(words) < _TELLING:
            break
    return tuple(sorted(found, key=lambda item: _distance(item, words=words.casefold().strip())))[:_SHOWN]


def linked_items(
    session: Session, *, company_id: int, organisation_id: str, products: Sequence[str]
) -> Mapping[str, str]:
    """Give the ids of the items that these products are linked to."""
    rows = session.execute(
        select(ItemLink.product, ItemLink.item_id).where(
            ItemLink.company_id == company_id,
            ItemLink.organisation_id == organisation_id,
            ItemLink.product.in_(products),
        )
    )
    return {row.product: row.item_id for row in rows}


def remember_items(
    session: Session, *, intent: Intent, lines: Sequence[DraftLine], items: Mapping[str, Item], now: datetime
) -> None:
    """Remember for each product the item that its line was given, and forget the one that was taken off it."""
    chosen = {line.product: items.get(line.item_code or "") for line in lines if line.product and line.is_priced}
    about = {"company_id": intent.company_id, "organisation_id": intent.organisation_id}
    known = {
        link.product: link
        for link in session.scalars(select(ItemLink).filter_by(**about).where(ItemLink.product.in_(chosen)))
    }
    for product, item in chosen.items():
        link = known.get(product)
        if item is None and link is not None:
            session.delete(link)
        if item is not None:
            link = link or ItemLink(**about, product=product)
            link.item_id, link.linked_at = item.item_id, now
            session.add(link)


def _has_all(item: Item, *, wanted: Sequence[str]) -> bool:
    text = f"{item.code} {item.name} {item.description}".casefold()
    return all(word in text for word in wanted)


def _distance(item: Item, *, words: str) -> tuple[bool, bool, bool, str]:
    code, name = item.code.casefold(), item.name.casefold()
    return (code != words, not code.startswith(words), not name.startswith(words), name or code)
