"""Submit, approve, void or delete an invoice of a deal: once for one click, whatever happens (F16, F17)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from sync.clients.failures import NotFound, Refused
from sync.clients.xero.payloads import status_body
from sync.core import Core
from sync.domain.invoice import Invoice, Status
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode
from sync.operations.deal_invoices import get_target
from sync.operations.deeds import STATUS_AFTER, Kind
from sync.operations.identity import Person
from sync.operations.intents import Ask, ask
from sync.operations.second_look import insist, judged
from sync.operations.send_intent import send


class Change(StrEnum):
    """What can be done to an invoice's status."""

    SUBMIT = "submit"
    APPROVE = "approve"
    VOID = "void"
    DELETE = "delete"


RIGHTS: Mapping[Change, Right] = {
    Change.SUBMIT: Right.SUBMIT,
    Change.APPROVE: Right.APPROVE,
    Change.VOID: Right.VOID,
    Change.DELETE: Right.DELETE,
}
#: https://developer.xero.com/documentation/api/accounting/invoices (status machine)
FROM: Mapping[Change, frozenset[Status]] = {
    Change.SUBMIT: frozenset({Status.DRAFT}),
    Change.APPROVE: frozenset({Status.DRAFT, Status.SUBMITTED}),
    Change.VOID: frozenset({Status.AUTHORISED}),
    Change.DELETE: frozenset({Status.DRAFT, Status.SUBMITTED}),
}


def change_invoice(
    core: Core, *, person: Person, deal_id: int, invoice_id: str, change: Change, intent_key: str, rule: str = ""
) -> None:
    """Change the status in Xero, and nothing else of the invoice (D10).

    :raises Anticipated: NOT_ALLOWED, NOT_ALLOWED_IN_XERO, NOT_ON_DEAL, IN_PROGRESS, HAS_PAYMENTS when money on it must be
        undone first, WRONG_STATUS when it has changed in Xero meanwhile, INVOICE_GONE, and whatever Xero refuses, in its own words.
    :raises Transient: OUTCOME_UNKNOWN while nobody can tell whether it was done; a worker finds out.
    """
    target = get_target(core, person=person, deal_id=deal_id, invoice_id=invoice_id, right=RIGHTS[change])
    kind = Kind(change.value)
    if target.invoice.status is STATUS_AFTER[kind]:
        return
    judge = partial(_refusal, change=change)
    # Payments are removed in Xero, and our copy may not know yet.
    insist(core, target=target, judge=judge)
    is_new = ask(
        core,
        company_id=person.company_id,
        user_id=person.user_id,
        organisation_id=target.organisation.organisation_id,
        about=Ask(key=intent_key, kind=kind, deal_id=deal_id, invoice_id=invoice_id, rule=rule),
        body=status_body(invoice_id=invoice_id, status=STATUS_AFTER[kind]),
    )
    if not is_new:
        return
    try:
        send(core, intent_id=intent_key)
    except Refused as err:
        # Most often it is not any more what we thought: the page then shows what it is.
        raise judged(core, target=target, judge=judge, err=err) from err
    except NotFound as err:
        raise Anticipated(ErrorCode.INVOICE_GONE) from err


def _refusal(invoice: Invoice, *, change: Change) -> ErrorCode | None:
    if change is Change.VOID and (invoice.amount_paid > 0 or invoice.amount_credited > 0):
        return ErrorCode.HAS_PAYMENTS
    return None if invoice.status in FROM[change] else ErrorCode.WRONG_STATUS
