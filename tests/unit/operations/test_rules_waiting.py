"""What a rule waits for costs nothing and ends by itself; what has stopped is over once somebody did what it said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sync.clients.transport import Response
from sync.connections.xero import get_active
from sync.operations.refresh_invoices import fetch_invoices
from sync.operations.retry import retry_rule
from sync.operations.rules_stopped import all_stopped, stopped_rules
from sync.operations.send_intent import mark_of, settle_intents
from sync.store.accounts import Connection, Organisation
from sync.store.chores import Chore
from sync.store.company import Company
from sync.store.invoices import DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun
from tests.unit.fakes.core import answers, away, lost_before
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import OTHER_STAGE, STAGE, ended, switch_on, tell, win, work

WINDOW = "11111111-0000-4000-8000-000000000001"


class TestAVendorThatIsAway:
    @pytest.mark.parametrize("trouble", [away, answers(503, b"", retry_after="5")])
    def test_it_is_outlasted_however_long_it_stays_so(self, ready: House, trouble: Any) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.web.trouble("GET", "/Contacts", trouble, times=40)

        for _ in range(40):
            work(ready)
            ready.clock.moment = ready.all(RuleRun)[0].due_at or ready.clock()
        assert ended(ready) == [("won", "pending", "xero_unavailable")]
        work(ready)

        assert (ended(ready), len(ready.xero.invoices)) == ([("won", "done", None)], 1)

    def test_an_account_that_is_closed_is_waited_for(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.web.trouble("GET", f"/deals/{DEAL}", answers(402, b'{"success": false}'))

        work(ready)

        assert ended(ready) == [("won", "pending", "pipedrive_closed")]

    def test_where_nobody_can_act_any_more_somebody_else_is_looked_for(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.set(Company, COMPANY, acting_user_id=None, tend_due_at=None)

        work(ready)

        assert ended(ready) == [("won", "pending", "install_lapsed")]
        assert ready.get(Company, COMPANY).tend_due_at == ready.clock()


class TestWhatIsOnItsWay:
    @pytest.mark.parametrize(("kind", "does"), [("won", "draft"), ("lost", "delete_drafts")])
    def test_the_create_of_a_person_is_waited_for_without_a_call(self, ready: House, kind: str, does: str) -> None:
        switch_on(ready, kind, does)
        until = ready.clock() + timedelta(minutes=5)
        ready.add_intent(WINDOW, state="unknown", due_at=until)
        ready.pipedrive.change(DEAL, status=kind, **{f"{kind}_time": "2026-11-22T10:42:30Z"})
        tell(ready, "change", previous={"status": "open"})
        ready.web.calls.clear()

        work(ready)

        [run] = ready.all(RuleRun)
        assert (run.state, run.reason, run.due_at, ready.web.calls) == ("pending", "in_progress", until, [])

    def test_without_xero_nobody_is_asked_again_and_again(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.set(Connection, ready.all(Connection)[0].key, state="ended")
        ready.web.calls.clear()

        work(ready)

        assert (ended(ready), ready.web.calls) == ([("won", "pending", "xero_not_connected")], [])

    def test_a_create_in_an_organisation_that_was_left_is_given_up(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.web.trouble("PUT", "/Invoices", lost_before)
        ready.web.trouble("GET", "/Invoices", away)
        work(ready)
        ready.set(Connection, ready.all(Connection)[0].key, state="ended")
        ready.add_organisation("o-2", "t-2")
        ready.connect(COMPANY, "o-2")
        ready.clock.advance(minutes=10)

        work(ready)

        assert ended(ready) == [("won", "stopped", "outcome_unknown")]

    def test_an_invoice_that_surfaces_late_while_it_is_tried_again_is_the_deal_s(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.web.trouble("PUT", "/Invoices", lost_before)
        ready.web.trouble("GET", "/Invoices", away)
        work(ready)
        ready.clock.advance(hours=2)
        settle_intents(ready.core)
        work(ready)
        [run] = ready.all(RuleRun)
        retry_rule(ready.core, person=ready.person(), deal_id=DEAL, run_key=run.run_key)
        assert ready.get(Intent, run.run_key).state == "prepared"

        late = ready.xero.add_invoice(Url=mark_of(ready.core, intent_id=run.run_key), Status="DRAFT")
        organisation = get_active(ready.core, company_id=COMPANY)
        fetch_invoices(ready.core, organisation=organisation, invoice_ids=(late,))
        work(ready)

        assert (ended(ready), list(ready.xero.invoices)) == ([("won", "done", None)], [late])


class TestAStopIsOver:
    @pytest.fixture
    def stopped(self, ready: House) -> House:
        """A house whose deal was won, and has no invoice because nobody knows the customer in Xero."""
        switch_on(ready, "won", "draft")
        ready.xero.contacts.clear()
        win(ready)
        work(ready)
        assert shown(ready) == ["contact_unsure"]
        return ready

    def test_once_somebody_has_made_the_invoice(self, stopped: House) -> None:
        invoice_id = stopped.add_invoice()
        assert shown(stopped) == []

        stopped.set(InvoiceRecord, ORGANISATION, invoice_id, status="VOIDED")
        assert shown(stopped) == ["contact_unsure"]

    @pytest.mark.parametrize("status", ["open", "lost"])
    def test_once_the_deal_is_won_no_more(self, stopped: House, status: str) -> None:
        stopped.pipedrive.change(DEAL, status=status, won_time=None)
        stopped.clock.advance(seconds=5)
        tell(stopped, "change", previous={"status": "won"})

        assert shown(stopped) == []

    def test_once_the_deal_is_deleted(self, stopped: House) -> None:
        stopped.set(DealRow, COMPANY, DEAL, is_deleted=True)

        assert shown(stopped) == []

    def test_but_not_by_a_word_from_before_it(self, stopped: House) -> None:
        stopped.set(DealRow, COMPANY, DEAL, status="open", fetched_at=stopped.clock() - timedelta(hours=1))

        assert shown(stopped) == ["contact_unsure"]

    def test_a_deal_that_pipedrive_does_not_show_is_told_as_hidden(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        ready.web.trouble("GET", f"/deals/{DEAL}", answers(404, b'{"success": false}'))

        work(ready)

        assert shown(ready) == ["deal_hidden"]


def test_a_stage_that_is_gone_is_named_before_pipedrive_refuses_it(home: House) -> None:
    home.keep_tokens_good()
    switch_on(home, "paid", "move", OTHER_STAGE)
    assert {stage["id"] for stage in home.pipedrive.stages} == {STAGE}
    add_paid_run(home)

    work(home)

    assert (ended(home), home.web.made("PATCH", f"/deals/{DEAL}")) == ([("paid", "stopped", "stage_gone")], [])


def test_an_activity_that_is_being_added_is_nobody_else_s(home: House) -> None:
    home.keep_tokens_good()
    switch_on(home, "paid", "remind")
    add_paid_run(home)

    def slow(handle: Callable[[], Response]) -> Response:
        home.clock.advance(seconds=110)
        return handle()

    def another_worker_comes(handle: Callable[[], Response]) -> Response:
        home.clock.advance(seconds=20)
        work(home)
        return handle()

    home.web.trouble("GET", f"/deals/{DEAL}", slow)
    home.web.trouble("POST", "/activities", another_worker_comes)
    work(home)

    assert (ended(home), len(home.pipedrive.activities)) == ([("paid", "done", None)], 1)


def test_after_a_restore_an_activity_of_before_it_is_not_added_again(home: House) -> None:
    home.keep_tokens_good()
    switch_on(home, "paid", "remind")
    home.set(Chore, "watch", gap_at=home.clock(), kept_until=home.clock() + timedelta(minutes=10))
    home.set(Organisation, ORGANISATION, swept_to=home.clock())
    home.clock.advance(minutes=1)
    told = {"id": 1, "deal_id": DEAL, "subject": "Invoice INV-1 is paid", "add_time": "2026-11-21T10:00:00Z"}
    home.pipedrive.activities.append(told)
    add_paid_run(home)

    work(home)

    assert (ended(home), home.pipedrive.activities) == ([("paid", "done", None)], [told])


def add_paid_run(home: House) -> None:
    """An invoice of the deal is paid, and the rule about it is due."""
    invoice_id = home.add_invoice(Status="PAID", AmountDue=0, AmountPaid=230, Total=230)
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="PAID")
    values = {"rule": "paid", "cause": invoice_id, "deal_id": DEAL, "invoice_id": invoice_id, "due_at": home.clock()}
    home.add(RuleRun(run_key=WINDOW, company_id=COMPANY, created_at=home.clock(), **values))


def shown(house: House) -> list[str]:
    """The reasons that the deal shows; an admin can have the same ones tried again."""
    with house.core.database.reading() as session:
        found = stopped_rules(session, company_id=COMPANY, deal_id=DEAL)
        assert {one.run_key for one in found} == {*all_stopped(session, company_id=COMPANY)}
        return [one.code.value for one in found]
