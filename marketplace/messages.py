"""The words for what the domain names: statuses, standings, treatments, reasons, sources, notices."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from sync.domain.invoice import LineAmountTypes, Standing, Status
from sync.domain.matching import MatchReason

STATUSES: Mapping[Status, LazyString] = {
    Status.DRAFT: _l("Draft"),
    Status.SUBMITTED: _l("Awaiting approval"),
    Status.AUTHORISED: _l("Awaiting payment"),
    Status.PAID: _l("Paid"),
    Status.VOIDED: _l("Voided"),
    Status.DELETED: _l("Deleted"),
}

STANDINGS: Mapping[Standing, LazyString] = {
    Standing.OVERDUE: _l("Overdue"),
    Standing.PART_PAID: _l("Part-paid"),
    Standing.CREDITED: _l("Credited"),
    Standing.SENT: _l("Sent"),
}

TREATMENTS: Mapping[str, LazyString] = {
    "": _l("As the deal's products have it"),
    LineAmountTypes.EXCLUSIVE: _l("Prices without tax"),
    LineAmountTypes.INCLUSIVE: _l("Prices include tax"),
    LineAmountTypes.NO_TAX: _l("No tax"),
}

REASONS: Mapping[str, LazyString] = {
    MatchReason.LINK: _l("linked to this customer"),
    MatchReason.TAX_NUMBER: _l("same tax number"),
    MatchReason.NAME: _l("same name"),
    MatchReason.EMAIL: _l("same e-mail"),
    MatchReason.SIMILAR_NAME: _l("similar name"),
    MatchReason.SEARCH: _l("found by search"),
}

FIELD_SOURCES: Mapping[str, LazyString] = {
    "": _l("Leave empty"),
    "org.name": _l("Organization: name"),
    "person.name": _l("Contact person: name"),
    "deal.title": _l("Deal: title"),
    "org.address": _l("Organization: address"),
    "person.address": _l("Contact person: address"),
    "person.email": _l("Contact person: e-mail"),
}


class Notice(StrEnum):
    """Good news after a redirect."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    SAVED = "saved"
    RETRIED = "retried"


NOTICES: Mapping[str, LazyString] = {
    Notice.CONNECTED: _l("Xero is connected."),
    Notice.DISCONNECTED: _l("Xero is disconnected. Your invoices in Xero are untouched."),
    Notice.SAVED: _l("Saved."),
    Notice.RETRIED: _l("Instep tries again now."),
}
