"""What happens to an invoice is in its timeline, once, with who did it on which side."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, event

from sync.connections.xero import get_active
from sync.domain.invoice import Invoice, Status
from sync.errors import Anticipated, Transient
from sync.operations.change_invoice import Change, change_invoice
from sync.operations.deeds import deed_of
from sync.operations.drain_pipedrive import drain_company
from sync.operations.email_invoice import email_invoice
from sync.operations.intents import claim
from sync.operations.invoices import apply_invoice, to_invoice
from sync.operations.link_invoice import link_invoice, unlink_invoice
from sync.operations.refresh_invoices import fetch_invoices
from sync.operations.send_intent import send, settle_intents
from sync.store.accounts import Connection
from sync.store.invoices import ContactLink, DealRow, Intent, InvoiceRecord
from sync.store.timeline import Happening
from tests.unit.fakes.core import Trouble, answers, lost_after, lost_before, meanwhile
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.operations.test_drain_pipedrive import notice
from tests.unit.operations.test_send_intent import BODY, INTENT, REFUSAL

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


@pytest.fixture
def kept(home: House) -> Invoice:
    """An invoice that hangs on the deal, as our store has it."""
    home.keep_invoice(INVOICE, status="AUTHORISED", total=Decimal(250), amount_due=Decimal(250))
    home.hang(INVOICE)
    return to_invoice(home.get(InvoiceRecord, ORGANISATION, INVOICE))


@pytest.fixture
def able(home: House) -> House:
    """A house where everything may be done in Xero."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=home.xero.actions)
    return home


def test_what_changed_in_xero_is_told_with_the_change(home: House, kept: Invoice) -> None:
    paid = replace(kept, status=Status.PAID, amount_paid=Decimal(250), amount_due=Decimal(0), updated_at=home.clock())

    apply(home, paid)

    [told] = home.all(Happening)
    assert (told.company_id, told.deal_id, told.organisation_id, told.invoice_id) == (
        COMPANY,
        DEAL,
        ORGANISATION,
        INVOICE,
    )
    assert (told.side, told.verb, told.user_id, told.rule, told.at) == ("xero", "changed", None, "", home.clock())
    assert told.values == {
        "facts": [
            {"fact": "status", "from": "AUTHORISED", "to": "PAID"},
            {"fact": "paid", "amount": "250", "currency": "NZD", "rest": "0"},
        ]
    }


def test_what_we_come_to_know_of_a_night_later_is_told_with_its_own_time(home: House, kept: Invoice) -> None:
    paid_at = home.clock()
    home.clock.advance(hours=15)

    apply(home, replace(kept, status=Status.PAID, updated_at=paid_at))

    [told] = home.all(Happening)
    assert told.at == paid_at


def test_the_same_truth_again_tells_nothing(home: House, kept: Invoice) -> None:
    paid = replace(kept, status=Status.PAID, updated_at=home.clock())

    apply(home, paid, paid, paid)

    assert len(home.all(Happening)) == 1


def test_a_change_that_nobody_sees_tells_nothing(home: House, kept: Invoice) -> None:
    apply(home, replace(kept, reference="PO 7", updated_at=home.clock()))

    assert home.all(Happening) == []


def test_both_companies_that_an_invoice_serves_are_told(home: House, kept: Invoice) -> None:
    home.add_company(7)
    home.add_deal(9, company_id=7)
    home.hang(INVOICE, deal_id=9, company_id=7)

    apply(home, replace(kept, status=Status.PAID, updated_at=home.clock()))

    assert [(told.company_id, told.deal_id) for told in home.all(Happening)] == [(7, 9), (COMPANY, DEAL)]


def test_a_timeline_costs_one_statement_where_something_changed_and_none_where_not(home: House, kept: Invoice) -> None:
    seen = statements(home)
    voided = replace(kept, status=Status.VOIDED, due_date=None, updated_at=home.clock())

    apply(home, voided, voided)
    apply(home, voided)

    assert len([statement for statement in seen if "happening" in statement]) == 1


def test_who_made_an_invoice_is_told_once_whoever_finishes_it(home: House) -> None:
    home.add_intent(INTENT, contact_id=CONTACT)
    claim(home.core, intent_id=INTENT, contact_id=CONTACT, body=BODY)
    home.web.trouble("PUT", "/Invoices", lost_after)

    send(home.core, intent_id=INTENT)
    [made] = home.xero.invoices
    refetch(home, made)

    [told] = home.all(Happening)
    assert (told.verb, told.side, told.user_id, told.deal_id, told.invoice_id) == (
        "created",
        "pipedrive",
        ADMIN,
        DEAL,
        made,
    )
    assert told.values == {"number": "INV-0001", "total": "250", "currency": "NZD"}


def test_an_invoice_that_is_found_late_is_told_with_what_became_of_it_since(home: House) -> None:
    home.add_intent(INTENT, state="unknown")
    url = f"https://instep.example/i/{INTENT}"
    made = home.xero.add_invoice(Status="AUTHORISED", Url=url, SentToContact=False, AmountPaid=0, AmountCredited=0)

    refetch(home, made)

    assert [(told.verb, told.side) for told in home.all(Happening)] == [("created", "pipedrive"), ("changed", "xero")]
    assert home.all(Happening)[1].values["facts"] == [{"fact": "status", "from": "DRAFT", "to": "AUTHORISED"}]


def test_who_approved_is_told_and_apart_from_it_what_else_had_changed_in_xero(able: House) -> None:
    invoice_id = able.add_invoice(Status="DRAFT")
    refetch(able, invoice_id)
    forget(able)
    able.xero.change(invoice_id, DueDateString="2026-12-31T00:00:00")

    change(able, invoice_id, Change.APPROVE)

    elsewhere, told = able.all(Happening)
    assert [fact["fact"] for fact in elsewhere.values["facts"]] == ["due_date"]
    assert (elsewhere.side, told.verb, told.side, told.user_id) == ("xero", "approved", "pipedrive", ADMIN)


def test_what_a_fetch_told_before_our_own_answer_came_is_told_of_who_did_it(able: House) -> None:
    invoice_id = able.add_invoice(Status="DRAFT")
    refetch(able, invoice_id)
    forget(able)
    home = able

    def fetched_meanwhile() -> None:
        home.clock.advance(seconds=1)
        refetch(home, invoice_id)
        assert [told.side for told in home.all(Happening)] == ["xero"]
        home.clock.advance(seconds=1)

    able.web.trouble("POST", f"/Invoices/{invoice_id}", meanwhile(fetched_meanwhile))
    change(able, invoice_id, Change.APPROVE)

    [told] = able.all(Happening)
    assert (told.verb, told.user_id, told.at) == ("approved", ADMIN, able.clock() - timedelta(seconds=1))


def test_an_answer_that_two_workers_found_is_told_once(able: House) -> None:
    invoice_id = able.add_invoice(Status="DRAFT")
    refetch(able, invoice_id)
    forget(able)
    change(able, invoice_id, Change.APPROVE)
    [intent] = able.all(Intent)

    with able.core.database.writing() as session:
        row = session.get_one(Intent, intent.intent_id)
        deed_of(row).finish(session, row, to_invoice(record(able, invoice_id)), able.clock())

    assert [told.verb for told in able.all(Happening)] == ["approved"]


def test_the_company_beside_learns_of_a_deed_only_that_it_was_done_in_xero(able: House) -> None:
    invoice_id = able.add_invoice(Status="DRAFT")
    refetch(able, invoice_id)
    forget(able)
    able.add_company(7)
    able.add_deal(9, company_id=7)
    able.hang(invoice_id, deal_id=9, company_id=7)

    change(able, invoice_id, Change.APPROVE)

    told = {entry.company_id: (entry.verb, entry.side, entry.user_id) for entry in able.all(Happening)}
    assert told == {7: ("changed", "xero", None), COMPANY: ("approved", "pipedrive", ADMIN)}


@pytest.mark.parametrize("look", [answers(500), meanwhile(lambda: None)])
def test_an_e_mail_is_told_as_one_whether_or_not_xero_says_that_it_went(able: House, look: Trouble) -> None:
    invoice_id = able.add_invoice(Status="AUTHORISED")
    refetch(able, invoice_id)
    forget(able)
    able.web.trouble("POST", "/Email", answers(204, b""))
    able.xero.change(invoice_id, SentToContact=True)
    able.web.trouble("GET", f"/Invoices/{invoice_id}", look)

    key = str(uuid.uuid4())
    email_invoice(able.core, person=able.person(), deal_id=DEAL, invoice_id=invoice_id, intent_key=key)

    assert [(told.verb, told.values) for told in able.all(Happening)] == [("emailed", {})]


def test_an_e_mail_of_which_nobody_can_tell_is_told_as_that(able: House) -> None:
    invoice_id = able.add_invoice(Status="AUTHORISED")
    refetch(able, invoice_id)
    forget(able)
    able.web.trouble("POST", "/Email", lost_after)

    key = str(uuid.uuid4())
    with pytest.raises(Transient):
        email_invoice(able.core, person=able.person(), deal_id=DEAL, invoice_id=invoice_id, intent_key=key)

    [told] = able.all(Happening)
    assert (told.verb, told.user_id, told.values) == ("not_done", ADMIN, {"kind": "email", "code": "email_unknown"})


def test_a_change_that_is_given_up_is_told_once_and_one_that_is_refused_to_a_person_is_not(able: House) -> None:
    invoice_id = able.add_invoice(Status="DRAFT")
    refetch(able, invoice_id)
    forget(able)
    able.web.trouble("POST", f"/Invoices/{invoice_id}", answers(400, REFUSAL))
    with pytest.raises(Anticipated):
        change(able, invoice_id, Change.SUBMIT)
    assert able.all(Happening) == []

    able.web.trouble("POST", f"/Invoices/{invoice_id}", lost_before, times=9)
    with pytest.raises(Transient):
        change(able, invoice_id, Change.APPROVE)
    able.clock.advance(minutes=10)
    settle_intents(able.core)

    assert [(told.verb, told.values) for told in able.all(Happening)] == [
        ("not_done", {"kind": "approve", "code": "not_done"})
    ]


def test_who_links_moves_and_unlinks_is_told(able: House) -> None:
    able.add_deal(43)
    for deal_id in (DEAL, 43):
        able.set(DealRow, COMPANY, deal_id, org_id=9)
    contact = {"company_id": COMPANY, "organisation_id": ORGANISATION, "customer": "organization:9"}
    able.add(ContactLink(**contact, contact_id=CONTACT, linked_at=able.clock()))
    invoice_id = able.xero.add_invoice()
    hook: dict[str, Any] = {"person": able.person(), "invoice_id": invoice_id}

    link_invoice(able.core, deal_id=DEAL, **hook)
    link_invoice(able.core, deal_id=43, leaves=DEAL, **hook)
    unlink_invoice(able.core, deal_id=43, **hook)

    assert [(told.verb, told.user_id, told.deal_id, told.values) for told in able.all(Happening)] == [
        ("linked", ADMIN, DEAL, {}),
        ("moved", ADMIN, 43, {"from": DEAL, "to": 43}),
        ("unlinked", ADMIN, 43, {}),
    ]


def test_a_merge_is_told_of_each_invoice_that_it_moved(home: House) -> None:
    home.add_deal(43)
    moved = {home.add_invoice(), home.add_invoice()}
    home.add_invoice(deal_id=43)
    for _ in range(2):
        merge(home)

    told = home.all(Happening)
    assert {entry.invoice_id for entry in told} == moved
    assert [(entry.verb, entry.side, entry.deal_id, entry.values) for entry in told] == [
        ("merged", "pipedrive", 43, {"from": DEAL, "to": 43})
    ] * 2


def apply(home: House, *invoices: Invoice) -> None:
    """Apply what one fetch brought."""
    with home.core.database.writing() as session:
        for invoice in invoices:
            apply_invoice(
                session,
                organisation_id=ORGANISATION,
                invoice=invoice,
                base_url=home.core.settings.base_url,
                asked_at=home.clock(),
                now=home.clock(),
            )


def statements(home: House) -> list[str]:
    """Listen to what the database is asked from now on."""
    seen: list[str] = []
    event.listen(home.core.database.engine, "before_cursor_execute", lambda *args: seen.append(str(args[2])))
    return seen


def refetch(home: House, invoice_id: str) -> None:
    """Fetch an invoice, as an event of Xero's has it done."""
    fetch_invoices(home.core, organisation=get_active(home.core, company_id=COMPANY), invoice_ids=(invoice_id,))


def forget(home: House) -> None:
    """Begin the timeline anew, after what the test had to set up."""
    with home.core.database.writing() as session:
        session.execute(delete(Happening))


def change(home: House, invoice_id: str, change: Change) -> None:
    """Have the admin change an invoice."""
    about: dict[str, Any] = {"deal_id": DEAL, "invoice_id": invoice_id, "change": change}
    change_invoice(home.core, person=home.person(), intent_key=str(uuid.uuid4()), **about)


def merge(home: House) -> None:
    """Have Pipedrive say that the deal was merged into another, as it does: twice."""
    home.deliver("pipedrive", notice("delete", merged_to_id=43, id=uuid.uuid4().hex))
    drain_company(home.core, company_id=COMPANY)


def record(home: House, invoice_id: str) -> InvoiceRecord:
    """Our copy."""
    return home.get(InvoiceRecord, ORGANISATION, invoice_id)
