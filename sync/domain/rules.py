"""The rules: what sets each off, what it does then, and when it rather does nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sync.domain.crm import Deal
from sync.domain.invoice import Invoice, Status
from sync.errors import ErrorCode


class RuleKind(StrEnum):
    """What sets a rule off; a company has one rule of each kind at most."""

    WON = "won"
    STAGE = "stage"
    LOST = "lost"
    DELETED = "deleted"
    PAID = "paid"
    OVERDUE = "overdue"


class Reaction(StrEnum):
    """What a rule does."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    DELETE_DRAFTS = "delete_drafts"
    WIN = "win"
    MOVE = "move"
    REMIND = "remind"


REACTIONS: Mapping[RuleKind, tuple[Reaction, ...]] = {
    RuleKind.WON: (Reaction.DRAFT, Reaction.SUBMIT, Reaction.APPROVE),
    RuleKind.STAGE: (Reaction.DRAFT, Reaction.SUBMIT, Reaction.APPROVE),
    RuleKind.LOST: (Reaction.DELETE_DRAFTS,),
    RuleKind.DELETED: (Reaction.DELETE_DRAFTS,),
    RuleKind.PAID: (Reaction.WIN, Reaction.MOVE, Reaction.REMIND),
    RuleKind.OVERDUE: (Reaction.REMIND,),
}
#: What makes an invoice.
CREATES = frozenset({Reaction.DRAFT, Reaction.SUBMIT, Reaction.APPROVE})
#: An invoice that hangs on a deal in one of these keeps every rule from making another (D19).
LIVE = frozenset({Status.DRAFT, Status.SUBMITTED, Status.AUTHORISED, Status.PAID})
#: What somebody owes, or will once it is approved; a draft is not owed yet.
OWED = frozenset({Status.SUBMITTED, Status.AUTHORISED})
#: Stops in which there is nothing to mend: the deal has what the rule would have given it, or nobody wants it any more.
SETTLED_STOPS = frozenset({ErrorCode.LIVE_INVOICE, ErrorCode.RULE_OFF, ErrorCode.DEAL_GONE})


@dataclass(frozen=True)
class Rule:
    """One rule of a company. `stage_id` is the stage that sets it off, or the one that it moves a deal to.

    It acts on what happens from `since` on, which is when the admin `by` switched it on.
    """

    kind: RuleKind
    does: Reaction
    since: datetime
    by: int
    stage_id: int | None = None


@dataclass(frozen=True)
class Cause:
    """One thing that sets a rule off once; `key` tells it from every other cause of that rule."""

    kind: RuleKind
    key: str
    deal_id: int
    invoice_id: str = ""


def wants_stage(*, kind: RuleKind, does: Reaction) -> bool:
    """Whether a rule needs a stage: to be set off by, or to move a deal to."""
    return kind is RuleKind.STAGE or does is Reaction.MOVE


def concerns(*, rules: Collection[Rule], changed: Collection[str], status: object, stage_id: object) -> bool:
    """Say by a webhook alone whether a rule could be set off by it; `changed` names the fields that are different."""
    return any(
        (rule.kind.value == status and "status" in changed)
        if rule.kind in _STATUS_RULES
        else rule.kind is RuleKind.STAGE and rule.stage_id == stage_id and "stage_id" in changed
        for rule in rules
    )


def causes_of_deal(*, deal: Deal, rules: Collection[Rule]) -> tuple[Cause, ...]:
    """Find what a deal, as it is now, sets off: only what came about after the rule was switched on."""
    if deal.is_deleted or deal.is_archived:
        return ()
    return tuple(cause for rule in rules if (cause := _cause(deal=deal, rule=rule)) is not None)


def moment_of(*, deal: Deal, rule: Rule) -> datetime | None:
    """Say when a deal, as it is now, came to be what sets a rule off; None where it is not so."""
    match rule.kind:
        case RuleKind.WON if deal.status == "won":
            return deal.won_time
        case RuleKind.LOST if deal.status == "lost":
            return deal.lost_time
        case RuleKind.STAGE if deal.status != "lost" and deal.stage_id == rule.stage_id:
            # A deal that was put there when it was made has not been moved there.
            return deal.stage_change_time if deal.stage_change_time != deal.add_time else None
    return None


def cause_of_deletion(*, deal: Deal) -> Cause:
    """Name the deletion of a deal that was confirmed."""
    return Cause(RuleKind.DELETED, f"{deal.deal_id}:{deal.update_time.isoformat()}", deal.deal_id)


def cause_of_payment(*, deal_id: int, invoice_id: str, at: datetime) -> Cause:
    """Name the payment of an invoice, known since Xero's copy of `at`: one that bounced may be followed by another."""
    return Cause(RuleKind.PAID, f"{invoice_id}:{at.isoformat()}", deal_id, invoice_id)


def moment_of_payment(*, key: str) -> datetime:
    """Say by the key of the cause when a deal came to be paid."""
    return datetime.fromisoformat(key.partition(":")[2])


def cause_of_delay(*, deal_id: int, invoice_id: str, due_date: date) -> Cause:
    """Name that an invoice was not paid by its due date."""
    return Cause(RuleKind.OVERDUE, f"{invoice_id}:{due_date.isoformat()}", deal_id, invoice_id)


def still_holds(*, kind: RuleKind, deal: Deal, stage_id: int | None) -> bool:
    """Whether what set a rule off is still so; whoever has taken it back wants nothing done."""
    match kind:
        case RuleKind.WON | RuleKind.LOST:
            return not deal.is_deleted and deal.status == kind.value
        case RuleKind.STAGE:
            return not deal.is_deleted and deal.status != RuleKind.LOST.value and deal.stage_id == stage_id
        case RuleKind.DELETED:
            return deal.is_deleted
        case RuleKind.PAID | RuleKind.OVERDUE:
            return not deal.is_deleted


def is_all_paid(*, invoices: Sequence[Invoice]) -> bool:
    """Whether at least one invoice of a deal is paid and none is owed."""
    statuses = {invoice.status for invoice in invoices}
    return Status.PAID in statuses and not statuses & OWED


def is_late(*, invoice: Invoice, today: date) -> bool:
    """Whether an invoice is overdue on the organisation's own calendar day `today`."""
    is_past = invoice.due_date is not None and invoice.due_date < today
    return invoice.status is Status.AUTHORISED and is_past and invoice.amount_due > 0


_STATUS_RULES = (RuleKind.WON, RuleKind.LOST)


def _cause(*, deal: Deal, rule: Rule) -> Cause | None:
    at = moment_of(deal=deal, rule=rule)
    if at is None or at < rule.since:
        return None
    stage = f"{deal.stage_id}:" if rule.kind is RuleKind.STAGE else ""
    return Cause(rule.kind, f"{deal.deal_id}:{stage}{at.isoformat()}", deal.deal_id)
