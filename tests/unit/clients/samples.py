"""Answers as the vendors' documents show them, for tests to bend."""


# After the examples in Pipedrive's OpenAPI files of August 2026.
def a_user(**over: object) -> dict[str, object]:
    """Give `data` of GET /v1/users/me."""
    return {
        "id": 1,
        "name": "Me",
        "default_currency": "EUR",
        "locale": "et_EE",
        "lang": 1,
        "email": "me@pipedrive.com",
        "phone": None,
        "access": [{"app": "sales", "admin": True, "permission_set_id": "62cc4d7f"}],
        "timezone_name": "Europe/Berlin",
        "timezone_offset": "+03:00",
        "company_id": 54235233,
        "company_name": "Pipedrive",
        "company_domain": "pipedrive-12g53f",
        "company_country": "EE",
        "language": {"language_code": "en", "country_code": "US"},
        **over,
    }


def a_deal(**over: object) -> dict[str, object]:
    """Give a deal of API v2."""
    return {
        "id": 1,
        "title": "Deal Title",
        "creator_user_id": 1,
        "owner_id": 1,
        "value": 200,
        "person_id": 2,
        "org_id": None,
        "stage_id": 1,
        "pipeline_id": 1,
        "currency": "USD",
        "add_time": "2026-11-01T08:00:00Z",
        "update_time": "2026-11-02T10:04:05Z",
        "status": "open",
        "is_deleted": False,
        "is_archived": False,
        "visible_to": 7,
        "custom_fields": {"abc": {"value": 12.50, "currency": "EUR"}, "def": None},
        **over,
    }


def a_product(**over: object) -> dict[str, object]:
    """Give a product on a deal."""
    return {
        "id": 3,
        "sum": 90,
        "tax": 20,
        "deal_id": 1,
        "name": "Mechanical Pencil",
        "product_id": 1,
        "product_variation_id": None,
        "order_nr": 50,
        "comments": "",
        "currency": "USD",
        "discount": 2.5,
        "quantity": 1,
        "item_price": 90.05,
        "tax_method": "inclusive",
        "discount_type": "percentage",
        "is_enabled": True,
        "billing_frequency": "one-time",
        **over,
    }


def a_field(**over: object) -> dict[str, object]:
    """Give a deal field."""
    return {
        "field_code": "f" * 40,
        "field_name": "Xero invoice status",
        "field_type": "enum",
        "is_custom_field": True,
        "is_optional_response_field": False,
        **over,
    }


def a_webhook(**over: object) -> dict[str, object]:
    """Give a webhook subscription."""
    return {
        "id": 9,
        "company_id": 1,
        "user_id": 1,
        "event_action": "*",
        "event_object": "deal",
        "subscription_url": "https://instep.example/webhooks/pipedrive/k",
        "version": "2.0",
        "is_active": 1,
        "type": "application",
        "http_auth_user": "u",
        "http_auth_password": "p",
        "name": "Instep",
        **over,
    }


# After the examples in Xero's OpenAPI files of July 2026.
def an_invoice(**over: object) -> dict[str, object]:
    """Give one of `Invoices`."""
    return {
        "Type": "ACCREC",
        "InvoiceID": "i-1",
        "InvoiceNumber": "INV-0002",
        "Reference": "Red Fish",
        "Payments": [{"PaymentID": "p-1", "Amount": 40.0}],
        "AmountDue": 6.06,
        "AmountPaid": 40.0,
        "AmountCredited": 0.0,
        "SentToContact": True,
        "CurrencyRate": 1.0,
        "Url": "https://instep.example/i/abc",
        "Contact": {"ContactID": "c-1", "Name": "Barney Rubble-83203", "Addresses": []},
        "DateString": "2018-10-20T00:00:00",
        "Date": "/Date(1539993600000+0000)/",
        "DueDateString": "2018-12-30T00:00:00",
        "DueDate": "/Date(1546128000000+0000)/",
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [],
        "SubTotal": 40.05,
        "TotalTax": 6.01,
        "Total": 46.06,
        "UpdatedDateUTC": "/Date(1541176592590+0000)/",
        "CurrencyCode": "NZD",
        **over,
    }


def a_contact(**over: object) -> dict[str, object]:
    """Give one of `Contacts`."""
    return {
        "ContactID": "c-1",
        "ContactStatus": "ACTIVE",
        "Name": "Barney Rubble",
        "EmailAddress": "b@x.example",
        "TaxNumber": "123",
        "ContactNumber": "pd-5",
        "Addresses": [],
        "UpdatedDateUTC": "/Date(1503348544227+0000)/",
        **over,
    }


def an_organisation(**over: object) -> dict[str, object]:
    """Give one of `Organisations`."""
    return {
        "Name": "Maple Florists",
        "BaseCurrency": "NZD",
        "CountryCode": "NZ",
        "IsDemoCompany": False,
        "DefaultSalesTax": "Tax Exclusive",
        "Timezone": "NEWZEALANDSTANDARDTIME",
        "ShortCode": "!mBdtL",
        "Class": "A_PLAN_OF_NEXT_YEAR",
        **over,
    }


def a_connection() -> dict[str, object]:
    """Give one row of GET /connections."""
    return {
        "id": "n-1",
        "authEventId": "e-1",
        "tenantId": "t-1",
        "tenantType": "ORGANISATION",
        "tenantName": "Maple Florists",
        "createdDateUtc": "2026-11-22T06:00:00.5165400",
        "updatedDateUtc": "2026-11-22T06:00:00.5187840",
    }
