"""The preferences form, checked where it comes in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, post_load, pre_load, validates, validates_schema
from marshmallow.validate import OneOf, Regexp
from werkzeug.datastructures import MultiDict

from marketplace.schemas import TEXT, FormSchema
from sync.domain.due import DueKind
from sync.domain.invoice import LineAmountTypes
from sync.domain.mapping import PLACEHOLDERS, unknown_placeholders
from sync.domain.rights import CREATE_AS
from sync.operations.preference_page import Draft
from sync.operations.preferences import XERO_TERMS, Defaults, Preferences
from sync.operations.save_preferences import Wish

#: In the order in which they are offered.
DUE_KINDS = (*(kind.value for kind in DueKind), XERO_TERMS)
TREATMENT_KINDS = ("", *(kind.value for kind in LineAmountTypes))
KNOWN_PLACEHOLDERS = tuple(f"{{{name}}}" for name in sorted(PLACEHOLDERS))

_COUNTED = {DueKind.DAYS_AFTER_ISSUE, DueKind.DAYS_AFTER_MONTH_END}
_MOST_DAYS, _MOST_OF_MONTH, _WHOLE = 365, 31, Decimal(100)
_DECIMALS = 4

_UNKNOWN_CHOICE = _l("Choose one of the listed values.")
_DAYS = _l("Enter a number of days from 0 to 365.")
_DAY_OF_MONTH = _l("Enter a day of the month, from 1 to 31.")
_PERCENT = _l("Enter a percentage from 0 to 100, with at most four decimals.")
_TWICE = _l("This percentage stands in the table twice.")


@dataclass(frozen=True)
class PreferencesForm:
    """The form as a person sent it, and the deal that they looked at."""

    preferences: Preferences
    defaults: Defaults
    version: str
    example_deal: int | None

    @property
    def wish(self) -> Wish:
        """What is to be kept."""
        return Wish(preferences=self.preferences, defaults=self.defaults, version=self.version)

    @property
    def draft(self) -> Draft:
        """What is to be shown."""
        return Draft(preferences=self.preferences, defaults=self.defaults, deal_id=self.example_deal)


def typed_rows(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Pair the percentages with the rates of the tax table, as they were typed; empty rows are left out."""
    rows = zip(form.getlist("tax_percent"), form.getlist("tax_rate"), strict=False)
    return [(percent.strip(), rate) for percent, rate in rows if percent.strip() or rate]


def read_percent(text: str) -> Decimal | None:
    """Read a percentage as people of either language type it; None for what is none."""
    try:
        percent = Decimal(text.replace(",", ".").replace("\N{NO-BREAK SPACE}", "").rstrip("% "))
    except InvalidOperation:
        return None
    if not percent.is_finite() or not 0 <= percent <= _WHOLE:
        return None
    return percent if round(percent, _DECIMALS) == percent else None


def _one_of(choices: Iterable[str]) -> OneOf:
    return OneOf(tuple(choices), error=_UNKNOWN_CHOICE)


def _source(**more: Any) -> fields.String:
    is_source = Regexp(r"((org|person|deal)\.\w{1,60})?\Z", error=_UNKNOWN_CHOICE)
    return fields.String(validate=is_source, **more)


class PreferencesSchema(FormSchema):
    """The preferences form. That what was chosen exists is for the operation to say."""

    to = _source(required=True)
    address = _source(required=True)
    email = _source(required=True)
    tax_number = _source(load_default="")
    po_number = _source(load_default="")
    due_kind = fields.String(load_default=DueKind.DAYS_AFTER_ISSUE.value, validate=_one_of(DUE_KINDS))
    due_day = fields.Integer(required=True, error_messages={"invalid": _DAYS})
    reference_template = fields.String(required=True, validate=TEXT)
    default_account = fields.String(load_default="", validate=TEXT)
    theme_id = fields.String(load_default="", validate=TEXT)
    line_amount_types = fields.String(load_default="", validate=_one_of(TREATMENT_KINDS))
    create_as = fields.String(load_default=Defaults.create_as, validate=_one_of(CREATE_AS))
    tax_rows = fields.Raw(load_default=list)
    version = fields.String(load_default="", validate=TEXT)
    example_deal = fields.Integer(load_default=None, allow_none=True)

    @pre_load
    def gather(self, data: MultiDict[str, str], **_: object) -> dict[str, object]:
        """Put the rows of the tax table together; terms of Xero's need no number of ours."""
        single = {name: text for name, text in data.items() if name not in ("tax_percent", "tax_rate")}
        if single.get("due_kind") == XERO_TERMS and not single.get("due_day", "").strip():
            single["due_day"] = str(Preferences.due_day)
        shown = single.pop("example_deal", "")
        return {**single, "example_deal": shown or None, "tax_rows": typed_rows(data)}

    @validates("reference_template")
    def placeholders_are_known(self, value: str, **_: object) -> None:
        """Refuse what could not be filled in."""
        if unknown := unknown_placeholders(template=value):
            words = _l(
                "Instep does not know %(unknown)s. These can be filled in: %(known)s",
                unknown=" ".join(f"{{{name}}}" for name in unknown),
                known=" ".join(KNOWN_PLACEHOLDERS),
            )
            raise ValidationError(words)

    @validates_schema(skip_on_field_errors=False)
    def day_fits_rule(self, data: dict[str, Any], **_: object) -> None:
        """Refuse days that no month or year has."""
        kind, day = data.get("due_kind"), data.get("due_day")
        if day is None or kind == XERO_TERMS:
            return
        if kind in _COUNTED and not 0 <= day <= _MOST_DAYS:
            raise ValidationError(_DAYS, "due_day")
        if kind not in _COUNTED and not 1 <= day <= _MOST_OF_MONTH:
            raise ValidationError(_DAY_OF_MONTH, "due_day")

    @validates_schema(skip_on_field_errors=False)
    def rows_can_be_read(self, data: dict[str, Any], **_: object) -> None:
        """Refuse percentages that are none, or that stand there twice."""
        refused: dict[str, list[Any]] = {}
        seen: set[Decimal] = set()
        for place, (text, _rate) in enumerate(data.get("tax_rows", ())):
            percent = read_percent(text)
            if percent is None or percent in seen:
                refused[f"tax_rows.{place}"] = [_PERCENT if percent is None else _TWICE]
            else:
                seen.add(percent)
        if refused:
            raise ValidationError(refused)

    @post_load
    def to_form(self, data: dict[str, Any], **_: object) -> PreferencesForm:
        """Hand on a dataclass."""
        defaults = Defaults(
            account=data.pop("default_account"),
            theme_id=data.pop("theme_id"),
            treatment=data.pop("line_amount_types"),
            create_as=data.pop("create_as"),
            tax_rates=_rates(data.pop("tax_rows")),
        )
        version, example_deal = data.pop("version"), data.pop("example_deal")
        return PreferencesForm(
            preferences=Preferences(**data), defaults=defaults, version=version, example_deal=example_deal
        )


def _rates(rows: Iterable[tuple[str, str]]) -> Mapping[Decimal, str]:
    read = ((read_percent(text), rate) for text, rate in rows)
    return {percent: rate for percent, rate in read if percent is not None and rate}
