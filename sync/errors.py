"""The three families of failure, and the codes that pages translate.

Anticipated: a person can mend it. Transient: a job tries again. Permanent: stop, mark, show.
Anything else is a defect and is left to surface.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why something was refused; `marketplace` holds one translated text for each."""

    NOT_INSTALLED = "not_installed"
    INSTALL_LAPSED = "install_lapsed"
    LINK_EXPIRED = "link_expired"
    CONSENT_DECLINED = "consent_declined"
    NO_ACCESS_TO_DEAL = "no_access_to_deal"
    DEAL_GONE = "deal_gone"
    NOT_ALLOWED = "not_allowed"
    ADMIN_ONLY = "admin_only"
    XERO_NOT_CONNECTED = "xero_not_connected"
    XERO_RECONNECT = "xero_reconnect"
    XERO_MISSING_SCOPE = "xero_missing_scope"
    XERO_REFUSED = "xero_refused"
    XERO_BUSY = "xero_busy"
    XERO_UNAVAILABLE = "xero_unavailable"
    PIPEDRIVE_REFUSED = "pipedrive_refused"
    PIPEDRIVE_BUSY = "pipedrive_busy"
    PIPEDRIVE_UNAVAILABLE = "pipedrive_unavailable"
    PIPEDRIVE_CLOSED = "pipedrive_closed"
    PIPEDRIVE_PLAN = "pipedrive_plan"
    CURRENCY_NOT_ENABLED = "currency_not_enabled"
    MIXED_CURRENCIES = "mixed_currencies"
    NO_CUSTOMER = "no_customer"
    PERIOD_LOCKED = "period_locked"
    INPUT_INVALID = "input_invalid"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_MADE = "not_made"
    NOT_ON_DEAL = "not_on_deal"
    ON_OTHER_DEAL = "on_other_deal"
    OTHER_DEAL_HIDDEN = "other_deal_hidden"
    INVOICE_GONE = "invoice_gone"
    OTHER_CONTACT = "other_contact"
    CONTACT_NOT_LINKED = "contact_not_linked"
    CHANGE_UNKNOWN = "change_unknown"
    NOT_DONE = "not_done"
    TOTAL_DIFFERS = "total_differs"
    TOTAL_CHANGED = "total_changed"
    HAS_PAYMENTS = "has_payments"
    WRONG_STATUS = "wrong_status"
    NOT_ALLOWED_IN_XERO = "not_allowed_in_xero"
    EMAIL_UNKNOWN = "email_unknown"
    EMAIL_NO_ADDRESS = "email_no_address"
    EMAIL_LIMIT = "email_limit"
    NO_PAYMENT_LINK = "no_payment_link"
    CONTACT_ARCHIVED = "contact_archived"
    CONTACT_NAME_TAKEN = "contact_name_taken"
    LINES_UNFINISHED = "lines_unfinished"
    IN_PROGRESS = "in_progress"
    LIVE_INVOICE = "live_invoice"
    RULE_WAS_FIRST = "rule_was_first"
    CONTACT_UNSURE = "contact_unsure"
    NO_LINES = "no_lines"
    LINES_UNLINKED = "lines_unlinked"
    NEEDS_A_LOOK = "needs_a_look"
    NO_PRODUCTS = "no_products"
    REPEATS = "repeats"
    PRICES_CONVERTED = "prices_converted"
    CUSTOMER_HIDDEN = "customer_hidden"
    ACCOUNT_UNUSABLE = "account_unusable"
    ITEM_UNUSABLE = "item_unusable"
    RATE_UNUSABLE = "rate_unusable"
    RATE_NOT_FOR_ACCOUNT = "rate_not_for_account"
    THEME_GONE = "theme_gone"
    DISCOUNT_UNUSABLE = "discount_unusable"
    TOO_LARGE = "too_large"
    NEGATIVE_TOTAL = "negative_total"
    DEAL_HIDDEN = "deal_hidden"
    DEAL_LOST = "deal_lost"
    DEAL_ARCHIVED = "deal_archived"
    STAGE_GONE = "stage_gone"
    RULE_OFF = "rule_off"
    RULE_FAILED = "rule_failed"
    NEWS_UNREAD = "news_unread"


class InstepError(Exception):
    """Base of the three families. `str()` and `repr()` never hold a token, a secret or a body."""


class Anticipated(InstepError):
    """A person can mend this; `code` chooses the words, `detail` is the vendor's own sentence where there is one."""

    def __init__(self, code: ErrorCode, *, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class Transient(InstepError):
    """Try again, not before `retry_after` seconds where that is known."""

    def __init__(self, code: ErrorCode, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.retry_after = retry_after
        self.detail = detail


class Permanent(InstepError):
    """Trying again will not help and no person was asked anything: mark it and show it."""
