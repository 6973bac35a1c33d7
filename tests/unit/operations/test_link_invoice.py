"""An invoice is hung on a deal, taken off, and moved: once, by who may, and never behind somebody's back."""

from collections.abc import Callable
from typing import Any

import pytest

from sync.connections.xero import get_active
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.link_invoice import link_invoice, unlink_invoice
from sync.operations.outcome import Outcome
from sync.operations.panel import show_panel
from sync.operations.refresh_invoices import fetch_invoices
from sync.store.accounts import Connection
from sync.store.company import Audit
from sync.store.invoices import ContactLink, DealInvoice, DealRow, InvoiceRecord
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers, away, meanwhile
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House

OTHER_DEAL = 43
THIRD_DEAL = 44


@pytest.fixture
def linked(home: House) -> House:
    """A house with three deals of a customer whose contact is known, where invoices can be drafted."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=["CreateDraftInvoice"])
    home.add_deal(OTHER_DEAL)
    home.add_deal(THIRD_DEAL)
    home.set(DealRow, COMPANY, DEAL, org_id=9)
    link = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    home.add(ContactLink(**link, contact_id=CONTACT, linked_at=home.clock()))
    return home


def test_a_linked_invoice_is_in_the_panel_and_the_deal_s_fields_follow(linked: House) -> None:
    invoice_id = linked.xero.add_invoice(InvoiceNumber="INV-9")

    assert link(linked, invoice_id) is Outcome.DONE

    [row] = show_panel(linked.core, person=linked.person(), deal_id=DEAL).invoices
    assert (row.key, row.number) == (invoice_id, "INV-9")
    assert linked.get(DealRow, COMPANY, DEAL).due_at == linked.clock()
    assert trail(linked) == [("link_invoice", ADMIN, invoice_id)]
    assert (len(linked.web.calls), linked.waker.wakes) == (1, 1)


def test_a_second_click_changes_nothing_and_asks_nobody(linked: House) -> None:
    invoice_id = linked.xero.add_invoice()
    link(linked, invoice_id)

    assert link(linked, invoice_id) is Outcome.UNCHANGED

    assert len(trail(linked)) == len(linked.web.calls) == 1


def test_two_windows_that_link_at_once_link_it_once(linked: House) -> None:
    invoice_id = linked.xero.add_invoice()
    linked.web.trouble("GET", f"/Invoices/{invoice_id}", meanwhile(lambda: link(linked, invoice_id)))

    assert link(linked, invoice_id) is Outcome.UNCHANGED

    assert places(linked) == {invoice_id: DEAL}
    assert len(trail(linked)) == 1


def test_an_unlinked_invoice_is_off_the_panel_and_the_deal_s_fields_follow(linked: House) -> None:
    invoice_id = hang(linked, DEAL)

    assert unlink(linked, invoice_id) is Outcome.DONE

    assert show_panel(linked.core, person=linked.person(), deal_id=DEAL).invoices == ()
    assert linked.get(DealRow, COMPANY, DEAL).due_at == linked.clock()
    assert trail(linked) == [("unlink_invoice", ADMIN, invoice_id)]
    assert (linked.web.calls, linked.waker.wakes) == ([], 1)


def test_to_unlink_again_changes_nothing(linked: House) -> None:
    invoice_id = hang(linked, DEAL)
    unlink(linked, invoice_id)

    assert unlink(linked, invoice_id) is Outcome.UNCHANGED
    assert len(trail(linked)) == 1


def test_nobody_unlinks_from_another_deal(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)

    assert unlink(linked, invoice_id) is Outcome.UNCHANGED
    assert places(linked) == {invoice_id: OTHER_DEAL}


def test_an_invoice_of_ours_that_was_unlinked_does_not_come_back_by_its_mark(linked: House) -> None:
    intent = "11111111-0000-4000-8000-000000000001"
    linked.add_intent(intent, state="done", asked_at=linked.clock())
    invoice_id = linked.xero.add_invoice(Url=f"https://instep.example/i/{intent}")
    linked.keep_invoice(invoice_id)
    linked.hang(invoice_id)
    unlink(linked, invoice_id)

    organisation = get_active(linked.core, company_id=COMPANY)
    fetch_invoices(linked.core, organisation=organisation, invoice_ids=(invoice_id,))

    assert places(linked) == {}


def test_an_invoice_is_moved_and_both_deals_follow(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)

    assert link(linked, invoice_id, leaves=OTHER_DEAL) is Outcome.DONE

    assert places(linked) == {invoice_id: DEAL}
    due = [linked.get(DealRow, COMPANY, deal_id).due_at for deal_id in (DEAL, OTHER_DEAL, THIRD_DEAL)]
    assert due == [linked.clock(), linked.clock(), None]
    assert trail(linked) == [("move_invoice", ADMIN, invoice_id)]


@pytest.mark.parametrize("leaves", [None, THIRD_DEAL])
def test_nothing_is_taken_from_a_deal_that_the_person_did_not_name(linked: House, leaves: int | None) -> None:
    invoice_id = hang(linked, OTHER_DEAL)

    assert refusal(lambda: link(linked, invoice_id, leaves=leaves)) is ErrorCode.ON_OTHER_DEAL
    assert places(linked) == {invoice_id: OTHER_DEAL}


def test_nothing_is_taken_from_a_deal_that_the_person_may_not_see(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)
    linked.pipedrive.hidden.add(OTHER_DEAL)

    assert refusal(lambda: link(linked, invoice_id, leaves=OTHER_DEAL)) is ErrorCode.OTHER_DEAL_HIDDEN
    assert places(linked) == {invoice_id: OTHER_DEAL}
    assert trail(linked) == []


def test_where_pipedrive_cannot_be_asked_nothing_is_moved(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)
    linked.web.trouble("GET", f"/deals/{OTHER_DEAL}", away)

    with pytest.raises(Transient):
        link(linked, invoice_id, leaves=OTHER_DEAL)

    assert places(linked) == {invoice_id: OTHER_DEAL}


def test_an_installation_that_lapsed_meanwhile_is_named_as_such(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)
    linked.web.trouble("GET", f"/deals/{OTHER_DEAL}", answers(401), times=2)

    assert refusal(lambda: link(linked, invoice_id, leaves=OTHER_DEAL)) is ErrorCode.INSTALL_LAPSED


def test_from_a_deleted_deal_it_is_taken_without_a_question(linked: House) -> None:
    invoice_id = hang(linked, OTHER_DEAL)
    linked.set(DealRow, COMPANY, OTHER_DEAL, is_deleted=True)

    assert link(linked, invoice_id) is Outcome.DONE
    assert places(linked) == {invoice_id: DEAL}


@pytest.mark.parametrize(("named", "from_deal"), [(None, None), (OTHER_DEAL, OTHER_DEAL)])
def test_what_somebody_else_moved_meanwhile_stays_there(
    linked: House, named: int | None, from_deal: int | None
) -> None:
    invoice_id = linked.xero.add_invoice()
    if from_deal:
        linked.keep_invoice(invoice_id)
        linked.hang(invoice_id, deal_id=from_deal)

    def somebody_else() -> None:
        if from_deal:
            linked.set(DealInvoice, COMPANY, ORGANISATION, invoice_id, deal_id=THIRD_DEAL)
        else:
            linked.keep_invoice(invoice_id)
            linked.hang(invoice_id, deal_id=THIRD_DEAL)

    linked.web.trouble("GET", f"/Invoices/{invoice_id}", meanwhile(somebody_else))

    assert refusal(lambda: link(linked, invoice_id, leaves=named)) is ErrorCode.ON_OTHER_DEAL
    assert places(linked) == {invoice_id: THIRD_DEAL}


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"Status": "DELETED"}, ErrorCode.INVOICE_GONE),
        ({"Type": "ACCPAY"}, ErrorCode.INVOICE_GONE),
        ({"Contact": {"ContactID": "c-2", "Name": "Betty"}}, ErrorCode.OTHER_CONTACT),
    ],
)
def test_what_changed_in_xero_meanwhile_is_not_linked(linked: House, over: dict[str, Any], code: ErrorCode) -> None:
    linked.xero.contacts = {CONTACT: a_contact(ContactID=CONTACT)}
    invoice_id = linked.xero.add_invoice(**over)

    assert refusal(lambda: link(linked, invoice_id)) is code
    assert places(linked) == {}


def test_what_is_gone_from_xero_is_not_linked(linked: House) -> None:
    assert refusal(lambda: link(linked, "nobody-has-it")) is ErrorCode.INVOICE_GONE


def test_an_invoice_of_the_contact_that_the_linked_one_was_merged_into_is_the_contact_s(linked: House) -> None:
    linked.xero.contacts = {
        CONTACT: a_contact(ContactID=CONTACT, ContactStatus="ARCHIVED", MergedToContactID="c-2"),
        "c-2": a_contact(ContactID="c-2"),
    }
    invoice_id = linked.xero.add_invoice(Contact={"ContactID": "c-2", "Name": "Betty"})

    assert link(linked, invoice_id) is Outcome.DONE


def test_without_a_contact_nothing_is_linked(linked: House) -> None:
    linked.set(DealRow, COMPANY, DEAL, org_id=None)

    assert refusal(lambda: link(linked, linked.xero.add_invoice())) is ErrorCode.CONTACT_NOT_LINKED


def test_who_may_not_draft_may_neither_link_nor_unlink(linked: House) -> None:
    [connection] = linked.all(Connection)
    linked.set(Connection, connection.key, actions=["CreateApprovedInvoice"])
    invoice_id = hang(linked, DEAL)

    assert refusal(lambda: link(linked, linked.xero.add_invoice())) is ErrorCode.NOT_ALLOWED_IN_XERO
    assert refusal(lambda: unlink(linked, invoice_id)) is ErrorCode.NOT_ALLOWED_IN_XERO
    assert places(linked) == {invoice_id: DEAL}


def test_one_organisation_s_invoice_hangs_on_a_deal_of_each_company(linked: House) -> None:
    linked.add_company(7)
    linked.add_deal(OTHER_DEAL, company_id=7)
    invoice_id = linked.xero.add_invoice()
    linked.keep_invoice(invoice_id)
    linked.hang(invoice_id, deal_id=OTHER_DEAL, company_id=7)

    assert link(linked, invoice_id) is Outcome.DONE

    assert {(one.company_id, one.deal_id) for one in linked.all(DealInvoice)} == {(7, OTHER_DEAL), (COMPANY, DEAL)}
    assert len(linked.all(InvoiceRecord)) == 1


def hang(house: House, deal_id: int) -> str:
    return house.add_invoice(deal_id=deal_id)


def link(house: House, invoice_id: str, *, leaves: int | None = None) -> Outcome:
    return link_invoice(house.core, person=house.person(), deal_id=DEAL, invoice_id=invoice_id, leaves=leaves)


def unlink(house: House, invoice_id: str) -> Outcome:
    return unlink_invoice(house.core, person=house.person(), deal_id=DEAL, invoice_id=invoice_id)


def refusal(asked: Callable[[], object]) -> ErrorCode:
    with pytest.raises(Anticipated) as caught:
        asked()
    return caught.value.code


def places(house: House) -> dict[str, int]:
    return {one.invoice_id: one.deal_id for one in house.all(DealInvoice)}


def trail(house: House) -> list[tuple[str, int | None, str]]:
    return [(one.verb, one.user_id, one.subject) for one in house.all(Audit)]
