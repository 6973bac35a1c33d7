"""What preferences and their values are called."""

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from marketplace.i18n import percent
from marketplace.messages import FIELD_SOURCES, TREATMENTS
from sync.domain.due import DueKind
from sync.domain.fields import FieldTrouble, SourceField
from sync.domain.rights import Right
from sync.operations.preference_choices import Offers
from sync.operations.preference_history import Change
from sync.operations.preferences import TAX_RATE, XERO_TERMS

ENTITIES: Mapping[str, LazyString] = {
    "org": _l("Organization"),
    "person": _l("Contact person"),
    "deal": _l("Deal"),
}

TROUBLES: Mapping[FieldTrouble, LazyString] = {
    FieldTrouble.DELETED: _l(
        "This field was deleted in Pipedrive; choose another. Until then invoices are filled without it."
    ),
    FieldTrouble.WRONG_TYPE: _l(
        "This field now holds something else in Pipedrive; choose another. Until then invoices are filled without it."
    ),
}

DUE_RULES: Mapping[str, LazyString] = {
    DueKind.DAYS_AFTER_ISSUE: _l("Days after the issue date"),
    DueKind.DAYS_AFTER_MONTH_END: _l("Days after the end of the issue month"),
    DueKind.OF_CURRENT_MONTH: _l("Day of the issue month"),
    DueKind.OF_FOLLOWING_MONTH: _l("Day of the following month"),
    XERO_TERMS: _l("Terms in Xero: the contact's, else the organisation's"),
}

CREATE_AS: Mapping[str, LazyString] = {
    Right.DRAFT: _l("Save as draft"),
    Right.SUBMIT: _l("Submit for approval"),
    Right.APPROVE: _l("Approve"),
}

PREFERENCES: Mapping[str, LazyString] = {
    "to": _l("To"),
    "address": _l("Address"),
    "email": _l("E-mail"),
    "tax_number": _l("Tax number"),
    "po_number": _l("PO number"),
    "reference_template": _l("Reference"),
    "due": _l("Due date"),
    "account": _l("Account for lines"),
    "theme_id": _l("Template"),
    "treatment": _l("Tax on lines"),
    "create_as": _l("Status on creation"),
}

_SOURCES = ("to", "address", "email", "tax_number", "po_number")


def field_text(source: str, known: Mapping[str, SourceField]) -> str:
    """Name a field with the kind of record that it belongs to; one that nobody knows any more by its code."""
    if source in FIELD_SOURCES:
        return str(FIELD_SOURCES[source])
    entity, _dot, code = source.partition(".")
    name = known[source].name if source in known else code
    return str(_("%(record)s: %(field)s", record=ENTITIES.get(entity, entity), field=name))


def due_text(kind: str, day: int) -> str:
    """Say a due date rule."""
    match kind:
        case DueKind.DAYS_AFTER_ISSUE:
            return str(ngettext("%(num)d day after the issue date", "%(num)d days after the issue date", day))
        case DueKind.DAYS_AFTER_MONTH_END:
            words = ngettext(
                "%(num)d day after the end of the issue month", "%(num)d days after the end of the issue month", day
            )
            return str(words)
        case DueKind.OF_CURRENT_MONTH:
            return str(_("day %(day)d of the issue month", day=day))
        case DueKind.OF_FOLLOWING_MONTH:
            return str(_("day %(day)d of the following month", day=day))
    return str(DUE_RULES[XERO_TERMS])


def change_text(change: Change, known: Mapping[str, SourceField], offers: Offers) -> str:
    """Say what changed, from what to what."""
    before, after = (value_text(change.name, value, known, offers) for value in (change.before, change.after))
    return str(
        _("%(name)s: from %(before)s to %(after)s", name=preference_text(change.name), before=before, after=after)
    )


def preference_text(name: str) -> str:
    """Name a preference, by the names of `to_flat`."""
    if name.startswith(TAX_RATE):
        return str(_("Tax rate for %(percent)s", percent=percent(Decimal(name.removeprefix(TAX_RATE)))))
    return str(PREFERENCES[name])


def value_text(name: str, value: str, known: Mapping[str, SourceField], offers: Offers) -> str:
    """Say a preference's value, in quotes where it is somebody's own words."""
    if name == "due":
        kind, _colon, day = value.partition(":")
        return due_text(kind, int(day))
    if name == "treatment":
        return str(TREATMENTS[value])
    if not value:
        return str(_("automatic") if name.startswith(TAX_RATE) or name == "theme_id" else _("nothing"))
    if name in _SOURCES:
        return field_text(value, known)
    if name == "create_as":
        return str(CREATE_AS[value])
    return _own_words(name, value, offers)


def _own_words(name: str, value: str, offers: Offers) -> str:
    if name == "account":
        return " · ".join(filter(None, (value, offers.accounts.get(value))))
    if name == "theme_id":
        return offers.themes.get(value, value)
    if name.startswith(TAX_RATE):
        return next((rate.name for rate in offers.rates if rate.tax_type == value), value)
    return str(_("“%(words)s”", words=value))
