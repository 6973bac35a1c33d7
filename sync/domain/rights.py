"""Who may do what: what Xero allows the connection, and what the company allows the Pipedrive user."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync.errors import ErrorCode


class Right(StrEnum):
    """What can be done to an invoice."""

    DRAFT = "draft"
    SUBMIT = "submit"
    APPROVE = "approve"
    VOID = "void"
    DELETE = "delete"
    EMAIL = "email"


#: What an invoice may be created as; each needs the right of the same name.
CREATE_AS: Mapping[str, Right] = {right.value: right for right in (Right.DRAFT, Right.SUBMIT, Right.APPROVE)}

_EVERYBODY = frozenset({Right.DRAFT, Right.SUBMIT})


@dataclass(frozen=True)
class RightsPolicy:
    """What a company allows its Pipedrive users; the defaults hold until an admin says otherwise."""

    everybody: frozenset[Right] = _EVERYBODY
    admins: frozenset[Right] = frozenset(Right)


# Xero has no actions of their own for submitting, voiding, deleting and e-mailing: whoever may draft may submit or
# delete that, whoever may approve may void and send what is approved.
# https://developer.xero.com/documentation/api/accounting/organisation
_DRAFTING = "CreateDraftInvoice"
_APPROVING = "CreateApprovedInvoice"
_ACTIONS: Mapping[Right, str] = {
    Right.DRAFT: _DRAFTING,
    Right.SUBMIT: _DRAFTING,
    Right.DELETE: _DRAFTING,
    Right.APPROVE: _APPROVING,
    Right.VOID: _APPROVING,
    Right.EMAIL: _APPROVING,
}


def why_not(*, right: Right, actions: frozenset[str], is_admin: bool, policy: RightsPolicy) -> ErrorCode | None:
    """Say why somebody lacks a right, because the way out differs: in Xero, or in their own company; None: they have it."""
    if _ACTIONS[right] not in actions:
        return ErrorCode.NOT_ALLOWED_IN_XERO
    has_it = right in rights_of(actions=actions, is_admin=is_admin, policy=policy)
    return None if has_it else ErrorCode.NOT_ALLOWED


def rights_of(*, actions: frozenset[str], is_admin: bool, policy: RightsPolicy) -> frozenset[Right]:
    """Intersect what Xero's `Organisation/Actions` allows with what the company allows this user."""
    by_company = policy.everybody | policy.admins if is_admin else policy.everybody
    return frozenset(right for right in by_company if _ACTIONS[right] in actions)
