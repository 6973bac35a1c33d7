"""Xero's answers, and the values that they become."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load

from sync.clients.answers import AnswerSchema, dict_of
from sync.clients.xero._addresses import other_addresses, postal_address
from sync.domain.accounting import Account, BrandingTheme, ConnectedTenant, Contact, Item, OrganisationDetails, TaxRate
from sync.domain.crm import Address
from sync.domain.due import DueKind, DueRule
from sync.domain.invoice import Invoice, Status
from sync.domain.moments import in_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The offset adds nothing: the milliseconds are UTC.
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,14})(?:[+-]\d{4})?\)/")
# East of Greenwich local midnight is 11:00 UTC or later of the day before (in New Zealand's summer 11:00).
_EVE = timedelta(hours=13)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def _moment(text: object) -> datetime | None:
    """Read `/Date(ms+0000)/` or ISO; None for neither, and for what no calendar of ours can hold."""
    found = _MILLISECONDS.fullmatch(text) if isinstance(text, str) else None
    try:
        moment = _EPOCH + timedelta(milliseconds=int(found[1])) if found else datetime.fromisoformat(str(text))
    except (ValueError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return in_utc(moment)


class _Day(fields.Field[date]):
    """A calendar day: UTC midnight, or local midnight of an organisation that is not in Greenwich."""

    def _deserialize(self, value: object, *_: object, **__: object) -> date:
        moment = _moment(value)
        if moment is None:
            raise ValidationError("not a date")
        return (moment + _EVE).date() if moment.hour >= 11 else moment.date()


class _Moment(fields.Field[datetime]):
    """A moment in UTC."""

    def _deserialize(self, value: object, *_: object, **__: object) -> datetime:
        moment = _moment(value)
        if moment is None:
            raise ValidationError("not a time")
        return moment


def _sales_terms(answer: dict[str, Any]) -> DueRule | None:
    """Read `PaymentTerms.Sales`; terms that are incomplete or of an unknown kind are none."""
    terms = dict_of(dict_of(answer.get("PaymentTerms")).get("Sales"))
    day, kind = terms.get("Day"), terms.get("Type")
    if not isinstance(day, int) or isinstance(day, bool) or kind not in set(DueKind):
        return None
    return DueRule(kind=DueKind(kind), day=day)


def _filled(answer: dict[str, object]) -> dict[str, object]:
    """Leave out what is null, so that null and absent are one variant."""
    return {key: value for key, value in answer.items() if value is not None}


class XeroSchema(AnswerSchema):
    """Base of Xero's: null means absent."""

    @pre_load
    def _leave_out_null(self, answer: dict[str, object], **_: object) -> dict[str, object]:
        return _filled(answer)


class InvoiceSchema(AnswerSchema):
    """One of `Invoices`."""

    invoice_id = fields.String(required=True, data_key="InvoiceID")
    type = fields.String(required=True, data_key="Type")
    number = fields.String(load_default="", data_key="InvoiceNumber")
    status = fields.Enum(Status, by_value=True, required=True, data_key="Status")
    contact_id = fields.String(required=True)
    contact_name = fields.String(load_default="")
    currency = fields.String(required=True, data_key="CurrencyCode")
    sub_total = fields.Decimal(required=True, data_key="SubTotal")
    total_tax = fields.Decimal(required=True, data_key="TotalTax")
    total = fields.Decimal(required=True, data_key="Total")
    amount_due = fields.Decimal(required=True, data_key="AmountDue")
    amount_paid = fields.Decimal(load_default=Decimal(0), data_key="AmountPaid")
    amount_credited = fields.Decimal(load_default=Decimal(0), data_key="AmountCredited")
    issue_date = _Day(load_default=None)
    due_date = _Day(load_default=None)
    reference = fields.String(load_default="", data_key="Reference")
    url = fields.String(load_default="", data_key="Url")
    sent_to_contact = fields.Boolean(load_default=False, data_key="SentToContact")
    updated_at = _Moment(required=True)

    @pre_load
    def _normalise(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        contact = dict_of(answer.get("Contact"))
        return _filled(
            {
                **answer,
                "contact_id": contact.get("ContactID"),
                "contact_name": contact.get("Name"),
                "issue_date": answer.get("DateString") or answer.get("Date"),
                "due_date": answer.get("DueDateString") or answer.get("DueDate"),
                "updated_at": answer.get("UpdatedDateUTC") or answer.get("UpdatedDateUTCString"),
            }
        )

    @post_load
    def _to_invoice(self, answer: dict[str, Any], **_: object) -> Invoice:
        return Invoice(**answer)


class ContactSchema(XeroSchema):
    """One of `Contacts`."""

    contact_id = fields.String(required=True, data_key="ContactID")
    name = fields.String(required=True, data_key="Name")
    email = fields.String(load_default="", data_key="EmailAddress")
    status = fields.String(load_default="ACTIVE", data_key="ContactStatus")
    tax_number = fields.String(load_default="", data_key="TaxNumber")
    merged_to_contact_id = fields.String(load_default="", data_key="MergedToContactID")
    postal = fields.Raw(load_default=Address())
    terms = fields.Raw(load_default=None)
    others = fields.Raw(load_default=())

    @pre_load
    def _read_parts(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        return {
            **answer,
            "postal": postal_address(answer),
            "terms": _sales_terms(answer),
            "others": other_addresses(answer),
        }

    @post_load
    def _to_contact(self, answer: dict[str, Any], **_: object) -> Contact:
        return Contact(**answer)


class TaxRateSchema(XeroSchema):
    """One of `TaxRates`; the effective rate is the one to calculate with, the display rate leaves compounds out."""

    tax_type = fields.String(required=True, data_key="TaxType")
    name = fields.String(required=True, data_key="Name")
    effective_rate = fields.Decimal(required=True, data_key="EffectiveRate")
    status = fields.String(required=True, data_key="Status")
    asset = fields.Boolean(load_default=False, data_key="CanApplyToAssets")
    equity = fields.Boolean(load_default=False, data_key="CanApplyToEquity")
    expense = fields.Boolean(load_default=False, data_key="CanApplyToExpenses")
    liability = fields.Boolean(load_default=False, data_key="CanApplyToLiabilities")
    revenue = fields.Boolean(load_default=False, data_key="CanApplyToRevenue")

    @post_load
    def _to_tax_rate(self, answer: dict[str, Any], **_: object) -> TaxRate:
        names = ("asset", "equity", "expense", "liability", "revenue")
        return TaxRate(
            tax_type=answer["tax_type"],
            name=answer["name"],
            effective_rate=answer["effective_rate"],
            is_active=answer["status"] == "ACTIVE",
            classes=frozenset(name.upper() for name in names if answer[name]),
        )


class AccountSchema(XeroSchema):
    """One of `Accounts`."""

    code = fields.String(load_default="", data_key="Code")
    name = fields.String(required=True, data_key="Name")
    tax_type = fields.String(load_default="", data_key="TaxType")
    status = fields.String(required=True, data_key="Status")
    kind = fields.String(load_default="", data_key="Class")
    system_account = fields.String(load_default="", data_key="SystemAccount")

    @post_load
    def _to_account(self, answer: dict[str, Any], **_: object) -> Account:
        return Account(
            code=answer["code"],
            name=answer["name"],
            tax_type=answer["tax_type"],
            is_active=answer["status"] == "ACTIVE",
            account_class=answer["kind"],
            is_system=bool(answer["system_account"]),
        )


class ItemSchema(XeroSchema):
    """One of `Items`; what is sold has `SalesDetails`."""

    item_id = fields.String(required=True, data_key="ItemID")
    code = fields.String(required=True, data_key="Code")
    name = fields.String(load_default="", data_key="Name")
    description = fields.String(load_default="", data_key="Description")
    is_sold = fields.Boolean(load_default=True, data_key="IsSold")
    unit_price = fields.Decimal(load_default=None, allow_none=True, data_key="UnitPrice")
    account_code = fields.String(load_default="", data_key="AccountCode")
    tax_type = fields.String(load_default="", data_key="TaxType")

    @pre_load
    def _read_sale(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        return {**answer, **_filled(dict_of(answer.get("SalesDetails")))}

    @post_load
    def _to_item(self, answer: dict[str, Any], **_: object) -> Item:
        return Item(**answer)


class BrandingThemeSchema(XeroSchema):
    """One of `BrandingThemes`."""

    theme_id = fields.String(required=True, data_key="BrandingThemeID")
    name = fields.String(required=True, data_key="Name")
    sort_order = fields.Integer(load_default=0, data_key="SortOrder")

    @post_load
    def _to_theme(self, answer: dict[str, Any], **_: object) -> BrandingTheme:
        return BrandingTheme(**answer)


class OrganisationSchema(XeroSchema):
    """One of `Organisations`."""

    name = fields.String(required=True, data_key="Name")
    short_code = fields.String(load_default="", data_key="ShortCode")
    base_currency = fields.String(required=True, data_key="BaseCurrency")
    country_code = fields.String(load_default="", data_key="CountryCode")
    timezone = fields.String(load_default="", data_key="Timezone")
    period_lock_date = _Day(load_default=None, data_key="PeriodLockDate")
    end_of_year_lock_date = _Day(load_default=None, data_key="EndOfYearLockDate")
    sales_terms = fields.Raw(load_default=None)

    @pre_load
    def _read_terms(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        return {**answer, "sales_terms": _sales_terms(answer)}

    @post_load
    def _to_organisation(self, answer: dict[str, Any], **_: object) -> OrganisationDetails:
        return OrganisationDetails(**answer)


class ActionSchema(XeroSchema):
    """One of `Actions`."""

    name = fields.String(required=True, data_key="Name")
    status = fields.String(required=True, data_key="Status")


class CurrencySchema(XeroSchema):
    """One of `Currencies`."""

    code = fields.String(required=True, data_key="Code")


class OnlineInvoiceSchema(XeroSchema):
    """One of `OnlineInvoices`."""

    url = fields.Url(required=True, data_key="OnlineInvoiceUrl", require_tld=False, schemes={"http", "https"})


class ConnectionSchema(XeroSchema):
    """One row of GET /connections."""

    connection_id = fields.String(required=True, data_key="id")
    auth_event_id = fields.String(load_default="", data_key="authEventId")
    tenant_id = fields.String(required=True, data_key="tenantId")
    tenant_type = fields.String(required=True, data_key="tenantType")
    tenant_name = fields.String(load_default="", data_key="tenantName")
    updated_at = fields.String(load_default="", data_key="updatedDateUtc")

    @post_load
    def _to_tenant(self, answer: dict[str, Any], **_: object) -> ConnectedTenant:
        return ConnectedTenant(**answer)
