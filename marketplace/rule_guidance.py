"""Why a rule did nothing, in words: what is in its way, and what takes it out of the way."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sync.errors import ErrorCode

#: Title and text.
RULE_STOPS: Mapping[ErrorCode, tuple[LazyString, LazyString]] = {
    ErrorCode.LIVE_INVOICE: (
        _l("The deal has an invoice already"),
        _l("A rule makes no second one while an invoice hangs on the deal that is neither voided nor deleted."),
    ),
    ErrorCode.CONTACT_UNSURE: (
        _l("It is not certain who the customer is in Xero"),
        _l(
            "No contact is linked to this customer, and none is the same beyond doubt. Choose it under All invoices, then try again."
        ),
    ),
    ErrorCode.NO_LINES: (
        _l("There is nothing to invoice"),
        _l("Add products or a value to the deal, then try again."),
    ),
    ErrorCode.LINES_UNLINKED: (
        _l("Some lines are not linked to Xero"),
        _l(
            "Choose an account for lines and the tax rates in the preferences, or make this invoice by hand: Instep remembers the items."
        ),
    ),
    ErrorCode.NEEDS_A_LOOK: (
        _l("This deal needs a person's eye"),
        _l("It is to be paid in instalments, or has a discount that fits none of its lines. Make the invoice by hand."),
    ),
    ErrorCode.DEAL_LOST: (
        _l("The deal is lost"),
        _l("Its invoices are paid, but a rule changes no deal that is marked as lost. Reopen it and try again."),
    ),
    ErrorCode.DEAL_ARCHIVED: (
        _l("The deal is archived"),
        _l("Nobody can change an archived deal in Pipedrive. Take it out of the archive, then try again."),
    ),
    ErrorCode.STAGE_GONE: (
        _l("This stage is not there any more"),
        _l("Choose another stage in the rules."),
    ),
    ErrorCode.RULE_FAILED: (
        _l("The rule could not do its work"),
        _l("Something is wrong on our side, and we have noted it. Try again later, or do it by hand."),
    ),
    ErrorCode.RULE_OFF: (
        _l("The rule is switched off"),
        _l("An admin has switched it off meanwhile, so nothing was done."),
    ),
}
