"""Who the customer is in Xero: the remembered contact first, then the likely ones, and what of it differs."""

import pytest

from sync.domain.contact_changes import ContactField
from sync.domain.crm import Address
from sync.domain.due import DueKind, DueRule
from sync.domain.mapping import Customer
from sync.domain.matching import MatchReason
from sync.errors import Anticipated, ErrorCode
from sync.operations.customer import CustomerView, search_contacts, show_customer
from sync.operations.prepared import to_stored
from sync.store.company import Company
from sync.store.invoices import ContactLink
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.house import COLLEAGUE, COMPANY, DEAL, ORGANISATION, House, a_window

WINDOW = "11111111-0000-4000-8000-000000000001"


@pytest.fixture
def window(home: House) -> House:
    """A house with an open invoice window of the admin's, for Barney Rubble."""
    home.add_intent(WINDOW)
    return home


def test_a_contact_with_the_same_name_is_chosen_beforehand(window: House) -> None:
    window.xero.contacts["c-1"] = a_contact()

    view = show(window)

    assert view.contact is not None
    assert view.contact.contact_id == "c-1"
    assert [one.reason for one in view.candidates] == [MatchReason.NAME]


def test_of_two_equally_good_contacts_a_person_chooses(window: House) -> None:
    window.xero.contacts |= {key: a_contact(ContactID=key) for key in ("c-1", "c-2")}

    view = show(window)

    assert view.contact is None
    assert {one.contact_id for one in view.candidates} == {"c-1", "c-2"}


def test_the_customer_s_last_contact_is_chosen_with_one_call_and_followed_through_a_merge(window: House) -> None:
    window.xero.contacts["old"] = a_contact(ContactID="old", ContactStatus="ARCHIVED", MergedToContactID="new")
    window.xero.contacts["new"] = a_contact(ContactID="new", Name="Quite another name")
    link(window, "new")

    view = show(window)

    assert [one.contact_id for one in view.candidates] == ["new"]
    assert len(window.web.made("GET", "/Contacts/new")) == 1
    assert show(window, contact_id="old").contact == view.contact


def test_a_remembered_contact_that_is_gone_is_no_contact(window: House) -> None:
    link(window, "gone")

    assert show(window).contact is None


def test_without_a_remembered_contact_xero_is_asked_twice(window: House) -> None:
    window.web.calls.clear()

    show(window)

    assert len(window.web.calls) == 2


def test_what_differs_is_shown_field_by_field(window: House) -> None:
    home = Address(value="Main St 1, Bedrock", street="Main St 1", locality="Bedrock")
    customer = Customer(name="Barney Rubble", address=home, email="new@x.example", tax_number="")
    window.add_intent(OTHER, prepared=to_stored(a_window(customer=customer)))
    window.xero.contacts["c-1"] = a_contact(EmailAddress="b@x.example")

    view = show(window, intent_key=OTHER)

    assert [(one.field, one.pipedrive, one.xero) for one in view.differences] == [
        (ContactField.ADDRESS, "Main St 1, Bedrock", ""),
        (ContactField.EMAIL, "new@x.example", "b@x.example"),
    ]


def test_the_contact_s_own_terms_are_given_where_the_preferences_want_xero_s(window: House) -> None:
    terms = {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}
    window.xero.contacts["c-1"] = a_contact(PaymentTerms=terms)
    assert show(window).due_rule is None

    window.set(Company, COMPANY, preferences={"due_kind": "XERO_TERMS"})

    assert show(window).due_rule == DueRule(kind=DueKind.OF_FOLLOWING_MONTH, day=20)


def test_a_search_offers_all_that_xero_found_the_likeliest_first(window: House) -> None:
    window.xero.contacts["c-2"] = a_contact(ContactID="c-2", Name="Aardvark", EmailAddress="")
    window.xero.contacts["c-1"] = a_contact()

    found = search_contacts(window.core, person=window.person(), deal_id=DEAL, intent_key=WINDOW, words="a")

    assert [(one.contact_id, one.reason) for one in found] == [("c-1", MatchReason.NAME), ("c-2", MatchReason.SEARCH)]


def test_somebody_else_s_window_shows_nobody(window: House) -> None:
    window.add_user(COLLEAGUE)

    with pytest.raises(Anticipated) as caught:
        show_customer(window.core, person=window.person(COLLEAGUE), deal_id=DEAL, intent_key=WINDOW)

    assert caught.value.code is ErrorCode.LINK_EXPIRED


OTHER = "11111111-0000-4000-8000-000000000002"


def show(home: House, *, intent_key: str = WINDOW, contact_id: str = "") -> CustomerView:
    """Ask who the customer is, as the admin."""
    return show_customer(home.core, person=home.person(), deal_id=DEAL, intent_key=intent_key, contact_id=contact_id)


def link(home: House, contact_id: str) -> None:
    """Remember a contact for the deal's organization."""
    key = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    home.add(ContactLink(**key, contact_id=contact_id, linked_at=home.clock()))
