"""Persons and organisations of Pipedrive, in the variants in which their addresses come."""

import pytest
import responses

from sync.domain.crm import Address, CrmOrganization, Person
from tests.unit.clients.vendors import COMPANY, a_pipedrive_client, data

V2 = f"{COMPANY}/api/v2"


def test_a_persons_primary_address_is_taken_before_another(web: responses.RequestsMock) -> None:
    emails = [{"value": "old@x.example", "primary": False}, {"value": "ann@x.example", "primary": True}]
    web.get(f"{V2}/persons/2", body=data({"id": 2, "name": "Ann Ng", "emails": emails, "org_id": 5}))

    assert a_pipedrive_client().get_person(person_id=2) == Person(2, "Ann Ng", "ann@x.example", 5)


@pytest.mark.parametrize("emails", [None, [], [{"value": "", "primary": True}]])
def test_a_person_may_have_no_email(web: responses.RequestsMock, emails: object) -> None:
    web.get(f"{V2}/persons/2", body=data({"id": 2, "name": "Ann Ng", "emails": emails, "postal_address": None}))

    assert a_pipedrive_client().get_person(person_id=2).email == ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {
                "value": "Gran Vía 12, 28013 Madrid, Spain",
                "route": "Gran Vía",
                "street_number": "12",
                "locality": "Madrid",
                "admin_area_level_1": "Comunidad de Madrid",
                "postal_code": "28013",
                "country": "Spain",
                "subpremise": None,
            },
            Address(
                "Gran Vía 12, 28013 Madrid, Spain", "Gran Vía 12", "Madrid", "Comunidad de Madrid", "28013", "Spain"
            ),
        ),
        (
            {"value": "5 High St, Hull", "route": "High St", "street_number": "5", "subpremise": "Flat 2"},
            Address("5 High St, Hull", "5 High St, Flat 2"),
        ),
        ({"value": "Somewhere"}, Address("Somewhere")),
        ("Somewhere", Address("Somewhere")),
        (None, Address()),
    ],
)
def test_an_organizations_address_in_its_variants(
    web: responses.RequestsMock, given: object, expected: Address
) -> None:
    web.get(f"{V2}/organizations/5", body=data({"id": 5, "name": "Acme", "address": given, "custom_fields": {"k": 1}}))

    assert a_pipedrive_client().get_organization(org_id=5) == CrmOrganization(5, "Acme", expected, {"k": 1})


def test_of_several_telephone_numbers_the_primary_one_is_the_persons(web: responses.RequestsMock) -> None:
    phones = [{"value": "1", "primary": False}, {"value": "2", "primary": True}]
    web.get(f"{V2}/persons/2", body=data({"id": 2, "name": "Wilma", "phones": phones, "job_title": "CFO"}))

    own = a_pipedrive_client().get_person(person_id=2).own_fields

    assert (own["phone"], own["job_title"]) == ("2", "CFO")
