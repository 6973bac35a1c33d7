"""A rule does what it was set off for: nothing of before it, of another day's rule, behind a person's back or by hearsay."""

from datetime import UTC, date, datetime

import pytest

from sync.errors import Anticipated, ErrorCode
from sync.operations.draft_invoice import draft_invoice
from sync.operations.outcome import Outcome
from sync.operations.prepare_invoice import prepare_invoice
from sync.operations.refresh_invoices import refresh_deal
from sync.operations.retry import retry_rule
from sync.operations.rules_stopped import all_stopped, stopped_rules
from sync.store.accounts import Connection
from sync.store.invoices import DealInvoice, InvoiceRecord
from sync.store.rules import RuleRow, RuleRun
from tests.unit.fakes.core import away
from tests.unit.fakes.house import ADMIN, COMPANY, CONTACT, DEAL, ORGANISATION, House, a_request
from tests.unit.fakes.rules import OTHER_STAGE, ended, owe, switch_on, tell, win, work


class TestAPersonsWindow:
    def test_one_opened_before_a_rule_made_an_invoice_makes_no_second(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        opened = prepare_invoice(ready.core, person=ready.person(), deal_id=DEAL)
        win(ready)
        work(ready)

        assert refusal(ready, opened.intent_key) is ErrorCode.RULE_WAS_FIRST
        assert len(ready.xero.invoices) == 1

    def test_one_opened_afterwards_makes_another(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        work(ready)
        ready.clock.advance(seconds=5)

        opened = prepare_invoice(ready.core, person=ready.person(), deal_id=DEAL)

        assert refusal(ready, opened.intent_key) is None
        assert len(ready.xero.invoices) == 2

    def test_an_invoice_that_is_no_more_is_in_nobody_s_way(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        opened = prepare_invoice(ready.core, person=ready.person(), deal_id=DEAL)
        win(ready)
        work(ready)
        ready.set(InvoiceRecord, ORGANISATION, ready.all(InvoiceRecord)[0].invoice_id, status="DELETED")

        assert refusal(ready, opened.intent_key) is None

    def test_a_colleague_s_invoice_is_no_rule_s(self, ready: House) -> None:
        first, second = (prepare_invoice(ready.core, person=ready.person(), deal_id=DEAL) for _ in range(2))

        assert (refusal(ready, first.intent_key), refusal(ready, second.intent_key)) == (None, None)


class TestBeforeItWasSwitchedOn:
    def test_an_invoice_paid_long_ago_that_we_hear_of_late_is_no_cause(self, home: House) -> None:
        invoice_id = owe(home)
        home.xero.change(invoice_id, Status="PAID", AmountDue=0, AmountPaid=230)
        home.clock.advance(hours=1)
        switch_on(home, "paid", "win")

        refresh_deal(home.core, person=home.person(), deal_id=DEAL)
        work(home)

        assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"
        assert ended(home) == []

    def test_a_deal_deleted_long_ago_that_we_hear_of_late_keeps_its_draft(self, home: House) -> None:
        home.keep_tokens_good()
        home.add_invoice(Status="DRAFT", AmountDue=0)
        home.pipedrive.change(DEAL, is_deleted=True, update_time="2026-11-22T09:00:00Z")
        switch_on(home, "deleted", "delete_drafts")

        tell(home, "delete", previous={"id": DEAL})
        work(home)

        assert ended(home) == []


class TestAnotherDaysRule:
    def test_a_run_is_not_carried_out_by_a_rule_that_was_switched_on_after_it(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        win(ready)
        switch_again(ready, "won", "approve")

        work(ready)

        assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", "rule_off")], {})

    def test_what_stopped_before_it_is_neither_shown_nor_tried_again(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.xero.contacts.clear()
        win(ready)
        work(ready)
        [run] = ready.all(RuleRun)
        assert shown(ready) == [run.run_key] * 2

        switch_again(ready, "won", "approve")
        assert shown(ready) == []
        ready.xero.contacts[CONTACT] = {"ContactID": CONTACT, "Name": "Barney Rubble", "ContactStatus": "ACTIVE"}
        answer = retry_rule(ready.core, person=ready.person(), deal_id=DEAL, run_key=run.run_key)
        work(ready)

        assert answer is Outcome.UNCHANGED
        assert (ended(ready), ready.xero.invoices) == ([("won", "stopped", "contact_unsure")], {})

    def test_a_rule_that_is_off_has_nothing_to_mend(self, ready: House) -> None:
        switch_on(ready, "won", "draft")
        ready.xero.contacts.clear()
        win(ready)
        work(ready)

        with ready.core.database.writing() as session:
            session.delete(session.get_one(RuleRow, (COMPANY, "won")))

        assert shown(ready) == []

    def test_a_draft_that_a_person_made_after_the_deal_was_lost_is_left_alone(self, home: House) -> None:
        home.keep_tokens_good()
        switch_on(home, "lost", "delete_drafts")
        home.pipedrive.change(DEAL, status="lost", lost_time="2026-11-22T10:42:30Z")
        tell(home, "change", previous={"status": "open"})
        home.clock.advance(seconds=30)
        invoice_id = home.add_invoice(Status="DRAFT", AmountDue=0)
        home.set(DealInvoice, COMPANY, ORGANISATION, invoice_id, linked_at=home.clock())

        work(home)

        assert (ended(home), home.xero.invoices[invoice_id]["Status"]) == ([("lost", "done", None)], "DRAFT")

    def test_one_that_was_on_its_way_when_the_deal_was_lost_is_deleted(self, home: House) -> None:
        home.keep_tokens_good()
        switch_on(home, "lost", "delete_drafts")
        asked_at = home.clock()
        home.clock.advance(seconds=5)
        home.pipedrive.change(DEAL, status="lost", lost_time="2026-11-22T10:42:30Z")
        tell(home, "change", previous={"status": "open"})
        home.clock.advance(seconds=5)
        invoice_id = home.add_invoice(Status="DRAFT", AmountDue=0)
        home.set(DealInvoice, COMPANY, ORGANISATION, invoice_id, linked_at=home.clock())
        made = "11111111-0000-4000-8000-000000000001"
        home.add_intent(made, state="done", asked_at=asked_at, invoice_id=invoice_id)

        work(home)

        assert home.xero.invoices[invoice_id]["Status"] == "DELETED"


class TestOverdueByHearsay:
    @pytest.fixture
    def late(self, home: House) -> House:
        """A house whose invoice, to go by our copy, has become overdue."""
        invoice_id = owe(home)
        switch_on(home, "overdue", "remind")
        home.set(InvoiceRecord, ORGANISATION, invoice_id, due_date=date(2026, 12, 6))
        home.xero.change(invoice_id, DueDateString="2026-12-06T00:00:00")
        home.clock.moment = datetime(2026, 12, 7, tzinfo=UTC)
        home.keep_tokens_good()
        return home

    @pytest.mark.parametrize("state", ["ended", "lost", "ending"])
    def test_of_an_organisation_that_is_not_connected_nobody_is_told_anything(self, late: House, state: str) -> None:
        late.set(Connection, late.all(Connection)[0].key, state=state)

        work(late)

        assert (ended(late), late.pipedrive.activities) == ([], [])

    def test_xero_is_asked_before_anybody_is_told(self, late: House) -> None:
        late.xero.change(next(iter(late.xero.invoices)), Status="PAID", AmountDue=0, AmountPaid=230)

        work(late)

        assert (ended(late), late.pipedrive.activities) == ([("overdue", "done", None)], [])

    def test_of_an_organisation_that_was_left_since_nobody_is_told(self, late: House) -> None:
        late.web.trouble("GET", f"/deals/{DEAL}", away)
        work(late)
        late.set(Connection, late.all(Connection)[0].key, state="ended")
        late.add_organisation("o-2", "t-2")
        late.connect(COMPANY, "o-2")
        late.clock.advance(minutes=1)

        work(late)

        assert (ended(late), late.pipedrive.activities) == ([("overdue", "done", None)], [])

    def test_while_xero_cannot_be_asked_nobody_is_told(self, late: House) -> None:
        late.web.trouble("GET", "/Invoices", away)

        work(late)

        assert ([state for _, state, _ in ended(late)], late.pipedrive.activities) == (["pending"], [])


def refusal(home: House, intent_key: str) -> ErrorCode | None:
    """What a person is told who presses Create."""
    try:
        request = a_request(intent_key, contact_id=CONTACT)
        draft_invoice(home.core, person=home.person(ADMIN), deal_id=DEAL, request=request)
    except Anticipated as err:
        return err.code
    return None


def switch_again(home: House, kind: str, does: str) -> None:
    """Some time later an admin has the rule do something else."""
    home.clock.advance(minutes=1)
    home.set(RuleRow, COMPANY, kind, does=does, since=home.clock(), stage_id=OTHER_STAGE)


def shown(home: House) -> list[str]:
    """The stops that the deal shows, and those that an admin can have tried again."""
    with home.core.database.reading() as session:
        on_deal = [one.run_key for one in stopped_rules(session, company_id=COMPANY, deal_id=DEAL)]
        return [*on_deal, *all_stopped(session, company_id=COMPANY)]
