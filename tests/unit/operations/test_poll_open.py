"""Open invoices that nobody has seen for a day are asked for by their ids."""

from datetime import timedelta

import pytest

from sync.clients.failures import Unavailable
from sync.connections.xero import get_active
from sync.operations.lease import hold_organisation
from sync.operations.poll_open import poll_open
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House


@pytest.fixture(autouse=True)
def good_tokens(home: House) -> None:
    """No token is refreshed here."""
    home.keep_tokens_good()


def test_a_change_that_no_list_of_changes_shows_is_found(home: House) -> None:
    invoice_id = unseen(home)
    home.xero.invoices[invoice_id]["SentToContact"] = True

    poll(home)

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).sent_to_contact
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()


def test_forty_are_asked_for_with_one_call_those_unseen_longest_first(home: House) -> None:
    youngest = unseen(home)
    older = [unseen(home, days=2) for _ in range(40)]

    poll(home)

    [call] = home.web.made("GET", "/Invoices")
    assert set(call.params["IDs"].split(",")) == set(older)
    poll(home)
    assert home.web.made("GET", "/Invoices")[-1].params["IDs"] == youngest
    poll(home)
    assert len(home.web.calls) == 2


def test_what_was_asked_for_is_asked_for_again_a_day_later(home: House) -> None:
    unseen(home)
    poll(home)
    home.clock.advance(hours=23, minutes=59)
    poll(home)
    assert len(home.web.calls) == 1

    home.clock.advance(minutes=1)
    poll(home)

    assert len(home.web.calls) == 2


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_an_invoice_that_has_come_to_its_end_is_not_asked_for(home: House, status: str) -> None:
    unseen(home, status=status)

    poll(home)

    assert home.web.calls == []


def test_an_invoice_that_hangs_on_no_deal_is_not_asked_for(home: House) -> None:
    home.keep_invoice(home.xero.add_invoice(), fetched_at=home.clock() - timedelta(days=2))

    poll(home)

    assert home.web.calls == []


def test_one_that_lists_leave_out_is_asked_for_alone(home: House) -> None:
    invoice_id = unseen(home)
    home.xero.change(invoice_id, Status="DELETED")
    home.xero.unlisted.add(invoice_id)

    poll(home)

    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "DELETED"


def test_of_many_that_are_gone_two_are_asked_for_alone_and_not_again_for_a_month(home: House) -> None:
    ids = [unseen(home) for _ in range(5)]
    home.xero.invoices.clear()

    poll(home)

    assert len(home.web.calls) == 3
    due = [home.get(InvoiceRecord, ORGANISATION, one).look_due_at for one in ids]
    assert due.count(home.clock() + timedelta(days=1)) == 3
    assert due.count(home.clock() + timedelta(days=30)) == 2


def test_a_xero_that_is_away_is_asked_for_the_same_again(home: House) -> None:
    unseen(home)
    home.web.trouble("GET", "/Invoices", away)
    with pytest.raises(Unavailable):
        poll(home)

    poll(home)

    assert len(home.web.calls) == 2


def unseen(home: House, *, days: int = 1, status: str = "AUTHORISED") -> str:
    """An invoice on the deal, in one state here and in Xero, that was last fetched so long ago."""
    then = home.clock() - timedelta(days=days)
    invoice_id = home.xero.add_invoice(Status=status)
    home.keep_invoice(invoice_id, status=status, fetched_at=then)
    home.hang(invoice_id)
    return invoice_id


def poll(home: House) -> None:
    """Poll."""
    with hold_organisation(home.core, organisation_id=ORGANISATION) as held:
        assert held
        poll_open(home.core, held, organisation=get_active(home.core, company_id=COMPANY))


def test_a_list_that_one_of_them_spoils_is_left_alone_for_a_day(home: House) -> None:
    unseen(home)
    home.web.trouble("GET", "/Invoices", answers(200, b"<html>"))
    poll(home)
    home.clock.advance(hours=23)
    poll(home)
    assert len(home.web.calls) == 1

    home.clock.advance(hours=1)
    poll(home)

    assert len(home.web.calls) == 2
