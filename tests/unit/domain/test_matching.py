from dataclasses import replace

import pytest

from sync.domain.crm import Address
from sync.domain.mapping import Customer
from sync.domain.matching import MatchReason, is_beyond_doubt, normalise_name, rank_contacts
from tests.unit.domain.factories import a_contact

WANTED = Customer(
    name="Brightwater  Studio Ltd", address=Address(), email="Niamh@Brightwater.example", tax_number="IE 3628739-LH"
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brightwater  Studio Ltd", "BRIGHTWATER STUDIO LTD."),
        ("Maison Dupré & Fils", "maison dupre and fils"),
        ("Acme Pty. Limited", "Acme Pty Ltd"),
        ("Müller S.A.R.L.", "Mu\N{COMBINING DIAERESIS}ller Sarl"),
        ("Søren Æbelø", "Soren Aebelo"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neill, Inc.", "O'Neill Incorporated"),
        ("Straße", "STRASSE"),
        ("İzmir", "izmir"),
    ],
)
def test_two_ways_to_write_one_name(one: str, other: str) -> None:
    assert normalise_name(name=one) == normalise_name(name=other)


def test_different_names_stay_different() -> None:
    assert normalise_name(name="Harbour Lane Dental") != normalise_name(name="Harbour Lane Rental")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contact_id": "linked"}, MatchReason.LINK),
        ({"tax_number": "ie3628739lh"}, MatchReason.TAX_NUMBER),
        ({"name": "Brightwater Studio Ltd."}, MatchReason.NAME),
        ({"name": "Bright Water Studio Ltd"}, MatchReason.NAME),
        ({"email": "niamh@brightwater.example"}, MatchReason.EMAIL),
        ({"name": "Brightwater Studios Ltd"}, MatchReason.SIMILAR_NAME),
        ({}, MatchReason.SEARCH),
    ],
)
def test_a_candidate_comes_with_its_reason(changes: dict[str, str], reason: MatchReason) -> None:
    [candidate] = rank_contacts(wanted=WANTED, candidates=[a_contact(**changes)], linked_contact_id="linked")

    assert candidate.reason is reason


def test_the_strongest_reason_comes_first() -> None:
    contacts = [
        a_contact(contact_id="none"),
        a_contact(contact_id="similar", name="Brightwater Studios Ltd"),
        a_contact(contact_id="mail", email="niamh@brightwater.example"),
        a_contact(contact_id="name", name="Brightwater Studio Ltd"),
        a_contact(contact_id="tax", tax_number="IE3628739LH"),
        a_contact(contact_id="linked"),
    ]

    ranked = rank_contacts(wanted=WANTED, candidates=contacts, linked_contact_id="linked")

    assert [one.contact.contact_id for one in ranked] == ["linked", "tax", "name", "mail", "similar", "none"]


def test_of_two_of_the_same_name_the_one_with_the_e_mail_comes_first() -> None:
    namesakes = [
        a_contact(contact_id="other", name="Brightwater Studio Ltd"),
        a_contact(contact_id="ours", name="Brightwater Studio Ltd", email="niamh@brightwater.example"),
    ]

    ranked = rank_contacts(wanted=WANTED, candidates=namesakes)

    assert [one.contact.contact_id for one in ranked] == ["ours", "other"]


def test_archived_contacts_are_left_out() -> None:
    assert rank_contacts(wanted=WANTED, candidates=[a_contact(status="ARCHIVED")]) == ()


def test_a_masked_tax_number_is_no_match() -> None:
    wanted = Customer(name="Kestrel", address=Address(), email="", tax_number="6789")

    [candidate] = rank_contacts(wanted=wanted, candidates=[a_contact(tax_number="*****6789")])

    assert candidate.reason is MatchReason.SEARCH


def test_nothing_wanted_matches_nothing() -> None:
    wanted = Customer(name="", address=Address(), email="", tax_number="")

    [candidate] = rank_contacts(wanted=wanted, candidates=[a_contact(name="", email="")])

    assert (candidate.reason, candidate.score) == (MatchReason.SEARCH, 0)


@pytest.mark.parametrize(
    ("email", "tax_number", "certain"),
    [
        ("", "", ["company"]),
        ("niamh@brightwater.example", "", ["company", "person"]),
        ("accounts@brightwater.example", "", ["company"]),
        ("niamh@another.example", "", []),
        ("niamh@another.example", "3628739LH", ["company", "person"]),
        ("niamh@brightwater.example", "IE 9999999-LH", []),
        ("niamh@brightwater.example", "IE3628739LH", ["company", "person"]),
        ("niamh@brightwater.example", "***-**-6789", ["company", "person"]),
    ],
)
def test_a_name_alone_is_enough_for_a_company_that_nothing_speaks_against(
    email: str, tax_number: str, certain: list[str]
) -> None:
    wanted = replace(WANTED, tax_number="3628739LH")
    contact = a_contact(name=WANTED.name, email=email, tax_number=tax_number)

    found = {
        who: is_beyond_doubt(wanted=wanted, contact=contact, is_person=who == "person") for who in ("company", "person")
    }

    assert [who for who, is_so in found.items() if is_so] == certain
