"""The mark of an intent leads to its deal (D7)."""

from sync.core import Core
from sync.errors import Anticipated, ErrorCode
from sync.operations.invoices import surviving_deal
from sync.store.company import Company
from sync.store.invoices import Intent


def deal_of_intent(core: Core, *, intent_key: str) -> str:
    """Give the address in Pipedrive of the deal that an intent's invoice hangs on; Pipedrive asks who may see it.

    :raises Anticipated: DEAL_GONE when no such invoice was ever asked for.
    """
    with core.database.reading() as session:
        # PostgreSQL refuses a NUL even in a question.
        intent = session.get(Intent, intent_key) if intent_key.isprintable() else None
        if intent is None:
            raise Anticipated(ErrorCode.DEAL_GONE)
        company = session.get_one(Company, intent.company_id)
        deal_id = surviving_deal(session, company_id=intent.company_id, deal_id=intent.deal_id)
    return f"{company.api_domain}/deal/{deal_id}"
