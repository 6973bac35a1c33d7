"""What Instep reads in Pipedrive, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class TaxMethod(StrEnum):
    """How Pipedrive applies a line's tax."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NONE = "none"


class DiscountType(StrEnum):
    """Whether a discount is a share of the line or a sum of money."""

    PERCENTAGE = "percentage"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Address:
    """A Pipedrive address: `value` as typed, the parts as Pipedrive understood it (all may be empty)."""

    value: str = ""
    street: str = ""
    locality: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class CrmUser:
    """The Pipedrive user behind a token (`GET /v1/users/me`)."""

    user_id: int
    name: str
    email: str
    company_id: int
    company_name: str
    company_domain: str
    company_country: str
    default_currency: str
    timezone_name: str
    language_code: str
    locale: str
    is_admin: bool


@dataclass(frozen=True)
class Deal:
    """A deal as Pipedrive's API v2 gives it."""

    deal_id: int
    title: str
    status: str
    currency: str
    value: Decimal | None
    owner_id: int
    person_id: int | None
    org_id: int | None
    stage_id: int | None
    pipeline_id: int | None
    is_deleted: bool
    is_archived: bool
    update_time: datetime
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    #: Pipedrive's own fields, also those named above, by field code.
    own_fields: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    add_time: datetime | None = None
    won_time: datetime | None = None
    lost_time: datetime | None = None
    stage_change_time: datetime | None = None


@dataclass(frozen=True)
class Stage:
    """A stage of one of the pipelines, by the names that people know them by."""

    stage_id: int
    name: str
    pipeline: str


@dataclass(frozen=True)
class DealProduct:
    """One product line on a deal."""

    attachment_id: int
    product_id: int | None
    variation_id: int | None
    name: str
    comments: str
    price: Decimal
    quantity: Decimal
    discount: Decimal
    discount_type: DiscountType
    tax: Decimal
    tax_method: TaxMethod
    currency: str
    is_enabled: bool
    order: int
    billing_frequency: str = "one-time"


@dataclass(frozen=True)
class DealDiscount:
    """A discount on the whole deal."""

    description: str
    amount: Decimal
    discount_type: DiscountType


@dataclass(frozen=True)
class Person:
    """A contact person; `email` is the primary one or empty."""

    person_id: int
    name: str
    email: str
    org_id: int | None
    address: Address = Address()
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    own_fields: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class CrmOrganization:
    """A Pipedrive organization: a customer, never to be mixed up with a Xero organisation."""

    org_id: int
    name: str
    address: Address = Address()
    custom_fields: Mapping[str, object] = field(default_factory=dict)
    own_fields: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class FieldDefinition:
    """The definition of a field of a deal, person or organization; `options` maps label to option id."""

    field_code: str
    name: str
    field_type: str
    options: Mapping[str, int] = field(default_factory=dict)
    is_custom: bool = True


@dataclass(frozen=True)
class WebhookSubscription:
    """A webhook registered in Pipedrive."""

    webhook_id: int
    subscription_url: str
    action: str
    entity: str
    user_id: int | None
    is_active: bool
