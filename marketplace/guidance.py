"""The one place that puts what went wrong into words: what happened, and the one next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.rule_guidance import RULE_STOPS
from sync.errors import ErrorCode


class Step(StrEnum):
    """What a person can do about it."""

    RETRY = "retry"
    RELOAD = "reload"
    INSTALL = "install"
    CONNECT = "connect"
    RECONNECT = "reconnect"
    SETTINGS = "settings"
    CLOSE = "close"
    NONE = "none"


@dataclass(frozen=True)
class Guidance:
    """What a page says about a failure."""

    title: LazyString
    text: LazyString
    step: Step


STEP_LABELS: Mapping[Step, LazyString] = {
    Step.RETRY: _l("Try again"),
    Step.RELOAD: _l("Read Xero again"),
    Step.INSTALL: _l("Install Instep"),
    Step.CONNECT: _l("Connect Xero"),
    Step.RECONNECT: _l("Reconnect Xero"),
    Step.SETTINGS: _l("Open settings"),
    Step.CLOSE: _l("Close"),
}

UNEXPECTED = Guidance(
    _l("Something went wrong on our side"),
    _l("It has been noted and we will look at it. Nothing was lost. Please try again in a few minutes."),
    Step.RETRY,
)

GUIDANCE: Mapping[ErrorCode, Guidance] = {
    **{code: Guidance(title, text, Step.RETRY) for code, (title, text) in RULE_STOPS.items()},
    ErrorCode.NOT_INSTALLED: Guidance(
        _l("Instep is not installed for you yet"),
        _l(
            "Each Pipedrive user allows Instep once. It takes a minute, and Xero stays as your colleagues connected it."
        ),
        Step.INSTALL,
    ),
    ErrorCode.INSTALL_LAPSED: Guidance(
        _l("Pipedrive no longer lets Instep in"),
        _l("Your permission has ended. Install Instep again; your settings and invoices are still here."),
        Step.INSTALL,
    ),
    ErrorCode.LINK_EXPIRED: Guidance(
        _l("This page is no longer valid"),
        _l(
            "For your safety it works only for a short time. Go back to Pipedrive, reload the page there and start again."
        ),
        Step.NONE,
    ),
    ErrorCode.CONSENT_DECLINED: Guidance(
        _l("Nothing was connected"),
        _l("You did not give permission, so nothing has changed. You can start again whenever you like."),
        Step.NONE,
    ),
    ErrorCode.NO_ACCESS_TO_DEAL: Guidance(
        _l("You cannot see this deal"),
        _l(
            "Pipedrive says that this deal is not visible to you. Ask the deal's owner or a Pipedrive admin for access."
        ),
        Step.RETRY,
    ),
    ErrorCode.DEAL_GONE: Guidance(
        _l("This deal is gone"),
        _l("It was deleted in Pipedrive. Its invoices are still in Xero."),
        Step.NONE,
    ),
    ErrorCode.NOT_ALLOWED: Guidance(
        _l("You are not allowed to do this"),
        _l("Ask a Pipedrive admin of your company, or the person who connected Xero, for the right to do it."),
        Step.NONE,
    ),
    ErrorCode.ADMIN_ONLY: Guidance(
        _l("Only an admin can do this"),
        _l("Ask a Pipedrive admin of your company."),
        Step.NONE,
    ),
    ErrorCode.XERO_NOT_CONNECTED: Guidance(
        _l("Xero is not connected yet"),
        _l("Connect your Xero organisation once for the whole company. You need the Standard or Adviser role in Xero."),
        Step.CONNECT,
    ),
    ErrorCode.XERO_RECONNECT: Guidance(
        _l("The connection to Xero has ended"),
        _l(
            "Somebody disconnected Instep in Xero, or the permission ran out. Connect again to bring invoices up to date."
        ),
        Step.RECONNECT,
    ),
    ErrorCode.XERO_MISSING_SCOPE: Guidance(
        _l("Xero did not give all permissions"),
        _l("Connect again and leave all permissions switched on."),
        Step.RECONNECT,
    ),
    ErrorCode.XERO_REFUSED: Guidance(
        _l("Xero refused this"),
        _l("Correct what Xero names, here or in Xero, and try again."),
        Step.RETRY,
    ),
    ErrorCode.XERO_BUSY: Guidance(
        _l("Xero is taking no more calls just now"),
        _l("Xero limits how much apps may ask. Nothing is lost. Try again in a minute."),
        Step.RETRY,
    ),
    ErrorCode.XERO_UNAVAILABLE: Guidance(
        _l("Xero does not answer"),
        _l("What you see is the last state that we know. Try again in a minute."),
        Step.RETRY,
    ),
    ErrorCode.PIPEDRIVE_REFUSED: Guidance(
        _l("Pipedrive refused this"),
        _l("Check in Pipedrive whether you may edit this deal, and try again."),
        Step.RETRY,
    ),
    ErrorCode.PIPEDRIVE_BUSY: Guidance(
        _l("Pipedrive is taking no more calls just now"),
        _l("Your company has used up its share of calls for the moment. Nothing is lost. Try again in a minute."),
        Step.RETRY,
    ),
    ErrorCode.PIPEDRIVE_UNAVAILABLE: Guidance(
        _l("Pipedrive does not answer"),
        _l("Nothing is lost. Try again in a minute."),
        Step.RETRY,
    ),
    ErrorCode.PIPEDRIVE_CLOSED: Guidance(
        _l("Your Pipedrive account is not open"),
        _l("Pipedrive says that the company's subscription has ended. Instep goes on when it is open again."),
        Step.NONE,
    ),
    ErrorCode.PIPEDRIVE_PLAN: Guidance(
        _l("Your Pipedrive plan does not include this"),
        _l("A part of Pipedrive that Instep needs is not in your plan. Ask a Pipedrive admin of your company."),
        Step.NONE,
    ),
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
    ErrorCode.INPUT_INVALID: Guidance(
        _l("Something needs your attention"),
        _l("Please correct what is marked."),
        Step.NONE,
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
    ErrorCode.IN_PROGRESS: Guidance(
        _l("Already on its way"),
        _l("This is being done right now. It shows in the panel in a moment."),
        Step.CLOSE,
    ),
}


def guidance_for(code: ErrorCode | None) -> Guidance:
    """Find the words for a code; None is a failure that nobody foresaw."""
    return GUIDANCE[code] if code is not None else UNEXPECTED
