"""The log tells of what is kept, with ids only."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from sync.domain.invoice import Status
from sync.operations.apply_invoices import apply_invoices
from sync.operations.invoices import to_invoice
from sync.operations.telling import some_ids, tell
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, InvoiceRecord
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House

INVOICE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


def test_what_is_kept_is_told_then_and_what_is_rolled_back_never(home: House) -> None:
    with capture_logs() as lines:
        with home.core.database.writing() as session:
            tell(session, "kept", {"deal_id": DEAL, "invoice_id": None})
            assert lines == []
        with pytest.raises(IntegrityError):
            lose(home)

    assert lines == [{"event": "kept", "deal_id": DEAL, "log_level": "info"}]


def lose(home: House) -> None:
    """Say something in a transaction that comes to nothing."""
    with home.core.database.writing() as session:
        tell(session, "lost", {"deal_id": DEAL})
        session.add(DealInvoice(company_id=0, deal_id=0, organisation_id="", invoice_id="", linked_at=home.clock()))


def test_a_change_is_told_with_its_ids_and_statuses_and_no_amount(home: House) -> None:
    home.keep_invoice(INVOICE, status="AUTHORISED", total=Decimal("1234.56"), amount_due=Decimal("1234.56"))
    home.hang(INVOICE)
    kept = to_invoice(home.get(InvoiceRecord, ORGANISATION, INVOICE))
    money = {"amount_paid": Decimal("1234.56"), "amount_due": Decimal(0)}
    paid = replace(kept, status=Status.PAID, updated_at=home.clock(), contact_name="Betty", **money)  # type: ignore[arg-type]  # as the case says

    with capture_logs() as lines:
        apply_invoices(home.core, organisation_id=ORGANISATION, invoices=[paid], asked_at=home.clock())

    [line] = [line for line in lines if line["event"] == "happened"]
    assert line == {
        "event": "happened",
        "log_level": "info",
        "verb": "changed",
        "side": "xero",
        "company_id": COMPANY,
        "organisation_id": ORGANISATION,
        "deal_id": DEAL,
        "invoice_id": INVOICE,
        "changed": ["status", "paid"],
        "status_from": "AUTHORISED",
        "status_to": "PAID",
    }
    assert not [said for said in ("1234", "Betty") if said in str(lines)]


def test_a_line_has_room_for_forty_ids() -> None:
    events = [Event(resource_id=str(number // 2)) for number in range(200)]

    assert some_ids(events) == [str(number) for number in range(40)]
