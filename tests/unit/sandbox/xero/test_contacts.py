from typing import Any
from urllib.parse import quote

import pytest

from tests.unit.sandbox.xero.caller import Caller, messages, only

TAKEN = (
    "The contact name Harbour Lane Dental is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def put(xero: Caller, **contact: Any) -> Any:
    return xero.call("PUT", "/Contacts", json={"Contacts": [contact]})


def post(xero: Caller, **contact: Any) -> Any:
    return xero.call("POST", "/Contacts", json={"Contacts": [contact]})


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Name"] for row in rows]


def test_archived_contacts_are_hidden_unless_asked_for(xero: Caller) -> None:
    assert "Tidewater Gallery" not in names(xero.rows("/Contacts"))
    assert "Tidewater Gallery" in names(xero.rows("/Contacts?includeArchived=true"))
    archived = xero.contact("Tidewater Gallery")["ContactID"]
    assert names(xero.rows(f"/Contacts?IDs={archived}")) == ["Tidewater Gallery"]
    assert names(xero.rows(f"/Contacts/{archived}")) == ["Tidewater Gallery"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("searchTerm=BRIGHTWATER", ["Brightwater Studio Ltd."]),
        ("searchTerm=dupre", ["Maison Dupré & Fils"]),
        ("searchTerm=harbourlane.example", ["Harbour Lane Dental"]),
        ("searchTerm=brennan", ["Brightwater Studio Ltd."]),
        ('where=Name="MAISON DUPRE & FILS"', ["Maison Dupré & Fils"]),
        ('where=EmailAddress=="accounts@harbourlane.example"', ["Harbour Lane Dental"]),
        ('where=EmailAddress!=null AND Name.Contains("school")', []),
    ],
)
def test_contacts_are_found_without_case_or_accents(xero: Caller, query: str, found: list[str]) -> None:
    name, _, value = query.partition("=")

    assert names(xero.rows(f"/Contacts?{name}={quote(value)}")) == found


def test_a_new_contact_has_both_addresses(xero: Caller) -> None:
    address = {"AddressType": "POBOX", "AddressLine1": "500 Boylston Street", "City": "Boston"}

    made = only(put(xero, Name=" Kestrel ", Addresses=[address]), "Contacts")

    assert (made["Name"], made["ContactStatus"]) == ("Kestrel", "ACTIVE")
    assert [row["AddressType"] for row in made["Addresses"]] == ["STREET", "POBOX"]
    assert made["Addresses"][1]["City"] == "Boston"


def test_put_refuses_a_taken_name_and_post_takes_it(xero: Caller) -> None:
    refused = put(xero, Name="Harbour Lane Dental", TaxNumber="1")
    taken = only(post(xero, Name="harbour lane dental", TaxNumber="2"), "Contacts")

    assert messages(refused) == [TAKEN]
    assert (taken["Name"], taken["TaxNumber"]) == ("Harbour Lane Dental", "2")
    assert taken["EmailAddress"] == "accounts@harbourlane.example"


def test_a_contact_number_is_a_key(xero: Caller) -> None:
    made = only(put(xero, Name="Kestrel", ContactNumber="org-4"), "Contacts")

    changed = only(post(xero, Name="Kestrel Analytics", ContactNumber="org-4"), "Contacts")

    assert changed["ContactID"] == made["ContactID"]
    assert names(xero.rows("/Contacts/org-4")) == ["Kestrel Analytics"]


def test_archiving_frees_the_name(xero: Caller) -> None:
    old = xero.contact()["ContactID"]
    xero.call("POST", f"/Contacts/{old}", json={"ContactStatus": "ARCHIVED"})

    made = only(put(xero, Name="Harbour Lane Dental"), "Contacts")

    assert made["ContactID"] != old
    back = xero.call("POST", f"/Contacts/{old}", json={"ContactStatus": "ACTIVE"})
    assert messages(back) == [TAKEN]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": ""}, "The contact name cannot be empty."),
        ({"EmailAddress": "jürgen@example.org"}, "Email address must be valid."),
        ({"TaxNumber": "x" * 51}, "TaxNumber must not be longer than 50 characters."),
        ({"ContactPersons": [{}] * 6}, "A contact can have at most 5 contact persons."),
        ({"Addresses": [{"AddressType": "HOME"}]}, "AddressType is not valid."),
        ({"Addresses": [{"AddressType": "POBOX", "Country": "F1"}]}, "Country may only contain letters."),
        (
            {"ContactID": "5e0f6c0a-6a55-4d6e-9d6a-5a9b1c8f2d10"},
            "The contact with the specified ContactID could not be found",
        ),
    ],
)
def test_a_wrong_contact_is_refused(xero: Caller, fields: dict[str, Any], message: str) -> None:
    assert messages(post(xero, **{"Name": "Kestrel", **fields})) == [message]


def test_summaries_and_pages(xero: Caller) -> None:
    answer = xero.call("GET", "/Contacts?summaryOnly=true&pageSize=2").json or {}

    assert answer["pagination"]["itemCount"] == 5
    assert len(answer["Contacts"]) == 2
    assert "Addresses" not in answer["Contacts"][0]


def test_a_merged_contact_is_archived_and_says_into_whom(xero: Caller) -> None:
    invoice, kept = xero.made(), xero.contact("Oakfield Primary School")["ContactID"]
    gone = invoice["Contact"]["ContactID"]

    xero.client.post(f"/control/contacts/{gone}/merge", json={"into": kept})

    [merged] = xero.rows(f"/Contacts/{gone}")
    assert (merged["ContactStatus"], merged["MergedToContactID"]) == ("ARCHIVED", kept)
    assert xero.rows(f"/Invoices/{invoice['InvoiceID']}")[0]["Contact"]["ContactID"] == kept
    assert xero.client.post(f"/control/contacts/{kept}/merge", json={"into": kept}).status_code == 400


def test_a_person_can_archive_a_contact(xero: Caller) -> None:
    contact = xero.contact()["ContactID"]

    xero.client.post(f"/control/contacts/{contact}", json={"ContactStatus": "ARCHIVED"})

    assert xero.rows(f"/Contacts/{contact}")[0]["ContactStatus"] == "ARCHIVED"


def test_only_what_is_sent_changes(xero: Caller) -> None:
    contact = xero.contact("Brightwater Studio Ltd.")["ContactID"]
    [before] = xero.rows(f"/Contacts/{contact}")

    after = only(
        xero.call("POST", f"/Contacts/{contact}", json={"EmailAddress": "new@brightwater.example"}), "Contacts"
    )

    assert after["EmailAddress"] == "new@brightwater.example"
    assert {key for key in before if before[key] != after[key]} == {"EmailAddress", "UpdatedDateUTC"}


def test_of_two_addresses_the_one_that_is_not_sent_is_emptied(xero: Caller) -> None:
    street, postal = {"AddressType": "STREET", "City": "Cork"}, {"AddressType": "POBOX", "City": "Galway"}
    contact = xero.contact()["ContactID"]

    both = only(xero.call("POST", f"/Contacts/{contact}", json={"Addresses": [street, postal]}), "Contacts")
    one = only(xero.call("POST", f"/Contacts/{contact}", json={"Addresses": [postal]}), "Contacts")

    assert [row["City"] for row in both["Addresses"]] == ["Cork", "Galway"]
    assert [row["City"] for row in one["Addresses"]] == ["", "Galway"]


def test_a_contact_keeps_its_own_payment_terms(xero: Caller) -> None:
    terms = {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}, "Bills": {"Day": 7, "Type": "DAYSAFTERBILLDATE"}}
    contact = xero.contact()["ContactID"]

    xero.call("POST", f"/Contacts/{contact}", json={"PaymentTerms": terms})
    xero.call("POST", f"/Contacts/{contact}", json={"TaxNumber": "IE1234567X"})

    assert xero.rows(f"/Contacts/{contact}")[0]["PaymentTerms"] == terms
    assert xero.made()["Contact"]["PaymentTerms"] == terms


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"Day": 7, "Type": "WHENEVER"}, "The Payment Term Type for Sales is not valid."),
        ({"Day": 32, "Type": "OFCURRENTMONTH"}, "The Payment Term Day for Sales must be from 0 to 31."),
        ({"Type": "OFCURRENTMONTH"}, "The Payment Term Day for Sales must be from 0 to 31."),
    ],
)
def test_wrong_payment_terms_are_refused(xero: Caller, rule: dict[str, Any], message: str) -> None:
    assert messages(post(xero, Name="Kestrel", PaymentTerms={"Sales": rule})) == [message]
