"""Have Xero send an invoice to its contact: at most once for one wish (F18, D9)."""

from sync.clients.failures import NotFound, Refused
from sync.core import Core
from sync.domain.invoice import Invoice, Status
from sync.domain.rights import Right
from sync.errors import Anticipated, ErrorCode
from sync.operations.deal_invoices import get_target
from sync.operations.deeds import Kind
from sync.operations.identity import Person
from sync.operations.intents import Ask, ask
from sync.operations.second_look import insist, judged
from sync.operations.send_intent import send

#: https://developer.xero.com/documentation/api/accounting/invoices (emailing)
MAY_BE_SENT = frozenset({Status.SUBMITTED, Status.AUTHORISED, Status.PAID})


def email_invoice(core: Core, *, person: Person, deal_id: int, invoice_id: str, intent_key: str) -> None:
    """Have Xero e-mail the invoice to its contact's address.

    :raises Anticipated: NOT_ALLOWED, NOT_ALLOWED_IN_XERO, NOT_ON_DEAL, IN_PROGRESS, WRONG_STATUS, INVOICE_GONE,
        EMAIL_NO_ADDRESS, EMAIL_LIMIT, and whatever else Xero refuses, in its own words.
    :raises Transient: EMAIL_UNKNOWN when nobody can tell whether it went; it is never sent again by itself.
    """
    target = get_target(core, person=person, deal_id=deal_id, invoice_id=invoice_id, right=Right.EMAIL)
    # It may have been approved in Xero just now.
    insist(core, target=target, judge=_refusal)
    is_new = ask(
        core,
        company_id=person.company_id,
        user_id=person.user_id,
        organisation_id=target.organisation.organisation_id,
        about=Ask(key=intent_key, kind=Kind.EMAIL, deal_id=deal_id, invoice_id=invoice_id),
        body=b"{}",
    )
    if not is_new:
        return
    try:
        send(core, intent_id=intent_key)
    except Refused as err:
        if err.code is not ErrorCode.WRONG_STATUS:
            raise
        # The page then shows what it is.
        raise judged(core, target=target, judge=_refusal, err=err) from err
    except NotFound as err:
        raise Anticipated(ErrorCode.INVOICE_GONE) from err


def _refusal(invoice: Invoice) -> ErrorCode | None:
    return None if invoice.status in MAY_BE_SENT else ErrorCode.WRONG_STATUS
