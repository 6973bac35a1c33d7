"""What is still to be done about a deal that was merged into another."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from sync.domain.rules import RuleKind
from sync.operations.intents import OPEN
from sync.store.invoices import Intent
from sync.store.rules import RuleRun


def move_work(session: Session, *, company_id: int, deal_id: int, into: int) -> None:
    """Have what is still to be done about a merged deal's invoices be done about the one that is left.

    A create whose end is not known keeps others, also those of rules, from making a second invoice there.
    """
    session.execute(
        update(Intent)
        .where(
            Intent.company_id == company_id,
            Intent.deal_id == deal_id,
            Intent.kind == "create",
            Intent.state.in_(OPEN),
        )
        .values(deal_id=into)
    )
    session.execute(
        update(RuleRun)
        .where(
            RuleRun.company_id == company_id,
            RuleRun.deal_id == deal_id,
            RuleRun.rule.in_((RuleKind.PAID.value, RuleKind.OVERDUE.value)),
            RuleRun.state.in_(("pending", "running")),
        )
        .values(deal_id=into)
    )
