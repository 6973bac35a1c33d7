"""Pipedrive's answers, and the values that they become."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from marshmallow import fields, post_load, pre_load

from sync.clients.answers import AnswerSchema, dict_of, dicts_of
from sync.domain.crm import (
    Address,
    CrmOrganization,
    CrmUser,
    Deal,
    DealDiscount,
    DealProduct,
    DiscountType,
    FieldDefinition,
    Person,
    TaxMethod,
    WebhookSubscription,
)

_ADMIN_OF = ("global", "sales", "account_settings")


def filled(answer: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is null, so that null and absent are one variant."""
    return {key: value for key, value in answer.items() if value is not None}


def _own(answer: Mapping[str, object]) -> dict[str, object]:
    """Give Pipedrive's own fields; of several telephone numbers the primary one."""
    phones = sorted(dicts_of(answer.get("phones")), key=lambda one: one.get("primary") is not True)
    own = {code: value for code, value in filled(answer).items() if code != "custom_fields"}
    return own | {"phone": phones[0].get("value")} if phones else own


def moment() -> fields.AwareDateTime:
    """Make a field of a time that need not be there."""
    return fields.AwareDateTime(load_default=None, format="iso", default_timezone=UTC)


class UserSchema(AnswerSchema):
    """`data` of GET /v1/users/me."""

    user_id = fields.Integer(required=True, data_key="id")
    name = fields.String(load_default="")
    email = fields.String(load_default="")
    company_id = fields.Integer(required=True)
    company_name = fields.String(load_default="")
    company_domain = fields.String(required=True)
    company_country = fields.String(load_default="")
    default_currency = fields.String(load_default="")
    timezone_name = fields.String(load_default="UTC")
    language_code = fields.String(load_default="en")
    locale = fields.String(load_default="")
    is_admin = fields.Boolean(required=True)

    @pre_load
    def _flatten(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        language, rights = dict_of(answer.get("language")), dicts_of(answer.get("access"))
        return filled(
            {
                **answer,
                "language_code": language.get("language_code"),
                "is_admin": any(right.get("admin") is True and right.get("app") in _ADMIN_OF for right in rights),
            }
        )

    @post_load
    def _to_user(self, answer: dict[str, Any], **_: object) -> CrmUser:
        return CrmUser(**answer)


class DealSchema(AnswerSchema):
    """`data` of GET and PATCH /api/v2/deals/{id}."""

    deal_id = fields.Integer(required=True, data_key="id")
    title = fields.String(required=True)
    status = fields.String(required=True)
    currency = fields.String(required=True)
    value = fields.Decimal(load_default=None)
    owner_id = fields.Integer(required=True)
    person_id = fields.Integer(load_default=None)
    org_id = fields.Integer(load_default=None)
    stage_id = fields.Integer(load_default=None)
    pipeline_id = fields.Integer(load_default=None)
    is_deleted = fields.Boolean(load_default=False)
    is_archived = fields.Boolean(load_default=False)
    update_time = fields.AwareDateTime(required=True, format="iso", default_timezone=UTC)
    custom_fields = fields.Dict(keys=fields.String(), load_default=dict)
    own_fields = fields.Dict(keys=fields.String(), load_default=dict)
    add_time = moment()
    won_time = moment()
    lost_time = moment()
    stage_change_time = moment()

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        updated = answer.get("update_time") or answer.get("add_time")
        return filled({**answer, "update_time": updated, "own_fields": _own(answer)})

    @post_load
    def _to_deal(self, answer: dict[str, Any], **_: object) -> Deal:
        return Deal(**answer)


class DealProductSchema(AnswerSchema):
    """One item of GET /api/v2/deals/{id}/products."""

    attachment_id = fields.Integer(required=True, data_key="id")
    product_id = fields.Integer(load_default=None)
    variation_id = fields.Integer(load_default=None, data_key="product_variation_id")
    name = fields.String(load_default="")
    comments = fields.String(load_default="")
    price = fields.Decimal(required=True, data_key="item_price")
    quantity = fields.Decimal(required=True)
    discount = fields.Decimal(load_default=0)
    discount_type = fields.Enum(DiscountType, by_value=True, load_default=DiscountType.PERCENTAGE)
    tax = fields.Decimal(load_default=0)
    tax_method = fields.Enum(TaxMethod, by_value=True, required=True)
    currency = fields.String(required=True)
    is_enabled = fields.Boolean(load_default=True)
    order = fields.Integer(load_default=0, data_key="order_nr")
    billing_frequency = fields.String(load_default="one-time")

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)

    @post_load
    def _to_product(self, answer: dict[str, Any], **_: object) -> DealProduct:
        return DealProduct(**answer)


class ProductSchema(AnswerSchema):
    """One item of GET /api/v2/products, of which only the tax is of interest."""

    tax = fields.Decimal(load_default=0)

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)


class DealDiscountSchema(AnswerSchema):
    """One item of GET /api/v2/deals/{id}/discounts."""

    description = fields.String(load_default="")
    amount = fields.Decimal(required=True)
    discount_type = fields.Enum(DiscountType, by_value=True, required=True, data_key="type")

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)

    @post_load
    def _to_discount(self, answer: dict[str, Any], **_: object) -> DealDiscount:
        return DealDiscount(**answer)


class AddressSchema(AnswerSchema):
    """An address: an object, or in old records a line of text."""

    value = fields.String(load_default="")
    route = fields.String(load_default="")
    street_number = fields.String(load_default="")
    subpremise = fields.String(load_default="")
    locality = fields.String(load_default="")
    region = fields.String(load_default="", data_key="admin_area_level_1")
    postal_code = fields.String(load_default="")
    country = fields.String(load_default="")

    @pre_load
    def _normalise(self, answer: object, **_: object) -> object:
        if isinstance(answer, str):
            return {"value": answer}
        return filled(answer) if isinstance(answer, dict) else answer

    @post_load
    def _to_address(self, answer: dict[str, str], **_: object) -> Address:
        route, number, subpremise = (answer.pop(part) for part in ("route", "street_number", "subpremise"))
        # The typed line knows whether this country puts the number before the street or after it.
        after = f"{route} {number}".strip()
        street = after if after in answer["value"] else f"{number} {route}".strip()
        return Address(street=", ".join(filter(None, (street, subpremise))), **answer)


class PersonSchema(AnswerSchema):
    """`data` of GET /api/v2/persons/{id}."""

    person_id = fields.Integer(required=True, data_key="id")
    name = fields.String(required=True)
    email = fields.String(load_default="")
    org_id = fields.Integer(load_default=None)
    address = fields.Nested(AddressSchema, load_default=Address, data_key="postal_address")
    custom_fields = fields.Dict(keys=fields.String(), load_default=dict)
    own_fields = fields.Dict(keys=fields.String(), load_default=dict)

    @pre_load
    def _normalise(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        emails = [one for one in dicts_of(answer.get("emails")) if one.get("value")]
        emails.sort(key=lambda one: one.get("primary") is not True)
        email = emails[0]["value"] if emails else None
        return filled({**answer, "email": email, "own_fields": _own(answer)})

    @post_load
    def _to_person(self, answer: dict[str, Any], **_: object) -> Person:
        return Person(**answer)


class OrganizationSchema(AnswerSchema):
    """`data` of GET /api/v2/organizations/{id}."""

    org_id = fields.Integer(required=True, data_key="id")
    name = fields.String(required=True)
    address = fields.Nested(AddressSchema, load_default=Address)
    custom_fields = fields.Dict(keys=fields.String(), load_default=dict)
    own_fields = fields.Dict(keys=fields.String(), load_default=dict)

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled({**answer, "own_fields": _own(answer)})

    @post_load
    def _to_organization(self, answer: dict[str, Any], **_: object) -> CrmOrganization:
        return CrmOrganization(**answer)


class FieldSchema(AnswerSchema):
    """One item of GET /api/v2/dealFields, personFields and organizationFields, and `data` of a POST."""

    field_code = fields.String(required=True)
    name = fields.String(required=True, data_key="field_name")
    field_type = fields.String(required=True)
    options = fields.Dict(keys=fields.String(), values=fields.Integer(), load_default=dict)
    is_custom = fields.Boolean(load_default=True, data_key="is_custom_field")

    @pre_load
    def _normalise(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        # Built-in fields have words for option ids; only custom fields' numbers can be written.
        options = dicts_of(answer.get("options"))
        numbered = {str(one.get("label")): one["id"] for one in options if type(one.get("id")) is int}
        return filled({**answer, "options": numbered})

    @post_load
    def _to_field(self, answer: dict[str, Any], **_: object) -> FieldDefinition:
        return FieldDefinition(**answer)


class WebhookSchema(AnswerSchema):
    """One item of GET /v1/webhooks, and `data` of POST; its credentials are not read."""

    webhook_id = fields.Integer(required=True, data_key="id")
    subscription_url = fields.String(required=True)
    action = fields.String(required=True, data_key="event_action")
    entity = fields.String(required=True, data_key="event_object")
    user_id = fields.Integer(load_default=None)
    is_active = fields.Boolean(load_default=True)

    @pre_load
    def _normalise(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return filled(answer)

    @post_load
    def _to_subscription(self, answer: dict[str, Any], **_: object) -> WebhookSubscription:
        return WebhookSubscription(**answer)


class CurrencySchema(AnswerSchema):
    """One item of GET /v1/currencies."""

    code = fields.String(required=True)
    decimal_points = fields.Integer(required=True)
    active_flag = fields.Boolean(load_default=True)
