"""All of the simulated Xero's routes, those included that the app does not call."""

from typing import Any
from uuid import uuid4

from tests.contract.stands import Stand
from tests.contract.walker import Walker

EVERYTHING = (
    "openid profile email offline_access accounting.invoices accounting.payments accounting.contacts "
    "accounting.settings"
)
_UNKNOWN = "00000000-0000-4000-8000-000000000000"
_BASE = "/api.xro/2.0"
_SETTINGS = {
    "TaxRates": "TaxType",
    "Accounts": "AccountID",
    "BrandingThemes": "BrandingThemeID",
    "Users": "UserID",
    "TrackingCategories": "TrackingCategoryID",
    "Items": "ItemID",
}


def walk(stand: Stand) -> None:
    """Read everything, write everything, and be refused in every way."""
    call = _caller(stand)
    _read_settings(call)
    _write_items(call)
    contact = _write_contacts(call)
    invoice = _write_invoices(call, contact)
    _read_invoices(call, invoice)
    _pay(call, invoice)
    _be_refused(call, contact)
    _end(call)


def _caller(stand: Stand) -> Walker:
    tokens = stand.hand_out(scope=EVERYTHING)
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tokens["tenant_id"]}
    return Walker(stand, {**headers, "Accept": "application/json"})


def _read_settings(call: Walker) -> None:
    call("GET", f"{_BASE}/Organisation")
    call("GET", f"{_BASE}/Organisation/Actions")
    call("GET", f"{_BASE}/Currencies")
    call("PUT", f"{_BASE}/Currencies", {"Code": "GBP", "Description": "Pound"}, Idempotency_Key=str(uuid4()))
    for name, key in _SETTINGS.items():
        rows = call("GET", f"{_BASE}/{name}")[name]
        call("GET", f"{_BASE}/{name}/{rows[0][key]}")
    call("GET", f'{_BASE}/Accounts?where=Status=="ACTIVE"&order=Code', If_Modified_Since="2020-01-01T00:00:00Z")


def _write_items(call: Walker) -> None:
    item = {"Code": "QUAY", "Name": "Quay", "SalesDetails": {"UnitPrice": 12.5, "AccountCode": "200"}}
    made = call("PUT", f"{_BASE}/Items?unitdp=4", {"Items": [item]})["Items"][0]
    call("POST", f"{_BASE}/Items", {"Items": [{"Code": "QUAY", "Description": "By the water"}]})
    path = f"{_BASE}/Items/{made['ItemID']}"
    call("POST", path, {"Items": [{"Code": "QUAY", "Name": "The quay"}]})
    _note(call, path)
    call.wrong("PUT", f"{_BASE}/Items", {"Items": [item]}, status=400)
    call("DELETE", path, status=204)


def _note(call: Walker, path: str) -> None:
    call("PUT", f"{path}/History", {"HistoryRecords": [{"Details": "Seen"}]})
    call("GET", f"{path}/History")


def _write_contacts(call: Walker) -> str:
    new: dict[str, object] = {"Name": "Quay Books", "EmailAddress": "books@quay.example", "ContactNumber": "org-77"}
    new |= {"Addresses": [{"AddressType": "POBOX", "AddressLine1": "15 Quay Street", "City": "Galway"}]}
    made = call("PUT", f"{_BASE}/Contacts?summarizeErrors=false", {"Contacts": [new]})["Contacts"][0]
    call("POST", f"{_BASE}/Contacts", {"Contacts": [{"Name": "Quay Books", "FirstName": "Ada"}]})
    path = f"{_BASE}/Contacts/{made['ContactID']}"
    call("POST", path, {"Contacts": [{"ContactID": made["ContactID"], "TaxNumber": "IE1234567X"}]})
    call("GET", path)
    call("GET", f"{_BASE}/Contacts/org-77")
    for query in ("", "?page=1&pageSize=2", "?summaryOnly=true&page=1", "?searchTerm=quay&includeArchived=true"):
        call("GET", f"{_BASE}/Contacts{query}")
    call("GET", f"{_BASE}/Contacts?IDs={made['ContactID']}&order=Name")
    call.wrong("PUT", f"{_BASE}/Contacts", {"Contacts": [{"Name": "Quay Books"}]}, status=400)
    call.wrong("PUT", f"{_BASE}/Contacts?summarizeErrors=false", {"Contacts": [{"Name": "Quay Books"}]}, status=200)
    call.wrong("POST", path, {"Contacts": [{"EmailAddress": "not one"}]}, status=400)
    _note(call, path)
    return str(made["ContactID"])


def _invoice(contact: str, **more: Any) -> dict[str, Any]:
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100.1234, "AccountCode": "200", "DiscountRate": 10}
    free = {"Description": "A line of text"}
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "DueDate": "2027-01-31", "LineItems": [line, free]}
    return {**body, **more}


def _write_invoices(call: Walker, contact: str) -> dict[str, Any]:
    path = f"{_BASE}/Invoices"
    made: dict[str, Any] = call("PUT", f"{path}?unitdp=4", {"Invoices": [_invoice(contact)]})["Invoices"][0]
    usd = _invoice(contact, CurrencyCode="USD", Type="ACCPAY", LineAmountTypes="NoTax")
    usd["LineItems"][0].pop("DiscountRate")
    call("POST", path, {"Invoices": [usd]}, Idempotency_Key=str(uuid4()))
    own = f"{path}/{made['InvoiceID']}"
    call("POST", f"{own}?unitdp=4", {"Invoices": [{"InvoiceID": made["InvoiceID"], "Reference": "D-1"}]})
    call.wrong("POST", f"{own}/Email", {}, status=400)
    call.wrong("GET", f"{own}/OnlineInvoice", status=404)
    call("POST", own, {"Invoices": [{"InvoiceID": made["InvoiceID"], "Status": "AUTHORISED"}]})
    call("POST", f"{own}/Email", {}, status=204)
    call("GET", f"{own}/OnlineInvoice")
    call("GET", f"{own}/pdf", Accept="application/pdf")
    _note(call, own)
    return made


def _read_invoices(call: Walker, invoice: dict[str, Any]) -> None:
    path = f"{_BASE}/Invoices"
    call("GET", f"{path}/{invoice['InvoiceID']}")
    call("GET", f"{path}/{invoice['InvoiceID']}?unitdp=4")
    call("GET", f"{path}/{invoice['InvoiceNumber']}")
    queries = (
        "",
        "?page=1",
        "?page=1&pageSize=2&unitdp=4",
        "?summaryOnly=true",
        f"?IDs={invoice['InvoiceID']},{_UNKNOWN}",
        f"?InvoiceNumbers={invoice['InvoiceNumber']}",
        f"?ContactIDs={invoice['Contact']['ContactID']}&Statuses=DRAFT,AUTHORISED",
        '?where=Type=="ACCREC" AND Status=="AUTHORISED"&order=UpdatedDateUTC ASC',
        "?createdByMyApp=true&includeArchived=true",
        "?searchTerm=INV",
    )
    for query in queries:
        call("GET", path + query)
    call("GET", path, If_Modified_Since="2020-01-01T00:00:00Z")


def _pay(call: Walker, invoice: dict[str, Any]) -> None:
    bank = next(row for row in call("GET", f"{_BASE}/Accounts")["Accounts"] if row["Type"] == "BANK")
    part = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": {"AccountID": bank["AccountID"]}, "Amount": 10.5}
    made = call("PUT", f"{_BASE}/Payments", {"Payments": [{**part, "Date": "2026-11-22"}]})["Payments"][0]
    call("POST", f"{_BASE}/Payments", {**part, "Reference": "second"})
    call("GET", f"{_BASE}/Payments?page=1&pageSize=10")
    path = f"{_BASE}/Payments/{made['PaymentID']}"
    call("GET", path)
    _note(call, path)
    call("GET", f"{_BASE}/Invoices/{invoice['InvoiceID']}")
    call("GET", f"{_BASE}/Invoices?page=1")
    call.wrong("PUT", f"{_BASE}/Payments", {"Payments": [{**part, "Amount": 999999}]}, status=400)
    call("POST", path, {"Status": "DELETED"})
    call.stand.control(f"invoices/{invoice['InvoiceID']}/pay")
    call("GET", f"{_BASE}/Invoices/{invoice['InvoiceID']}")
    call("GET", f"{_BASE}/Payments")


def _be_refused(call: Walker, contact: str) -> None:
    path = f"{_BASE}/Invoices"
    bad = _invoice(contact, CurrencyCode="XAF")
    call.wrong("PUT", path, {"Invoices": [bad]}, status=400)
    call.wrong("PUT", f"{path}?summarizeErrors=false", {"Invoices": [bad, _invoice(contact)]}, status=200)
    call.wrong("POST", path, [1], status=400)
    call.wrong("GET", f"{path}?where=Status==", status=400)
    call.wrong("GET", f"{path}/{_UNKNOWN}", status=404)
    call.wrong("GET", path, status=401, Authorization="Bearer nothing")
    call.wrong("GET", path, status=403, xero_tenant_id=_UNKNOWN)


def _end(call: Walker) -> None:
    [connection] = call("GET", "/Connections")
    call("GET", f"/Connections?authEventId={connection['authEventId']}")
    call("DELETE", f"/Connections/{connection['id']}", status=204)
    call.wrong("DELETE", f"/Connections/{connection['id']}", status=404)
