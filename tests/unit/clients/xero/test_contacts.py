"""Contacts: looked for, fetched, created."""

import responses
from responses import matchers

from sync.domain.accounting import Contact
from tests.unit.clients.samples import a_contact
from tests.unit.clients.vendors import ACCOUNTING, a_xero_client

CONTACTS = f"{ACCOUNTING}/Contacts"


def test_contacts_are_searched_for_in_one_page(web: responses.RequestsMock) -> None:
    query = matchers.query_param_matcher({"searchTerm": "Rubble & Co", "page": "1", "pageSize": "100"})
    web.get(CONTACTS, json={"Contacts": [a_contact()]}, match=[query])

    assert a_xero_client().search_contacts(term="Rubble & Co") == (
        Contact("c-1", "Barney Rubble", "b@x.example", "ACTIVE", "123"),
    )


def test_contacts_are_found_by_exact_email(web: responses.RequestsMock) -> None:
    where = 'EmailAddress=="b@x.example"'
    query = matchers.query_param_matcher({"where": where, "page": "1", "pageSize": "100"})
    web.get(CONTACTS, json={"Contacts": [a_contact()]}, match=[query])

    assert len(a_xero_client().find_contacts_by_email(email="b@x.example")) == 1


def test_a_quote_in_an_address_never_becomes_part_of_an_expression(web: responses.RequestsMock) -> None:
    email = '"the best"@x.example OR 1==1'
    query = matchers.query_param_matcher({"searchTerm": email, "page": "1", "pageSize": "100"})
    found = [a_contact(), a_contact(ContactID="c-2", EmailAddress=email.upper())]
    web.get(CONTACTS, json={"Contacts": found}, match=[query])

    assert [contact.contact_id for contact in a_xero_client().find_contacts_by_email(email=email)] == ["c-2"]


def test_a_merged_contact_names_the_survivor(web: responses.RequestsMock) -> None:
    merged = {"ContactID": "c-1", "Name": "Old", "ContactStatus": "ARCHIVED", "MergedToContactID": "c-9"}
    web.get(f"{CONTACTS}/c-1", json={"Contacts": [merged]})

    assert a_xero_client().get_contact(contact_id="c-1") == Contact(
        "c-1", "Old", "", "ARCHIVED", "", merged_to_contact_id="c-9"
    )


def test_a_contact_is_created_by_put(web: responses.RequestsMock) -> None:
    headers = matchers.header_matcher({"Idempotency-Key": "contact-1"})
    web.put(CONTACTS, json={"Contacts": [a_contact()]}, match=[headers])

    assert a_xero_client().create_contact(body=b"{}", idempotency_key="contact-1").contact_id == "c-1"
