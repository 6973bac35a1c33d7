"""The two small companies that exist at first."""

import json
import uuid
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sandbox.xero.models import Invoice, Line, Organisation
from sandbox.xero.rounding import line_amount, line_tax, totals
from sandbox.xero.values import Json, both_addresses, fold, ms_time

_SEED = Path(__file__).with_name("seed.json")
_NAMESPACE = uuid.UUID("5e0f6c0a-6a55-4d6e-9d6a-5a9b1c8f2d10")


def seed_id(*parts: str) -> str:
    """This will give the same id for the same thing at every start."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def seed_users() -> dict[str, Json]:
    """This will give the people who can log in, by id."""
    found = json.loads(_SEED.read_text(encoding="utf-8"))["users"]
    return {
        seed_id("user", user["EmailAddress"]): {"UserID": seed_id("user", user["EmailAddress"]), **user}
        for user in found
    }


def seed_organisations(today: date, now_ms: int) -> dict[str, Organisation]:
    """This will make both organisations anew."""
    seed = json.loads(_SEED.read_text(encoding="utf-8"), parse_float=Decimal)
    made = {}
    for details in seed["organisations"]:
        org = _organisation(details, seed, now_ms)
        made[org.tenant_id] = org
        for number, wanted in enumerate(details.get("_invoices", ())):
            _add_invoice(org, wanted, today, now_ms + number)
    return made


def seed_another(number: int, now_ms: int) -> tuple[Organisation, Json]:
    """This will make an organisation that a test asked for, and the one person who works in it."""
    seed = json.loads(_SEED.read_text(encoding="utf-8"), parse_float=Decimal)
    name = f"Books {number} Ltd"
    details = seed["organisations"][-1] | {"Name": name, "LegalName": name, "ShortCode": f"!b{number:04d}"}
    org = _organisation(details, seed, now_ms)
    email = f"books-{number}@books.example"
    user = {"UserID": seed_id("user", email), **seed["users"][0], "EmailAddress": email, "LastName": f"Books {number}"}
    org.users = {user["UserID"]: {**user, "UpdatedDateUTC": ms_time(now_ms)}}
    return org, user


def _organisation(details: Json, seed: Json, now_ms: int) -> Organisation:
    name = details["Name"]
    tenant_id = seed_id(name)
    public = {key: value for key, value in details.items() if not key.startswith("_")}
    stamp = {"UpdatedDateUTC": ms_time(now_ms)}
    org = Organisation(tenant_id, {**public, "OrganisationID": tenant_id, "CreatedDateUTC": ms_time(now_ms)})
    org.users = {uid: {**user, **stamp} for uid, user in seed_users().items()}
    org.currencies = dict(details["_currencies"])
    org.tax_rates = {rate["TaxType"]: dict(rate) for rate in seed["tax_rates"]}
    for account in seed["accounts"]:
        account_id = seed_id(name, "account", account["Name"])
        org.accounts[account_id] = {"AccountID": account_id, **account, **stamp}
    for item in seed["items"]:
        item_id = seed_id(name, "item", item["Code"])
        org.items[item_id] = {"ItemID": item_id, **item, **stamp}
    org.themes = [
        {"BrandingThemeID": seed_id(name, "theme", theme), "Name": theme, "Type": "INVOICE", "SortOrder": place}
        | {"CreatedDateUTC": ms_time(now_ms)}
        for place, theme in enumerate(seed["themes"])
    ]
    org.tracking = [_tracking(name, category, options) for category, options in seed["tracking"].items()]
    for contact in seed["contacts"] if "_invoices" in details else ():
        _add_contact(org, contact, stamp)
    return org


def _tracking(org: str, name: str, options: list[str]) -> Json:
    made = [{"TrackingOptionID": seed_id(org, name, one), "Name": one, "Status": "ACTIVE"} for one in options]
    return {"TrackingCategoryID": seed_id(org, name), "Name": name, "Status": "ACTIVE", "Options": made}


def _add_contact(org: Organisation, contact: Json, stamp: Json) -> None:
    contact_id = seed_id(org.name, "contact", contact["Name"])
    addresses = both_addresses(contact.get("Addresses", []))
    made = {"ContactID": contact_id, "ContactStatus": "ACTIVE", **contact, "Addresses": addresses, **stamp}
    org.contacts[contact_id] = made
    if org.contacts[contact_id]["ContactStatus"] == "ACTIVE":
        org.names[fold(contact["Name"])] = contact_id


def _add_invoice(org: Organisation, wanted: Json, today: date, now_ms: int) -> None:
    issued = today - timedelta(days=wanted["days_ago"])
    contact_id = seed_id(org.name, "contact", wanted["contact"])
    invoice = Invoice(seed_id(org.name, "invoice", wanted["number"]), wanted["kind"], contact_id, issued)
    invoice.number, invoice.status = wanted["number"], wanted["status"]
    invoice.reference = wanted.get("reference", "")
    invoice.due = issued + timedelta(days=30)
    invoice.currency, invoice.updated = org.details["BaseCurrency"], now_ms
    invoice.theme_id = org.themes[0]["BrandingThemeID"] if invoice.kind == "ACCREC" else None
    for place, line in enumerate(wanted["lines"]):
        amount = line_amount(Decimal(line["quantity"]), Decimal(line["price"]))
        percent = Decimal(org.tax_rates[line["tax"]]["EffectiveRate"])
        made = Line(seed_id(invoice.invoice_id, str(place)), line["text"], Decimal(line["quantity"]))
        made.unit_amount, made.account_code, made.tax_type = Decimal(line["price"]), line["account"], line["tax"]
        made.line_amount, made.tax_amount = amount, line_tax(amount, percent, invoice.treatment)
        invoice.lines.append(made)
    sums = totals(((line.line_amount, line.tax_amount) for line in invoice.lines), invoice.treatment)
    invoice.sub_total, invoice.total_tax, invoice.total = sums
    org.invoices[invoice.invoice_id] = invoice
    org.by_contact.setdefault(contact_id, {})[invoice.invoice_id] = invoice
    if invoice.kind == "ACCREC":
        org.numbers[fold(invoice.number)] = invoice
        org.next_number = max(org.next_number, int(invoice.number.rpartition("-")[2]) + 1)
