"""A deal that is won, or moved to a chosen stage, has its invoice drawn up, once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.operations.send_intent import settle_intents
from sync.store.company import Audit
from sync.store.inbox import Event
from sync.store.invoices import DealInvoice, DealRow, HalfWritten, Intent, InvoiceRecord
from sync.store.rules import RuleRow, RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import away, lost_after, lost_before
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import OTHER_STAGE, STAGE, WON_AT, ended, switch_on, tell, win, work

NEW = 77


def test_nothing_happens_while_no_rule_is_on(ready: House) -> None:
    win(ready)
    work(ready)

    assert (ended(ready), ready.xero.invoices) == ([], {})


@pytest.mark.parametrize(("does", "status"), [("draft", "DRAFT"), ("submit", "SUBMITTED"), ("approve", "AUTHORISED")])
def test_a_won_deal_has_its_invoice_drawn_up(ready: House, does: str, status: str) -> None:
    switch_on(ready, "won", does)

    win(ready)
    work(ready)

    assert ended(ready) == [("won", "done", None)]
    [invoice] = ready.all(InvoiceRecord)
    assert (invoice.status, invoice.total, invoice.contact_id) == (status, Decimal(10), CONTACT)
    assert [(link.deal_id, link.invoice_id) for link in ready.all(DealInvoice)] == [(DEAL, invoice.invoice_id)]
    assert {(one.rule, one.side, one.user_id) for one in ready.all(Happening)} == {("won", "instep", None)}
    assert {row.user_id for row in ready.all(Audit)} == {None}


def test_a_deal_that_we_have_never_heard_of_has_its_invoice_too(ready: House) -> None:
    switch_on(ready, "won", "draft")
    ready.pipedrive.deals[NEW] = ready.pipedrive.deals[DEAL] | {"id": NEW}
    ready.pipedrive.products[NEW] = ready.pipedrive.products[DEAL]

    win(ready, NEW)
    work(ready)

    assert [link.deal_id for link in ready.all(DealInvoice)] == [NEW]


def test_the_news_of_a_deal_costs_one_look_and_only_where_a_rule_waits_for_it(ready: House) -> None:
    switch_on(ready, "won", "draft")
    ready.web.calls.clear()

    tell(ready, "change", NEW, previous={"stage_id": 4})
    tell(ready, "change", NEW, previous={"title": "Old"})
    ready.pipedrive.add_deal(NEW, status="lost")
    tell(ready, "change", NEW, previous={"status": "open"})

    assert ready.web.calls == []
    assert {event.type for event in ready.all(Event)} == {"change"}
    win(ready, NEW)
    assert len(ready.web.calls) == 1


def test_a_deal_moved_to_the_chosen_stage_has_its_invoice_drawn_up(ready: House) -> None:
    switch_on(ready, "stage", "draft", STAGE)

    move(ready, OTHER_STAGE, at="2026-11-22T10:42:10Z")
    assert ended(ready) == []
    move(ready, STAGE, at=WON_AT)
    work(ready)

    assert (ended(ready), len(ready.xero.invoices)) == ([("stage", "done", None)], 1)


def test_a_deal_that_was_put_into_the_stage_when_it_was_made_was_not_moved_there(ready: House) -> None:
    switch_on(ready, "stage", "draft", STAGE)
    ready.pipedrive.change(DEAL, stage_id=STAGE, add_time=WON_AT, stage_change_time=WON_AT)

    tell(ready, "create")

    assert ended(ready) == []


def test_what_happened_before_the_rule_was_switched_on_sets_off_nothing(ready: House) -> None:
    switch_on(ready, "won", "draft")

    win(ready, at="2026-11-22T10:42:06Z")

    assert ended(ready) == []


def test_the_same_win_told_again_and_again_makes_one_invoice_and_another_win_another_cause(ready: House) -> None:
    switch_on(ready, "won", "draft")
    for _ in range(3):
        win(ready)
        work(ready)
    assert (ended(ready), len(ready.xero.invoices)) == ([("won", "done", None)], 1)

    win(ready, at="2026-11-22T11:00:00Z")
    work(ready)

    assert ended(ready) == [("won", "done", None), ("won", "stopped", "live_invoice")]
    assert len(ready.xero.invoices) == 1


def test_a_deal_that_was_reopened_before_the_rule_came_to_it_is_left_alone(ready: House) -> None:
    switch_on(ready, "won", "draft")
    win(ready)

    ready.pipedrive.change(DEAL, status="open", won_time=None)
    work(ready)

    assert (ended(ready), ready.xero.invoices) == ([("won", "done", None)], {})


def test_two_rules_set_off_by_one_change_make_one_invoice(ready: House) -> None:
    switch_on(ready, "won", "draft")
    switch_on(ready, "stage", "approve", STAGE)
    ready.pipedrive.change(DEAL, stage_id=STAGE, stage_change_time=WON_AT)

    win(ready)
    work(ready)

    assert sorted(ended(ready)) == [("stage", "done", None), ("won", "stopped", "live_invoice")]
    assert len(ready.xero.invoices) == 1


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_an_invoice_that_a_person_has_on_its_way_is_waited_for(ready: House, state: str) -> None:
    switch_on(ready, "won", "draft")
    ready.add_intent("11111111-0000-4000-8000-000000000001", state=state, due_at=ready.clock() + timedelta(minutes=5))

    win(ready)
    work(ready)

    assert (ended(ready), ready.xero.invoices) == ([("won", "pending", "in_progress")], {})


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID"])
def test_a_live_invoice_on_the_deal_keeps_the_rule_from_making_another(ready: House, status: str) -> None:
    switch_on(ready, "won", "draft")
    invoice_id = ready.add_invoice()
    ready.set(InvoiceRecord, ORGANISATION, invoice_id, status=status)

    win(ready)
    work(ready)

    assert (ended(ready), len(ready.xero.invoices)) == ([("won", "stopped", "live_invoice")], 1)
    assert ready.all(Happening) == [], "there is nothing to mend"


@pytest.mark.parametrize("status", ["VOIDED", "DELETED"])
def test_an_invoice_that_is_no_more_keeps_nobody_from_anything(ready: House, status: str) -> None:
    switch_on(ready, "won", "draft")
    invoice_id = ready.add_invoice()
    ready.set(InvoiceRecord, ORGANISATION, invoice_id, status=status)

    win(ready)
    work(ready)

    assert ended(ready) == [("won", "done", None)]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", f"/deals/{DEAL}"), ("GET", f"/deals/{DEAL}/products"), ("GET", "/Contacts")]
)
def test_a_vendor_that_is_away_is_asked_again_later_and_later(ready: House, method: str, path: str) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    ready.web.trouble(method, path, away, times=2)

    waits = []
    for _ in range(2):
        work(ready)
        waits.append(ready.all(RuleRun)[0].due_at - ready.clock())  # type: ignore[operator]  # it is due some time
        ready.clock.moment += waits[-1]
    work(ready)

    assert waits == [timedelta(seconds=1), timedelta(seconds=1)]
    assert ended(ready)[0][1] == "done"


@pytest.mark.parametrize("lost", [lost_after, lost_before])
def test_a_lost_answer_is_found_out_about_and_makes_no_second_invoice(ready: House, lost: Any) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    ready.web.trouble("PUT", "/Invoices", lost)
    ready.web.trouble("GET", "/Invoices", away)

    work(ready)
    assert ended(ready) == [("won", "pending", "outcome_unknown")]
    ready.clock.advance(minutes=2)
    settle_intents(ready.core)
    work(ready)

    assert (ended(ready), len(ready.xero.invoices)) == ([("won", "done", None)], 1)


def test_a_worker_killed_after_the_invoice_was_made_leaves_a_run_that_finds_it_made(ready: House) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    work(ready)
    run = ready.all(RuleRun)[0]
    ready.set(RuleRun, run.run_key, state="running", due_at=ready.clock(), ended_at=None)

    work(ready)

    assert (ended(ready), len(ready.xero.invoices)) == ([("won", "done", None)], 1)


def test_a_run_that_somebody_else_has_is_passed_over_and_so_is_another_of_that_deal(ready: House) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    [run] = ready.all(RuleRun)
    ready.set(RuleRun, run.run_key, state="running", due_at=ready.clock() + timedelta(seconds=30))
    win(ready, at="2026-11-22T11:00:00Z")

    work(ready)

    assert [state for _, state, _ in ended(ready)] == ["running", "pending"]
    assert ready.xero.invoices == {}


def test_a_rule_switched_off_meanwhile_does_nothing_any_more(ready: House) -> None:
    switch_on(ready, "won", "draft")
    win(ready)
    with ready.core.database.writing() as session:
        session.delete(session.get_one(RuleRow, (COMPANY, "won")))

    work(ready)

    assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", "rule_off")], {})


def test_what_the_acting_user_had_typed_for_the_deal_is_still_there(ready: House) -> None:
    switch_on(ready, "won", "draft")
    key = {"company_id": COMPANY, "user_id": ADMIN, "deal_id": DEAL, "organisation_id": ORGANISATION}
    ready.add(HalfWritten(**key, content={"reference": "mine"}, saved_at=ready.clock()))

    win(ready)
    work(ready)

    assert len(ready.all(HalfWritten)) == 1
    assert ready.all(Intent)[0].rule == "won"
    assert ready.get(DealRow, COMPANY, DEAL).due_at is not None


def move(house: House, stage_id: int, *, at: str) -> None:
    house.pipedrive.change(DEAL, stage_id=stage_id, stage_change_time=at)
    tell(house, "change", previous={"stage_id": 9})
