"""What a fetch shows to have changed is in the timeline of each company that the invoice serves, once."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import event

from sync.domain.invoice import Invoice, Status
from sync.operations.invoices import apply_invoice, to_invoice
from sync.store.invoices import InvoiceRecord
from sync.store.timeline import Happening
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


@pytest.fixture
def kept(home: House) -> Invoice:
    """An invoice that hangs on the deal, as our store has it."""
    home.keep_invoice(INVOICE, status="AUTHORISED", total=Decimal(250), amount_due=Decimal(250))
    home.hang(INVOICE)
    return to_invoice(home.get(InvoiceRecord, ORGANISATION, INVOICE))


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


def apply(home: House, *invoices: Invoice) -> None:
    """Apply what one fetch brought."""
    with home.core.database.writing() as session:
        for invoice in invoices:
            apply_invoice(
                session,
                organisation_id=ORGANISATION,
                invoice=invoice,
                base_url=home.core.settings.base_url,
                now=home.clock(),
            )


def statements(home: House) -> list[str]:
    """Listen to what the database is asked from now on."""
    seen: list[str] = []
    event.listen(home.core.database.engine, "before_cursor_execute", lambda *args: seen.append(str(args[2])))
    return seen
