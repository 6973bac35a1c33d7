"""What can be done with an invoice in its status, and why not where it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync.domain.invoice import Invoice, Status
from sync.domain.rights import Right, RightsPolicy, why_not
from sync.errors import ErrorCode


class Action(StrEnum):
    """What a page offers for an invoice."""

    SUBMIT = "submit"
    APPROVE = "approve"
    EMAIL = "email"
    PDF = "pdf"
    LINK = "link"
    VOID = "void"
    DELETE = "delete"


@dataclass(frozen=True)
class ActionChoice:
    """One action; `why_not` is None where it may be done."""

    action: Action
    why_not: ErrorCode | None = None


@dataclass(frozen=True)
class Standpoint:
    """Who looks, and what Xero lets the connection do; `connected` is whether the invoice's organisation is the company's."""

    actions: frozenset[str]
    is_admin: bool
    connected: bool = True


_OFFERED: Mapping[Status, tuple[Action, ...]] = {
    Status.DRAFT: (Action.SUBMIT, Action.APPROVE, Action.EMAIL, Action.PDF, Action.DELETE),
    Status.SUBMITTED: (Action.APPROVE, Action.EMAIL, Action.PDF, Action.DELETE),
    Status.AUTHORISED: (Action.EMAIL, Action.PDF, Action.LINK, Action.VOID),
    Status.PAID: (Action.EMAIL, Action.PDF, Action.LINK, Action.VOID),
    Status.VOIDED: (Action.PDF,),
    Status.DELETED: (),
}
_RIGHTS: Mapping[Action, Right] = {
    Action.SUBMIT: Right.SUBMIT,
    Action.APPROVE: Right.APPROVE,
    Action.EMAIL: Right.EMAIL,
    Action.PDF: Right.DRAFT,
    Action.LINK: Right.DRAFT,
    Action.VOID: Right.VOID,
    Action.DELETE: Right.DELETE,
}


def action_choices(invoice: Invoice, *, standpoint: Standpoint) -> tuple[ActionChoice, ...]:
    """List what makes sense in an invoice's status, each with the reason where it cannot be done."""
    if not standpoint.connected:
        return ()
    return tuple(
        ActionChoice(action=action, why_not=_why_not(action, invoice=invoice, standpoint=standpoint))
        for action in _OFFERED[invoice.status]
    )


def _why_not(action: Action, *, invoice: Invoice, standpoint: Standpoint) -> ErrorCode | None:
    if action is Action.EMAIL and invoice.status is Status.DRAFT:
        return ErrorCode.WRONG_STATUS
    if action is Action.VOID and (invoice.amount_paid > 0 or invoice.amount_credited > 0):
        return ErrorCode.HAS_PAYMENTS
    return why_not(
        right=_RIGHTS[action], actions=standpoint.actions, is_admin=standpoint.is_admin, policy=RightsPolicy()
    )
