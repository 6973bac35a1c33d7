"""The one place that puts what went wrong into words: what happened, and the one next step."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from marketplace.invoice_guidance import INVOICE_FAILURES
from marketplace.rule_guidance import RULE_STOPS
from marketplace.steps import Guidance, Step
from sync.errors import ErrorCode

UNEXPECTED = Guidance(
    _l("Something went wrong on our side"),
    _l("It has been noted and we will look at it. Nothing was lost. Please try again in a few minutes."),
    Step.RETRY,
)

GUIDANCE: Mapping[ErrorCode, Guidance] = {
    **INVOICE_FAILURES,
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
    ErrorCode.INPUT_INVALID: Guidance(
        _l("Something needs your attention"),
        _l("Please correct what is marked."),
        Step.NONE,
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
