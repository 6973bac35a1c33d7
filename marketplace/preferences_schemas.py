"""The preferences form, checked where it comes in."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, post_load
from marshmallow.validate import OneOf, Range

from marketplace.schemas import TEXT, FormSchema
from sync.domain.invoice import LineAmountTypes
from sync.operations.preferences import Defaults, Preferences

_UNKNOWN_CHOICE = _l("Choose one of the listed values.")
_NAME_SOURCES = ("org.name", "person.name", "deal.title")
_ADDRESS_SOURCES = ("org.address", "person.address", "")
_EMAIL_SOURCES = ("person.email", "")
_TREATMENTS = ("", *(kind.value for kind in LineAmountTypes))
SOURCES = {"to": _NAME_SOURCES, "address": _ADDRESS_SOURCES, "email": _EMAIL_SOURCES, "line_amount_types": _TREATMENTS}


@dataclass(frozen=True)
class PreferencesForm:
    """The form as a person sent it."""

    preferences: Preferences
    defaults: Defaults


def _one_of(choices: tuple[str, ...]) -> OneOf:
    return OneOf(choices, error=_UNKNOWN_CHOICE)


class PreferencesSchema(FormSchema):
    """The preferences form."""

    to = fields.String(required=True, validate=_one_of(_NAME_SOURCES))
    address = fields.String(required=True, validate=_one_of(_ADDRESS_SOURCES))
    email = fields.String(required=True, validate=_one_of(_EMAIL_SOURCES))
    tax_number = fields.String(load_default="", validate=TEXT)
    due_day = fields.Integer(
        required=True,
        validate=Range(min=0, max=365, error=_l("Enter a number of days from 0 to 365.")),
        error_messages={"invalid": _l("Enter a number of days from 0 to 365.")},
    )
    reference_template = fields.String(required=True, validate=TEXT)
    default_account = fields.String(load_default="", validate=TEXT)
    line_amount_types = fields.String(load_default="", validate=_one_of(_TREATMENTS))

    @post_load
    def to_form(self, data: dict[str, Any], **_: object) -> PreferencesForm:
        """Hand on a dataclass."""
        defaults = Defaults(account=data.pop("default_account"), treatment=data.pop("line_amount_types"))
        return PreferencesForm(preferences=Preferences(**data), defaults=defaults)
