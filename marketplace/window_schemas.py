"""What the invoice window sends, checked where it comes in; past this module there are dataclasses only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validates_schema
from marshmallow.validate import ContainsNoneOf, Length, OneOf

from marketplace.schemas import TEXT, FormRefused, FormSchema
from sync.domain.accounting import DraftLine
from sync.domain.contact_changes import ContactField
from sync.domain.invoice import LineAmountTypes
from sync.domain.rights import CREATE_AS
from sync.operations.check_draft import DraftRequest

_MOST_LINES = 500
_LARGEST_HALF = 500_000
_FINE, _CENTS = 4, 2
_TOO_LARGE = Decimal(10) ** 12
_DATE = dict.fromkeys(("required", "invalid", "null"), _l("Choose a date."))
_NUMBER = dict.fromkeys(("invalid", "special"), _l("Enter a number."))
# PostgreSQL keeps no NUL, and nobody types one.
_PRINTABLE = ContainsNoneOf("\0", error=_l("Leave out the unprintable characters."))
_LONG_TEXT = (Length(max=4000, error=_l("Use at most 4000 characters.")), _PRINTABLE)


def _at_most(decimals: int) -> Any:
    def check(number: Decimal) -> None:
        if abs(number) >= _TOO_LARGE:
            raise ValidationError([_l("This is more than Xero can bill in one line.")])
        if round(number, decimals) != number:
            # In a list: marshmallow would take a lazy text itself for one, letter by letter.
            raise ValidationError([_l("Use at most %(number)s decimals.", number=decimals)])

    return check


def _amount(decimals: int) -> fields.Decimal:
    return fields.Decimal(load_default=None, allow_none=True, validate=_at_most(decimals), error_messages=_NUMBER)


class LineSchema(Schema):
    """One line of the window; what is there for the page alone is passed over."""

    class Meta:
        """The page keeps more with its lines."""

        unknown = EXCLUDE

    product = fields.String(load_default="", allow_none=True, validate=Length(max=40))
    description = fields.String(required=True, validate=_LONG_TEXT)
    quantity = _amount(_FINE)
    unit_amount = _amount(_FINE)
    discount_rate = _amount(_FINE)
    discount_amount = _amount(_CENTS)
    tax_type = fields.String(load_default=None, allow_none=True, validate=TEXT)
    account_code = fields.String(load_default=None, allow_none=True, validate=TEXT)
    item_code = fields.String(load_default=None, allow_none=True, validate=TEXT)

    @validates_schema
    def one_discount(self, data: dict[str, Any], **_: object) -> None:
        """Refuse two discounts on one line, of which Xero would forget one."""
        if data["discount_rate"] and data["discount_amount"]:
            raise ValidationError(_l("Give a percentage or an amount, not both."), "discount_rate")

    @post_load
    def to_line(self, data: dict[str, Any], **_: object) -> DraftLine:
        """Hand on a dataclass."""
        names = ("tax_type", "account_code", "item_code", "discount_rate", "discount_amount")
        empty_is_none = {name: data[name] or None for name in names}
        return DraftLine(
            **data | empty_is_none | {"product": data["product"] or "", "description": data["description"].strip()}
        )


class DraftSchema(FormSchema):
    """The invoice window as it is sent."""

    class Meta:
        """The page keeps more with it than is sent."""

        unknown = EXCLUDE

    intent_key = fields.UUID(required=True)
    contact_id = fields.UUID(load_default=None, allow_none=True)
    new_contact = fields.Boolean(load_default=False)
    update_contact = fields.List(fields.Enum(ContactField, by_value=True), load_default=list)
    treatment = fields.Enum(LineAmountTypes, by_value=True, required=True)
    currency = fields.String(required=True, validate=Length(equal=3))
    theme_id = fields.String(load_default="", validate=TEXT)
    issue_date = fields.Date(required=True, error_messages=_DATE)
    due_date = fields.Date(required=True, error_messages=_DATE)
    reference = fields.String(load_default="", validate=TEXT)
    create_as = fields.String(required=True, validate=OneOf([*CREATE_AS]))
    lines = fields.List(
        fields.Nested(LineSchema),
        required=True,
        validate=Length(max=_MOST_LINES, error=_l("Use at most 500 lines.")),
    )
    seen_total = fields.Decimal(required=True)

    @pre_load
    def empty_contact_is_none(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Read an empty choice as none."""
        return {**data, "contact_id": data.get("contact_id") or None}

    @validates_schema
    def check_choices(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a due date before the issue date, and an invoice for nobody."""
        if data["contact_id"] is None and not data["new_contact"]:
            raise ValidationError(_l("Choose the customer in Xero."), "contact_id")
        issued: date = data["issue_date"]
        if data["due_date"] < issued:
            raise ValidationError(_l("Choose a due date on or after the issue date."), "due_date")

    @post_load
    def to_request(self, data: dict[str, Any], **_: object) -> DraftRequest:
        """Hand on a dataclass."""
        contact: UUID | None = None if data.pop("new_contact") else data["contact_id"]
        more = {
            "intent_key": str(data["intent_key"]),
            "contact_id": str(contact) if contact else "",
            "update_contact": tuple(data["update_contact"]),
            "lines": tuple(data["lines"]),
        }
        return DraftRequest(**data | more)


@dataclass(frozen=True)
class CustomerQuery:
    """Which window asks, for which contact, or for which words."""

    intent: str
    contact: str
    q: str


class CustomerQuerySchema(FormSchema):
    """The query for a customer in Xero."""

    class Meta:
        """The deal is the guard's."""

        unknown = EXCLUDE

    intent = fields.UUID(required=True)
    contact = fields.UUID(load_default=None)
    q = fields.String(load_default="", validate=TEXT)

    @post_load
    def to_query(self, data: dict[str, Any], **_: object) -> CustomerQuery:
        """Hand on a dataclass."""
        contact = data["contact"]
        return CustomerQuery(intent=str(data["intent"]), contact=str(contact) if contact else "", q=data["q"].strip())


class ItemQuerySchema(FormSchema):
    """What to search for among Xero's items."""

    class Meta:
        """The deal is the guard's."""

        unknown = EXCLUDE

    q = fields.String(load_default="", validate=TEXT)

    @post_load
    def to_words(self, data: dict[str, str], **_: object) -> str:
        """Hand on the words."""
        return data["q"]


class HalfWrittenSchema(FormSchema):
    """What is typed so far: the page's own business, save its size."""

    content = fields.Dict(required=True, keys=fields.String())

    @post_load
    def to_content(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Hand on the content.

        :raises FormRefused: it is larger than any window makes it, or not fit for the store.
        """
        content: dict[str, Any] = data["content"]
        written = json.dumps(content)
        if len(written) > _LARGEST_HALF or "\\u0000" in written:
            raise FormRefused(fields={"content": [_l("This is too long to keep.")]})
        return content
