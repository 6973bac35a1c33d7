"""What Xero demands of a contact. https://developer.xero.com/documentation/api/accounting/contacts"""

import re

from sandbox.xero.errors import Invalid
from sandbox.xero.models import Organisation
from sandbox.xero.values import Json, both_addresses, fold, is_guid, new_id
from sandbox.xero.world import World

_NOTHING = "00000000-0000-0000-0000-000000000000"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z]{2,}")
_LONGEST = {"Name": 255, "FirstName": 255, "LastName": 255, "EmailAddress": 255, "ContactNumber": 50}
_LONGEST |= {"AccountNumber": 50, "TaxNumber": 50, "CompanyNumber": 50}
_LONGEST_ADDRESS = {"City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255}
_LONGEST_ADDRESS |= {f"AddressLine{number}": 500 for number in range(1, 5)}
_WRITABLE = (*_LONGEST, "Addresses", "Phones", "ContactPersons", "ContactStatus", "DefaultCurrency", "PaymentTerms")
_WRITABLE += ("AccountsReceivableTaxType", "AccountsPayableTaxType", "SalesDefaultAccountCode", "BankAccountDetails")
_WRITABLE += ("PurchasesDefaultAccountCode", "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType")
_TERMS = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
_LAST_DAY = 31
_ACCOUNT_TEXT = "is already assigned to another contact. The contact name must be unique across all active contacts."


def find_contact(org: Organisation, body: Json) -> Json | None:
    """This will find whom a body means: by ContactID, else by ContactNumber, else by name.

    :raises Invalid: when the ContactID is nobody's.
    """
    contact_id = body.get("ContactID")
    if contact_id and contact_id != _NOTHING:
        found = org.contacts.get(str(contact_id).lower()) if is_guid(contact_id) else None
        if found is None:
            raise Invalid(body, "The contact with the specified ContactID could not be found")
        return found
    number = body.get("ContactNumber")
    if number:
        for contact in org.contacts.values():
            if contact.get("ContactNumber") == number:
                return contact
    return org.active_contact_named(str(body.get("Name") or ""))


def save_contact(world: World, org: Organisation, body: Json, user: str, *, create_only: bool = False) -> Json:
    """This will make or change a contact.

    :raises Invalid: with every message.
    """
    found = find_contact(org, body)
    if found is not None and create_only:
        raise Invalid(body, f"The contact name {body.get('Name')} {_ACCOUNT_TEXT}")
    made: Json = dict(found or {"ContactID": new_id(), "ContactStatus": "ACTIVE"})
    made |= {key: value for key, value in body.items() if key in _WRITABLE and value is not None}
    made |= {key: str(made[key]) for key in _LONGEST if key in made}
    if "Name" in made:
        made["Name"] = made["Name"].strip()
        if found is not None and fold(found["Name"]) == fold(made["Name"]) and not body.get("ContactID"):
            made["Name"] = found["Name"]  # a match by name in other letters does not rename
    messages = _messages(org, made)
    if messages:
        raise Invalid(_with_addresses(body), *messages)
    made["Addresses"] = both_addresses(made.get("Addresses", []))
    if made == found:
        return made
    world.store_contact(org, made, user, "Edited" if found else "Created")
    return made


def _messages(org: Organisation, contact: Json) -> list[str]:
    name = contact.get("Name")
    messages = [] if name else ["The contact name cannot be empty."]
    holder = org.active_contact_named(str(name or ""))
    if holder and holder["ContactID"] != contact["ContactID"] and contact["ContactStatus"] == "ACTIVE":
        messages.append(f"The contact name {name} {_ACCOUNT_TEXT}")
    for field, longest in _LONGEST.items():
        if len(str(contact.get(field, ""))) > longest:
            messages.append(f"{field} must not be longer than {longest} characters.")
    email = contact.get("EmailAddress")
    if email and not _EMAIL.fullmatch(str(email)):
        messages.append("Email address must be valid.")
    if contact["ContactStatus"] not in ("ACTIVE", "ARCHIVED"):
        messages.append("ContactStatus is not valid.")
    if len(contact.get("ContactPersons", [])) > 5:
        messages.append("A contact can have at most 5 contact persons.")
    messages += _terms_messages(contact.get("PaymentTerms") or {})
    return messages + [text for address in contact.get("Addresses", []) for text in _address_messages(address)]


def _terms_messages(terms: Json) -> list[str]:
    messages = []
    for side in ("Bills", "Sales"):
        rule = terms.get(side) or {}
        day, kind = rule.get("Day"), rule.get("Type")
        if rule and kind not in _TERMS:
            messages.append(f"The Payment Term Type for {side} is not valid.")
        if rule and not (isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= _LAST_DAY):
            messages.append(f"The Payment Term Day for {side} must be from 0 to {_LAST_DAY}.")
    return messages


def _address_messages(address: Json) -> list[str]:
    messages = [
        f"{field} must not be longer than {longest} characters."
        for field, longest in _LONGEST_ADDRESS.items()
        if len(str(address.get(field) or "")) > longest
    ]
    if address.get("AddressType") not in ("POBOX", "STREET"):
        messages.append("AddressType is not valid.")
    if re.search(r"\d", str(address.get("Country") or "")):
        messages.append("Country may only contain letters.")
    return messages


def _with_addresses(body: Json) -> Json:
    rows = body.get("Addresses")
    if not isinstance(rows, list):
        return body
    marked = [{**row, "ValidationErrors": [{"Message": text} for text in _address_messages(row)]} for row in rows]
    return {**body, "Addresses": marked}


def matches(contact: Json, term: str) -> bool:
    """This will tell whether a contact has the text in a searched field."""
    fields = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")
    return any(term in fold(str(contact.get(field, ""))) for field in fields)
