"""What is done to an invoice from the panel, where Xero knows more than our copy, or is away when it is asked again."""

import uuid
from collections.abc import Callable

import pytest

from sync.connections.xero import get_active
from sync.errors import Anticipated, ErrorCode
from sync.operations.change_invoice import Change, change_invoice
from sync.operations.email_invoice import email_invoice
from sync.operations.update_contact import update_contact
from sync.store.accounts import Connection
from sync.store.invoices import InvoiceRecord
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.operations.test_send_intent import REFUSAL

NOT_OF_VALID_STATUS = b'{"Elements": [{"ValidationErrors": [{"Message": "Invoice not of valid status"}]}]}'
GONE = answers(404)


@pytest.fixture
def home(home: House) -> House:
    """A house where everything may be done in Xero."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=home.xero.actions)
    return home


def test_xero_s_own_sentence_is_given_also_where_xero_is_busy_afterwards(home: House) -> None:
    invoice_id = home.add_invoice(Status="DRAFT")
    home.web.trouble("POST", "", answers(400, REFUSAL))
    home.web.trouble("GET", "/Invoices", answers(429, retry_after="5"))

    refused = refusal(lambda: change(home, invoice_id, Change.SUBMIT))

    assert (refused.code, refused.detail) == (ErrorCode.XERO_REFUSED, "Nope")


def test_a_refused_change_of_an_invoice_that_is_another_now_is_said_in_our_words(home: House) -> None:
    invoice_id = home.add_invoice(Status="DRAFT")
    home.xero.change(invoice_id, Status="PAID")
    home.web.trouble("POST", "", answers(400, REFUSAL))

    assert refusal(lambda: change(home, invoice_id, Change.SUBMIT)).code is ErrorCode.WRONG_STATUS
    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"


def test_an_invoice_that_is_gone_from_xero_is_said_to_be(home: House) -> None:
    invoice_id = home.add_invoice(Status="AUTHORISED")
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="AUTHORISED")
    for path in (f"/Invoices/{invoice_id}", f"/Invoices/{invoice_id}/Email"):
        home.web.trouble("POST", path, GONE)

    assert refusal(lambda: change(home, invoice_id, Change.VOID)).code is ErrorCode.INVOICE_GONE
    assert refusal(lambda: email(home, invoice_id)).code is ErrorCode.INVOICE_GONE


def test_what_was_approved_in_xero_just_now_is_sent(home: House) -> None:
    invoice_id = home.add_invoice(Status="AUTHORISED")
    home.web.trouble("POST", "/Email", answers(204, b""))

    email(home, invoice_id)

    assert len(home.web.made("POST", "/Email")) == 1


def test_what_is_still_a_draft_is_not_sent(home: House) -> None:
    invoice_id = home.add_invoice(Status="DRAFT")

    assert refusal(lambda: email(home, invoice_id)).code is ErrorCode.WRONG_STATUS
    assert home.web.made("POST", "/Email") == []


def test_an_e_mail_that_xero_refuses_is_refused_also_where_xero_is_away_afterwards(home: House) -> None:
    invoice_id = home.add_invoice(Status="AUTHORISED")
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="AUTHORISED")
    home.web.trouble("POST", "/Email", answers(400, NOT_OF_VALID_STATUS))
    home.web.trouble("GET", "/Invoices", away)

    refused = refusal(lambda: email(home, invoice_id))

    assert (refused.code, refused.detail) == (ErrorCode.WRONG_STATUS, "Invoice not of valid status")


def test_a_contact_that_is_gone_from_xero_has_to_be_chosen_anew(home: House) -> None:
    home.web.trouble("POST", f"/Contacts/{CONTACT}", GONE)

    def update() -> None:
        update_contact(
            home.core,
            person=home.person(),
            deal_id=DEAL,
            organisation=get_active(home.core, company_id=COMPANY),
            contact_id=CONTACT,
            body=b'{"Contacts": [{}]}',
            key=str(uuid.uuid4()),
        )

    assert refusal(update).code is ErrorCode.CONTACT_ARCHIVED


def change(home: House, invoice_id: str, what: Change) -> None:
    """Click one of the panel's steps."""
    change_invoice(
        home.core,
        person=home.person(),
        deal_id=DEAL,
        invoice_id=invoice_id,
        change=what,
        intent_key=str(uuid.uuid4()),
    )


def email(home: House, invoice_id: str) -> None:
    """Click on E-mail to customer."""
    email_invoice(home.core, person=home.person(), deal_id=DEAL, invoice_id=invoice_id, intent_key=str(uuid.uuid4()))


def refusal(deed: Callable[[], object]) -> Anticipated:
    """Give how it was refused."""
    with pytest.raises(Anticipated) as caught:
        deed()
    return caught.value
