"""Who the customer is in Xero, told by a person before any invoice of ours told it."""

from collections.abc import Callable

import pytest

from sync.errors import Anticipated, ErrorCode
from sync.operations.link_contact import FoundContacts, link_contact, search_customer
from sync.operations.outcome import Outcome
from sync.store.accounts import Connection
from sync.store.company import Audit
from sync.store.invoices import ContactLink, DealRow
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, House


@pytest.fixture
def unlinked(home: House) -> House:
    """A house whose deal's customer nobody has told of yet, and two contacts in Xero."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=["CreateDraftInvoice"])
    home.set(DealRow, COMPANY, DEAL, org_id=9)
    home.pipedrive.organizations[9] = "Rubble & Sons Ltd."
    home.xero.contacts = {
        "c-2": a_contact(ContactID="c-2", Name="Somebody else"),
        CONTACT: a_contact(ContactID=CONTACT, Name="Rubble and Sons Limited"),
    }
    return home


def test_the_customer_s_own_name_is_looked_for_first(unlinked: House) -> None:
    found = search(unlinked)

    assert (found.customer_name, found.words) == ("Rubble & Sons Ltd.", "")
    assert [(one.contact_id, one.reason) for one in found.choices] == [(CONTACT, "name"), ("c-2", "search")]
    [asked] = unlinked.web.made("GET", "/Contacts")
    assert asked.params["searchTerm"] == "rubble"


def test_other_words_are_looked_for_instead(unlinked: House) -> None:
    assert search(unlinked, "flint").words == "flint"

    [asked] = unlinked.web.made("GET", "/Contacts")
    assert asked.params["searchTerm"] == "flint"


def test_who_may_not_see_the_customer_can_still_look_for_a_contact(unlinked: House) -> None:
    unlinked.web.trouble("GET", "/organizations/9", answers(403), times=2)

    assert search(unlinked) == FoundContacts("", "", ())
    assert len(search(unlinked, "flint").choices) == 2


def test_a_deal_without_a_customer_says_so(unlinked: House) -> None:
    unlinked.set(DealRow, COMPANY, DEAL, org_id=None)

    assert refusal(lambda: search(unlinked)) is ErrorCode.NO_CUSTOMER
    assert refusal(lambda: link(unlinked, CONTACT)) is ErrorCode.NO_CUSTOMER


def test_a_lapsed_installation_says_so(unlinked: House) -> None:
    unlinked.web.trouble("GET", "/organizations/9", answers(401), times=2)

    assert refusal(lambda: search(unlinked)) is ErrorCode.INSTALL_LAPSED


def test_a_chosen_contact_is_remembered_once(unlinked: House) -> None:
    assert [link(unlinked, CONTACT), link(unlinked, CONTACT)] == [Outcome.DONE, Outcome.UNCHANGED]

    [kept] = unlinked.all(ContactLink)
    assert (kept.customer, kept.contact_id, kept.contact_name) == (
        "organization:9",
        CONTACT,
        "Rubble and Sons Limited",
    )
    assert [(one.verb, one.subject) for one in unlinked.all(Audit)] == [("link_contact", CONTACT)]


def test_another_choice_takes_the_place_of_the_first(unlinked: House) -> None:
    link(unlinked, "c-2")
    link(unlinked, CONTACT)

    assert [one.contact_id for one in unlinked.all(ContactLink)] == [CONTACT]


def test_a_merged_contact_stands_for_the_one_that_is_left(unlinked: House) -> None:
    unlinked.xero.contacts["c-2"] |= {"ContactStatus": "ARCHIVED", "MergedToContactID": CONTACT}

    link(unlinked, "c-2")

    assert [one.contact_id for one in unlinked.all(ContactLink)] == [CONTACT]


@pytest.mark.parametrize("contact_id", ["c-2", "nobody"])
def test_an_archived_or_vanished_contact_is_refused(unlinked: House, contact_id: str) -> None:
    unlinked.xero.contacts["c-2"] |= {"ContactStatus": "ARCHIVED"}

    assert refusal(lambda: link(unlinked, contact_id)) is ErrorCode.CONTACT_ARCHIVED
    assert unlinked.all(ContactLink) == []


def test_who_may_not_draft_may_not_say_who_the_customer_is(unlinked: House) -> None:
    [connection] = unlinked.all(Connection)
    unlinked.set(Connection, connection.key, actions=[])

    assert refusal(lambda: link(unlinked, CONTACT)) is ErrorCode.NOT_ALLOWED_IN_XERO
    assert refusal(lambda: search(unlinked)) is ErrorCode.NOT_ALLOWED_IN_XERO
    assert unlinked.web.calls == []


def search(house: House, words: str = "") -> FoundContacts:
    return search_customer(house.core, person=house.person(), deal_id=DEAL, words=words)


def link(house: House, contact_id: str) -> Outcome:
    return link_contact(house.core, person=house.person(), deal_id=DEAL, contact_id=contact_id)


def refusal(asked: Callable[[], object]) -> ErrorCode:
    with pytest.raises(Anticipated) as caught:
        asked()
    return caught.value.code
