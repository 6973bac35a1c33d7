"""What was fetched is kept when it is newer, and the deals that it changes are marked."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.invoice import Invoice, Status
from sync.operations.invoices import apply_invoice, surviving_deal, to_invoice
from sync.operations.outcome import Outcome
from sync.store.accounts import Connection
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from tests.unit.fakes.house import COMPANY, CONTACT, DEAL, ORGANISATION, House

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"
INTENT = "11111111-0000-4000-8000-000000000001"
SECOND = timedelta(seconds=1)


@pytest.fixture
def kept(home: House) -> Invoice:
    """An invoice that hangs on the deal, as our store has it."""
    home.keep_invoice(INVOICE, updated_at=home.clock())
    home.hang(INVOICE)
    return to_invoice(home.get(InvoiceRecord, ORGANISATION, INVOICE))


def test_newer_truth_is_kept_and_its_deal_marked(home: House, kept: Invoice) -> None:
    newer = replace(kept, status=Status.PAID, total=Decimal("46.0600"), updated_at=kept.updated_at + SECOND)

    assert apply(home, newer) is Outcome.DONE

    assert to_invoice(record(home)) == newer
    assert (deal(home).due_at, deal(home).revision) == (home.clock(), 1)


def test_older_truth_never_overwrites_newer(home: House, kept: Invoice) -> None:
    older = replace(kept, status=Status.VOIDED, updated_at=kept.updated_at - SECOND)

    assert apply(home, older) is Outcome.UNCHANGED

    assert record(home).status == "DRAFT"
    assert deal(home).due_at is None


def test_of_two_with_the_same_age_the_later_fetch_counts(home: House, kept: Invoice) -> None:
    assert apply(home, replace(kept, status=Status.PAID)) is Outcome.DONE

    assert record(home).status == "PAID"


def test_the_same_again_marks_nothing_but_is_a_newer_look(home: House, kept: Invoice) -> None:
    home.clock.advance(minutes=5)

    assert apply(home, kept) is Outcome.UNCHANGED

    assert record(home).fetched_at == home.clock()
    assert deal(home).due_at is None


def test_a_bill_is_dropped(home: House, kept: Invoice) -> None:
    assert apply(home, replace(kept, type="ACCPAY", updated_at=kept.updated_at + SECOND)) is Outcome.IGNORED
    assert record(home).updated_at == kept.updated_at


def test_an_invoice_that_hangs_on_no_deal_is_not_ours(home: House) -> None:
    assert apply(home, an_invoice(home)) is Outcome.IGNORED
    assert home.all(InvoiceRecord) == []


@pytest.mark.parametrize("state", ["sending", "unknown", "done"])
def test_the_mark_links_an_invoice_to_its_deal_whatever_became_of_the_answer(home: House, state: str) -> None:
    home.add_intent(INTENT, state=state)

    assert apply(home, an_invoice(home, url=f"https://instep.example/i/{INTENT}")) is Outcome.DONE

    [link], intent = home.all(DealInvoice), home.get(Intent, INTENT)
    assert (link.deal_id, link.invoice_id) == (DEAL, INVOICE)
    assert (intent.state, intent.invoice_id) == ("done", INVOICE)
    assert deal(home).due_at == home.clock()


@pytest.mark.parametrize(
    "url",
    [
        f"https://elsewhere.example/i/{INTENT}",
        "https://instep.example/i/not-a-key",
        f"https://instep.example/i/{uuid.UUID(int=7)}",
        "https://instep.example/i/",
    ],
)
def test_a_mark_that_is_not_ours_links_nothing(home: House, url: str) -> None:
    home.add_intent(INTENT, state="unknown")

    assert apply(home, an_invoice(home, url=url)) is Outcome.IGNORED


def test_the_mark_of_an_intent_that_was_never_sent_links_nothing(home: House) -> None:
    home.add_intent(INTENT, state="prepared")

    assert apply(home, an_invoice(home, url=f"https://instep.example/i/{INTENT}")) is Outcome.IGNORED


def test_a_mark_counts_for_nothing_once_its_company_has_left(home: House) -> None:
    home.add_intent(INTENT, state="unknown")
    home.set(Connection, home.all(Connection)[0].key, state="ended")

    assert apply(home, an_invoice(home, url=f"https://instep.example/i/{INTENT}")) is Outcome.IGNORED


def test_a_marked_invoice_follows_a_merged_deal(home: House) -> None:
    home.add_deal(43)
    home.set(DealRow, COMPANY, DEAL, merged_into=43)
    home.add_intent(INTENT, state="unknown")

    apply(home, an_invoice(home, url=f"https://instep.example/i/{INTENT}"))

    assert [link.deal_id for link in home.all(DealInvoice)] == [43]


def test_an_invoice_marks_the_deals_of_both_companies_that_it_serves(home: House, kept: Invoice) -> None:
    home.add_company(7)
    home.add_deal(9, company_id=7)
    home.hang(INVOICE, deal_id=9, company_id=7)

    apply(home, replace(kept, status=Status.PAID))

    assert [row.due_at for row in home.all(DealRow)] == [home.clock()] * 2


def test_deals_merged_in_a_circle_come_to_an_end(home: House) -> None:
    home.add_deal(43, merged_into=DEAL)
    home.set(DealRow, COMPANY, DEAL, merged_into=43)

    with home.core.database.reading() as session:
        assert surviving_deal(session, company_id=COMPANY, deal_id=DEAL) in (DEAL, 43)


def an_invoice(home: House, **over: Any) -> Invoice:
    """A sales invoice as Xero gives it."""
    amounts = dict.fromkeys(("sub_total", "total", "amount_due"), Decimal("46.06"))
    amounts |= dict.fromkeys(("total_tax", "amount_paid", "amount_credited"), Decimal(0))
    values = {"invoice_id": INVOICE, "type": "ACCREC", "number": "INV-1", "status": Status.DRAFT, "currency": "NZD"}
    who = {"contact_id": CONTACT, "contact_name": "Barney", "reference": "", "url": "", "sent_to_contact": False}
    when = {"issue_date": date(2026, 11, 22), "due_date": date(2026, 12, 6), "updated_at": home.clock()}
    return Invoice(**{**values, **who, **when, **amounts, **over})


def apply(home: House, invoice: Invoice) -> Outcome:
    """Apply an invoice that was fetched now."""
    with home.core.database.writing() as session:
        return apply_invoice(
            session,
            organisation_id=ORGANISATION,
            invoice=invoice,
            base_url=home.core.settings.base_url,
            asked_at=home.clock(),
            now=home.clock(),
        )


def record(home: House) -> InvoiceRecord:
    """Our copy."""
    return home.get(InvoiceRecord, ORGANISATION, INVOICE)


def deal(home: House) -> DealRow:
    """The deal."""
    return home.get(DealRow, COMPANY, DEAL)
