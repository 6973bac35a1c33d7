"""What goes with an invoice that was made: its status, its contact and items, and what is said of its total."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.contact_changes import ContactField
from sync.domain.crm import Address
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.draft_invoice import DraftResult, draft_invoice
from sync.operations.panel import show_panel
from sync.operations.prepared import to_stored
from sync.store.company import Audit
from sync.store.invoices import ContactLink, HalfWritten, Intent, InvoiceRecord, ItemLink
from tests.unit.clients.samples import a_contact
from tests.unit.fakes.core import answers, lost_after
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, CONTACT, DEAL, ORGANISATION, House, a_request, a_window
from tests.unit.fakes.xero import an_item
from tests.unit.operations.test_draft_invoice import INTENT, draft

SECOND = "11111111-0000-4000-8000-000000000002"


@pytest.fixture
def window(home: House) -> House:
    """A house with an open invoice window of the admin's."""
    home.add_intent(INTENT)
    return home


@pytest.mark.parametrize(("create_as", "status"), [("submit", "SUBMITTED"), ("approve", "AUTHORISED")])
def test_it_is_submitted_or_approved_when_xero_comes_to_the_same_total(
    window: House, create_as: str, status: str
) -> None:
    result = draft(window, create_as=create_as, lines=accounted())

    assert (result.invoice.status, result.problem) == (status, None)
    [change] = window.web.made("POST", "")
    assert "LineItems" not in json.loads(change.body or b"")["Invoices"][0]


def test_a_total_that_differs_keeps_it_a_draft_and_says_so(window: House) -> None:
    window.xero.surcharge = Decimal("0.01")

    result = draft(window, create_as="approve", lines=accounted())

    assert (result.invoice.status, result.problem) == ("DRAFT", ErrorCode.TOTAL_DIFFERS)
    assert (result.expected_total, result.xero_total) == (Decimal(250), Decimal("250.01"))
    assert window.web.made("POST", "") == []


def test_a_draft_s_total_that_differs_is_said_on_the_deal_until_it_is_no_draft_any_more(window: House) -> None:
    window.xero.surcharge = Decimal("0.01")

    result = draft(window)

    assert (result.problem, problem_on_deal(window)) == (ErrorCode.TOTAL_DIFFERS, ErrorCode.TOTAL_DIFFERS)
    window.set(InvoiceRecord, ORGANISATION, result.invoice.key, status="AUTHORISED")
    assert problem_on_deal(window) is None


def test_an_approval_that_xero_refuses_leaves_the_draft_and_gives_xero_s_sentence(window: House) -> None:
    body = {"Elements": [{"ValidationErrors": [{"Message": "No, because."}]}], "ErrorNumber": 10}
    window.web.trouble("POST", "", answers(400, json.dumps(body).encode()))

    result = draft(window, create_as="approve", lines=accounted())

    assert (result.invoice.status, result.problem, result.detail) == ("DRAFT", ErrorCode.XERO_REFUSED, "No, because.")
    assert problem_on_deal(window) is ErrorCode.XERO_REFUSED
    again = draft(window, create_as="approve", lines=accounted())
    assert again == replace(result, repeated=True), "told again to whom the first answer was lost"


def test_the_fields_that_were_shown_as_different_are_copied_before_the_invoice(window: House) -> None:
    window.xero.contacts[CONTACT] = a_contact(EmailAddress="old@x.example")

    draft(window, update_contact=(ContactField.EMAIL,))

    [call] = window.web.made("POST", "")
    assert json.loads(call.body or b"") == {"Contacts": [{"ContactID": CONTACT, "EmailAddress": "b@x.example"}]}
    assert [one.verb for one in window.all(Audit)] == ["update_contact", "draft_invoice"]


def test_a_new_address_goes_with_the_others_that_xero_has(window: House) -> None:
    street = {"AddressType": "STREET", "AddressLine1": "Yard 3"}
    window.xero.contacts[CONTACT] = a_contact(Addresses=[{"AddressType": "POBOX", "City": "Hull"}, street])
    moved_to(window, "Leeds")

    draft(window, update_contact=(ContactField.ADDRESS,))

    [call] = window.web.made("POST", "")
    [sent] = json.loads(call.body or b"")["Contacts"]
    assert sent["Addresses"] == [{"AddressType": "POBOX", "City": "Leeds"}, street]


def test_the_address_of_a_contact_that_is_gone_is_not_updated(window: House) -> None:
    moved_to(window, "Leeds")

    with pytest.raises(Anticipated) as refused:
        draft(window, update_contact=(ContactField.ADDRESS,))

    assert refused.value.code is ErrorCode.CONTACT_ARCHIVED
    assert window.web.made("POST", "") == window.web.made("PUT", "/Invoices") == []


def test_a_second_try_does_not_update_the_contact_again(window: House) -> None:
    window.xero.contacts[CONTACT] = a_contact()
    window.web.trouble("PUT", "/Invoices", answers(429, retry_after="1"))
    with pytest.raises(Transient):
        draft(window, update_contact=(ContactField.EMAIL,))

    draft(window, update_contact=(ContactField.EMAIL,))

    assert len(window.web.made("POST", "")) == 1


def test_other_fields_of_the_contact_are_another_wish(window: House) -> None:
    customer = replace(a_window().customer, tax_number="GB 1")
    window.set(Intent, INTENT, prepared=to_stored(a_window(customer=customer)))
    window.xero.contacts[CONTACT] = a_contact()
    window.web.trouble("PUT", "/Invoices", answers(429, retry_after="1"))
    with pytest.raises(Transient):
        draft(window, update_contact=(ContactField.EMAIL,))

    draft(window, update_contact=(ContactField.EMAIL, ContactField.TAX_NUMBER))

    assert window.xero.contacts[CONTACT]["TaxNumber"] == "GB 1"


def test_what_pipedrive_does_not_know_empties_nothing(window: House) -> None:
    window.xero.contacts[CONTACT] = a_contact(TaxNumber="GB 1")

    draft(window, update_contact=(ContactField.TAX_NUMBER, ContactField.ADDRESS))

    assert window.web.made("POST", "") == []


def test_an_address_whose_answer_was_lost_is_seen_to_be_there(window: House) -> None:
    home = Address(street="Quay 1", locality="Whitby", postal_code="YO21")
    window.set(Intent, INTENT, prepared=to_stored(a_window(customer=replace(a_window().customer, address=home))))
    street = {"AddressType": "STREET", "AddressLine1": "Warehouse 7", "City": "Leeds"}
    window.xero.contacts[CONTACT] = a_contact(Addresses=[street])
    window.web.trouble("POST", f"/Contacts/{CONTACT}", lost_after)

    draft(window, update_contact=(ContactField.ADDRESS,))

    assert len(window.web.made("POST", f"/Contacts/{CONTACT}")) == 1
    assert len(window.xero.invoices) == 1


def test_two_that_invoice_the_same_new_customer_at_once_both_do(window: House) -> None:
    window.add_user(COLLEAGUE)
    window.add_deal(43)
    window.add_intent(SECOND, user_id=COLLEAGUE, deal_id=43)
    window.xero.items = [an_item()]
    [line] = accounted()
    lines = (replace(line, item_code="LENS", product="7"),)

    def second() -> DraftResult:
        request = a_request(SECOND, lines=lines)
        return draft_invoice(window.core, person=window.person(COLLEAGUE), deal_id=43, request=request)

    with ThreadPoolExecutor(max_workers=2) as pool:
        results = [pool.submit(draft, window, lines=lines), pool.submit(second)]

    assert {result.result().invoice.status for result in results} == {"DRAFT"}
    assert len(window.all(ContactLink)) == len(window.all(ItemLink)) == 1


def test_a_product_s_item_is_remembered_and_forgotten_again(window: House) -> None:
    window.xero.items = [an_item()]
    [line] = accounted()

    draft(window, lines=(replace(line, item_code="LENS", product="7:3"),))

    [link] = window.all(ItemLink)
    assert (link.product, link.item_id) == ("7:3", "i-1")
    window.add_intent(SECOND)
    draft(window, intent_key=SECOND, lines=(replace(line, product="7:3"),))
    assert window.all(ItemLink) == []


def test_what_was_half_written_goes_with_the_invoice(window: House) -> None:
    about = {"company_id": COMPANY, "user_id": ADMIN, "deal_id": DEAL, "organisation_id": ORGANISATION}
    window.add(HalfWritten(**about, content={"reference": "x"}, saved_at=window.clock()))

    draft(window)

    assert window.all(HalfWritten) == []


def test_the_linked_contact_gets_xero_s_name_for_it(window: House) -> None:
    window.xero.contacts[CONTACT] = a_contact(Name="Rubble Ltd")

    draft(window)

    assert [link.contact_name for link in window.all(ContactLink)] == ["Rubble Ltd"]


def moved_to(window: House, town: str) -> None:
    """Open the window for a customer whom Pipedrive has there."""
    customer = replace(a_window().customer, address=Address(locality=town))
    window.set(Intent, INTENT, prepared=to_stored(a_window(customer=customer)))


def accounted() -> tuple[Any, ...]:
    """Give the window's line with an account, fit for approval."""
    return tuple(replace(line, account_code="200") for line in a_request(INTENT).lines)


def problem_on_deal(home: House) -> ErrorCode | None:
    """Give what the panel says is the matter."""
    problems = show_panel(home.core, person=home.person(), deal_id=DEAL).problems
    return problems[0].code if problems else None
