"""The intent of an open invoice window: only whoever opened it, for that deal, may use it."""

from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.operations.identity import Person
from sync.store.invoices import Intent


def get_own_intent(core: Core, *, person: Person, deal_id: int, intent_key: str) -> Intent:
    """Get the window's intent as it is now.

    :raises Anticipated: LINK_EXPIRED for a key that is unknown, somebody else's, or another deal's.
    """
    with core.database.reading() as session:
        intent = session.get(Intent, intent_key)
    if intent is None or (intent.company_id, intent.user_id, intent.deal_id) != (
        person.company_id,
        person.user_id,
        deal_id,
    ):
        raise Anticipated(ErrorCode.LINK_EXPIRED)
    return intent
