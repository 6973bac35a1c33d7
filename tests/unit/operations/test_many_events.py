"""Many of Xero's events at once, or one after the other: calls grow with the chunks, and not with the events."""

import uuid
from datetime import timedelta

from sync.store.accounts import Organisation
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.xero_events import drain, event


def test_a_hundred_events_about_one_invoice_are_one_question(home: House) -> None:
    invoice_id = home.add_invoice()
    for second in range(100):
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(seconds=second))]})

    drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 1
    assert home.event_states() == ["done"] * 100


def test_an_invoice_changed_again_and_again_within_a_moment_costs_two_questions(home: House) -> None:
    invoice_id = home.add_invoice()
    for number in range(50):
        home.clock.advance(milliseconds=20)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(milliseconds=number))]})
        drain(home)
    home.clock.advance(milliseconds=500)

    drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 2
    assert home.event_states() == ["done"] * 50


def test_nobody_waits_for_the_end_of_a_burst_that_does_not_end(home: House) -> None:
    invoice_id = home.add_invoice()
    for number in range(50):
        home.clock.advance(milliseconds=200)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id, at=timedelta(milliseconds=number))]})
        drain(home)

    # Ten seconds: at once, and then every three and a half.
    assert len(home.web.made("GET", "/Invoices")) == 3


def test_an_event_after_a_quiet_moment_is_asked_about_at_once(home: House) -> None:
    invoice_id = home.add_invoice()
    for _ in range(3):
        home.clock.advance(milliseconds=600)
        home.deliver("xero", {"events": [event(home, resourceId=invoice_id)]})
        drain(home)

    assert len(home.web.made("GET", "/Invoices")) == 3


def test_two_hundred_invoices_are_asked_for_in_chunks(home: House) -> None:
    home.add_events([str(uuid.UUID(int=number)) for number in range(200)])

    drain(home)

    asked = home.web.made("GET", "/Invoices")
    assert {len(call.params["IDs"].split(",")) for call in asked} == {40}
    assert len(asked) == 5
    assert set(home.event_states()) == {"done"}


def test_a_thousand_events_about_a_thousand_invoices_are_one_look_at_what_changed(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(1000)])

    drain(home)

    assert len(home.web.calls) == 1
    assert set(home.event_states()) == {"done"}


def test_what_a_sweep_does_not_show_is_asked_for_by_its_id(home: House) -> None:
    shown = [home.xero.add_invoice() for _ in range(400)]
    home.add_events([*shown, *(str(uuid.UUID(int=number)) for number in range(600))])

    drain(home)

    by_sweep = [call for call in home.web.calls if "IDs" not in call.params]
    assert len(by_sweep) == 1
    assert len(home.web.calls) == 1 + 600 / 40
    assert set(home.event_states()) == {"done"}


def test_a_sweep_that_xero_refuses_is_not_insisted_on(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(400)])
    home.web.trouble("GET", "/Invoices", answers(400, b'{"Title": "no"}'))

    drain(home)

    assert len(home.web.calls) == 1 + 400 / 40
    assert set(home.event_states()) == {"done"}


def test_a_sweep_that_meets_a_limit_parks_the_organisation(home: House) -> None:
    home.add_events([home.xero.add_invoice() for _ in range(400)])
    home.web.trouble("GET", "/Invoices", answers(429, retry_after="60", x_rate_limit_problem="minute"))

    drain(home)

    row = home.get(Organisation, ORGANISATION)
    assert (row.parked_until, row.parked_reason) == (home.clock() + timedelta(minutes=1), "minute")
    assert set(home.event_states()) == {"pending"}


def test_a_sweep_brings_what_has_become_of_the_invoices(home: House) -> None:
    home.clock.advance(seconds=1)
    ids = [home.add_invoice(Status="PAID") for _ in range(3)]
    home.add_events([*ids, *(home.xero.add_invoice() for _ in range(300))])

    drain(home)

    assert {home.get(InvoiceRecord, ORGANISATION, one).status for one in ids} == {"PAID"}
    assert home.get(DealRow, COMPANY, DEAL).due_at == home.clock()
