"""What people ask of the window with all invoices, checked where it comes in."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, ValidationError, fields, post_load, pre_load, validates_schema
from marshmallow.validate import And, ContainsNoneOf, Length, Range

from marketplace.schemas import FormSchema
from sync.domain.invoice import Status
from sync.domain.selection import Period, Span
from sync.operations.contact_invoices import Wish

_DAY = {"invalid": _l("Enter a date, for example 2026-12-31.")}
_WORDS = And(
    Length(max=255, error=_l("Use at most 255 characters.")),
    ContainsNoneOf("\0", error=_l("Leave out the unprintable characters.")),
)
_LAST_PAGE = 10_000


class _QuerySchema(FormSchema):
    class Meta:
        """The deal is in the address as well."""

        unknown = EXCLUDE

    @pre_load
    def _leave_out_empty(self, data: Mapping[str, str], **_: object) -> dict[str, str]:
        """Read a field that was left empty as one that was not sent."""
        return {name: text.strip() for name, text in data.items() if text.strip()}


class WishSchema(_QuerySchema):
    """The filters above the list."""

    period = fields.Enum(Period, by_value=True, load_default=Period.YEAR)
    first = fields.Date(data_key="from", load_default=None, error_messages=_DAY)
    last = fields.Date(data_key="to", load_default=None, error_messages=_DAY)
    status = fields.Enum(Status, by_value=True, load_default=None)
    term = fields.String(data_key="q", load_default="", validate=_WORDS)
    page = fields.Integer(load_default=1, validate=Range(min=1, max=_LAST_PAGE))

    @validates_schema
    def _knows_its_days(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a custom period without both days, or with the last before the first."""
        if data["period"] is not Period.CUSTOM:
            return
        missing = [name for name, key in (("from", "first"), ("to", "last")) if data[key] is None]
        if missing:
            raise ValidationError({name: [_l("Choose a date.")] for name in missing})
        if data["last"] < data["first"]:
            raise ValidationError(_l("Choose a day on or after the first one."), "to")

    @post_load
    def _to_wish(self, data: dict[str, Any], **_: object) -> Wish:
        first: date | None = data.pop("first")
        last: date | None = data.pop("last")
        is_custom = data["period"] is Period.CUSTOM and first is not None and last is not None
        return Wish(**data, span=Span(first, last) if is_custom and first and last else None)


class SearchSchema(_QuerySchema):
    """Words to look for a contact by."""

    words = fields.String(data_key="q", load_default="", validate=_WORDS)

    @post_load
    def _to_words(self, data: dict[str, str], **_: object) -> str:
        return data["words"]


class ChoiceSchema(FormSchema):
    """The contact that the customer is."""

    contact_id = fields.UUID(required=True)

    @post_load
    def _to_id(self, data: dict[str, UUID], **_: object) -> str:
        return str(data["contact_id"])


class LinkSchema(_QuerySchema):
    """Whether an invoice is taken from another deal, and from which."""

    leaves = fields.Integer(load_default=None, validate=Range(min=1))

    @post_load
    def _to_deal(self, data: dict[str, int | None], **_: object) -> int | None:
        return data["leaves"]
