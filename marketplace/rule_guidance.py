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
    ErrorCode.NO_PRODUCTS: (
        _l("The deal has no products"),
        _l(
            "Without them its tax is not known, so a rule neither submits nor approves an invoice over its bare value. Add the products and try again, or make the invoice by hand."
        ),
    ),
    ErrorCode.REPEATS: (
        _l("A product of this deal repeats"),
        _l("An invoice bills one period of it, and which one is a person's decision. Make the invoice by hand."),
    ),
    ErrorCode.PRICES_CONVERTED: (
        _l("The invoice would differ from the deal by some cents"),
        _l(
            "The prices in Pipedrive do not fit the invoice's tax treatment exactly. Make the invoice by hand and look at its total."
        ),
    ),
    ErrorCode.CUSTOMER_HIDDEN: (
        _l("Instep may not see who the customer is"),
        _l(
            "Pipedrive hides this deal's organization or person from the user on whose behalf Instep works. Give that user access, or choose the contact under All invoices, then try again."
        ),
    ),
    ErrorCode.ACCOUNT_UNUSABLE: (
        _l("An account cannot be used"),
        _l(
            "It is archived or gone in Xero, or takes no sales. Choose another one in the preferences, or for the item in Xero, then try again."
        ),
    ),
    ErrorCode.ITEM_UNUSABLE: (
        _l("An item is not in Xero any more"),
        _l("Put it back in Xero and try again, or make this invoice by hand with another item."),
    ),
    ErrorCode.RATE_UNUSABLE: (
        _l("A tax rate cannot be used"),
        _l("It is deleted in Xero, or not meant for sales. Choose another one in the preferences, then try again."),
    ),
    ErrorCode.RATE_NOT_FOR_ACCOUNT: (
        _l("A tax rate does not go with its account"),
        _l("Choose another account or another tax rate in the preferences, then try again."),
    ),
    ErrorCode.THEME_GONE: (
        _l("The branding theme is not in Xero any more"),
        _l("Choose another one in the preferences, then try again."),
    ),
    ErrorCode.DISCOUNT_UNUSABLE: (
        _l("A discount cannot be given"),
        _l("It is more than its line is worth, or taken off a negative price. Correct it in the deal, then try again."),
    ),
    ErrorCode.TOO_LARGE: (
        _l("An amount is too large for Xero"),
        _l("Correct the price or the quantity in the deal, then try again."),
    ),
    ErrorCode.NEGATIVE_TOTAL: (
        _l("The total is below zero"),
        _l("Xero takes no such invoice. Correct the prices or the discounts in the deal, then try again."),
    ),
    ErrorCode.DEAL_HIDDEN: (
        _l("Instep cannot see this deal"),
        _l(
            "It is hidden from the user on whose behalf Instep works, or was deleted for good. Give that user access, then try again."
        ),
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
