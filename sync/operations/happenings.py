"""Write down what happened to an invoice, in the same transaction as the change itself: never twice, never lost."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from sync.domain.invoice import Invoice
from sync.domain.timeline import Side, Verb, facts_between
from sync.store.invoices import DealRow
from sync.store.timeline import Happening


def record_happening(
    session: Session,
    *,
    company_id: int,
    deal_id: int,
    organisation_id: str | None,
    invoice_id: str | None,
    at: datetime,
    side: Side,
    verb: Verb,
    user_id: int | None = None,
    rule: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Write down one entry of an invoice's timeline; `user_id` or `rule` say who did it, as far as we know.

    Without an invoice it is an entry of the deal's: a rule that stopped before there was one.
    """
    session.add(
        Happening(
            company_id=company_id,
            deal_id=deal_id,
            organisation_id=organisation_id,
            invoice_id=invoice_id,
            at=at,
            side=side.value,
            user_id=user_id,
            rule=rule,
            verb=verb.value,
            values=dict(values or {}),
        )
    )


def record_change(
    session: Session, *, deals: Iterable[DealRow], organisation_id: str, before: Invoice, after: Invoice, at: datetime
) -> None:
    """Write down what a fetch shows to have changed in Xero, for each company on a deal of which the invoice hangs."""
    facts = facts_between(before=before, after=after)
    if not facts:
        return
    for deal in deals:
        record_happening(
            session,
            company_id=deal.company_id,
            deal_id=deal.deal_id,
            organisation_id=organisation_id,
            invoice_id=after.invoice_id,
            at=at,
            side=Side.XERO,
            verb=Verb.CHANGED,
            values={"facts": [dict(fact) for fact in facts]},
        )
