"""What may be in the way of an invoice, or become of it, in words: from the deal that it is made of to its e-mail."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from marketplace.steps import Guidance, Step
from sync.errors import ErrorCode

INVOICE_FAILURES: Mapping[ErrorCode, Guidance] = {
    ErrorCode.CURRENCY_NOT_ENABLED: Guidance(
        _l("This currency is not switched on in Xero"),
        _l(
            "Add the deal's currency in Xero under Settings, Currencies, or change the deal's currency. Then try again."
        ),
        Step.RETRY,
    ),
    ErrorCode.MIXED_CURRENCIES: Guidance(
        _l("The deal's products have several currencies"),
        _l("An invoice has one currency. Give all products of the deal the same one, then try again."),
        Step.RETRY,
    ),
    ErrorCode.NO_CUSTOMER: Guidance(
        _l("The deal has no customer"),
        _l("Link an organization or a person to the deal, then try again."),
        Step.RETRY,
    ),
    ErrorCode.PERIOD_LOCKED: Guidance(
        _l("This period is locked in Xero"),
        _l("Choose a later issue date, or ask your accountant to move the lock date."),
        Step.RETRY,
    ),
    ErrorCode.OUTCOME_UNKNOWN: Guidance(
        _l("Xero's answer was lost"),
        _l(
            "The invoice may or may not exist yet. We keep looking, and the panel shows it as soon as it is found. "
            "Until then this deal gets no other invoice, so that none exists twice."
        ),
        Step.RETRY,
    ),
    ErrorCode.NOT_MADE: Guidance(
        _l("The invoice was not made"),
        _l("Xero's answer was lost, and Xero has no such invoice. Create it again."),
        Step.NONE,
    ),
    ErrorCode.CHANGE_UNKNOWN: Guidance(
        _l("Xero's answer was lost"),
        _l("We do not know yet whether it was done. We keep looking, and the panel shows it as soon as we know."),
        Step.RETRY,
    ),
    ErrorCode.NOT_DONE: Guidance(
        _l("This was not done"),
        _l("Xero's answer was lost, and the invoice is still as it was. Do it again."),
        Step.RETRY,
    ),
    ErrorCode.NOT_ON_DEAL: Guidance(
        _l("This invoice is no longer on the deal"),
        _l("Somebody has unlinked it, or it is gone from Xero. Find it under See all invoices."),
        Step.RETRY,
    ),
    ErrorCode.ON_OTHER_DEAL: Guidance(
        _l("This invoice is on another deal by now"),
        _l("Somebody linked it there meanwhile. Refresh the list, and move it from there if it belongs here."),
        Step.RETRY,
    ),
    ErrorCode.OTHER_DEAL_HIDDEN: Guidance(
        _l("You cannot take this invoice from its deal"),
        _l("You may not see that deal. Ask its owner or a Pipedrive admin to unlink the invoice there."),
        Step.NONE,
    ),
    ErrorCode.INVOICE_GONE: Guidance(
        _l("This invoice is gone from Xero"),
        _l("It was deleted there meanwhile. Refresh the list."),
        Step.RETRY,
    ),
    ErrorCode.OTHER_CONTACT: Guidance(
        _l("This invoice is another customer's"),
        _l("In Xero it is not, or no longer, for the contact that this deal is linked to. Refresh the list."),
        Step.RETRY,
    ),
    ErrorCode.CONTACT_NOT_LINKED: Guidance(
        _l("No contact in Xero is linked yet"),
        _l("Refresh the list and choose which contact the customer is."),
        Step.RETRY,
    ),
    ErrorCode.TOTAL_DIFFERS: Guidance(
        _l("It stays a draft: Xero computed another total"),
        _l("Check its lines in Xero against the deal, and approve it there or here when they are right."),
        Step.NONE,
    ),
    ErrorCode.TOTAL_CHANGED: Guidance(
        _l("The total is not the one that you saw"),
        _l("Something changed in Xero meanwhile. Read it again, check the lines, and create the invoice then."),
        Step.RELOAD,
    ),
    ErrorCode.HAS_PAYMENTS: Guidance(
        _l("There is money on this invoice"),
        _l("In Xero, remove the payment or the credit from the invoice first. Then it can be voided."),
        Step.RETRY,
    ),
    ErrorCode.WRONG_STATUS: Guidance(
        _l("The invoice's status does not allow this"),
        _l("Its status may have changed in Xero meanwhile. What you see now is the newest."),
        Step.RETRY,
    ),
    ErrorCode.NOT_ALLOWED_IN_XERO: Guidance(
        _l("Xero does not allow this"),
        _l("Whoever connected Xero lacks the right for it there. Ask them, or do it in Xero yourself."),
        Step.NONE,
    ),
    ErrorCode.EMAIL_UNKNOWN: Guidance(
        _l("We cannot tell whether the e-mail went"),
        _l("Xero's answer was lost. Look at the invoice's history in Xero; send it again only if it did not go."),
        Step.NONE,
    ),
    ErrorCode.EMAIL_NO_ADDRESS: Guidance(
        _l("The contact has no e-mail address"),
        _l("Add one to the contact in Xero, then send the invoice again."),
        Step.RETRY,
    ),
    ErrorCode.EMAIL_LIMIT: Guidance(
        _l("Xero sends no more e-mails today"),
        _l("Your organisation has reached its daily number. Send it tomorrow, or download the PDF and send that."),
        Step.NONE,
    ),
    ErrorCode.NO_PAYMENT_LINK: Guidance(
        _l("There is no payment link yet"),
        _l("Xero makes one when the invoice is approved."),
        Step.NONE,
    ),
    ErrorCode.CONTACT_ARCHIVED: Guidance(
        _l("This contact is archived in Xero"),
        _l("Restore it in Xero, or choose another contact."),
        Step.NONE,
    ),
    ErrorCode.CONTACT_NAME_TAKEN: Guidance(
        _l("Xero has a contact of this name already"),
        _l("Choose that contact, or give the new one another name."),
        Step.NONE,
    ),
    ErrorCode.LINES_UNFINISHED: Guidance(
        _l("Some lines are not ready for approval"),
        _l("Give every line an item or an account, and a tax rate. As a draft it can be saved as it is."),
        Step.NONE,
    ),
    ErrorCode.NEWS_UNREAD: Guidance(
        _l("News from Xero could not be taken in"),
        _l(
            "Xero told us that this invoice changed, and then gave no answer that we understand. What you see may be old."
        ),
        Step.RETRY,
    ),
    ErrorCode.RULE_WAS_FIRST: Guidance(
        _l("A rule has just made an invoice for this deal"),
        _l(
            "It was made while this window was open, so nothing more was created. Close the window and look at it in the panel. "
            "If you want another one all the same, open the window again: what you typed is kept."
        ),
        Step.CLOSE,
    ),
}
