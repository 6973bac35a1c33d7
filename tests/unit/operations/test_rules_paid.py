"""A deal all of whose invoices are paid is won, moved, or its owner told."""

from typing import Any

import pytest

from sync.operations.link_invoice import unlink_invoice
from sync.operations.refresh_invoices import refresh_deal
from sync.store.accounts import Connection
from sync.store.invoices import Intent
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import answers, lost_after, lost_before
from tests.unit.fakes.house import DEAL, House
from tests.unit.fakes.rules import OTHER_STAGE, STAGE, ended, owe, pay, switch_on, tell, the_invoice, work

INTO = 43
WINDOW = "11111111-0000-4000-8000-000000000001"


class TestPaid:
    def test_the_deal_is_marked_as_won(self, owed: House) -> None:
        switch_on(owed, "paid", "win")

        pay(owed)
        work(owed)

        assert (ended(owed), owed.pipedrive.deals[DEAL]["status"]) == ([("paid", "done", None)], "won")
        [told] = [one for one in owed.all(Happening) if one.rule]
        assert (told.verb, told.rule, told.side, told.invoice_id) == ("deal_won", "paid", "instep", the_invoice(owed))

    def test_the_deal_is_moved(self, owed: House) -> None:
        owed.pipedrive.stages.append({"id": OTHER_STAGE, "name": "Paid", "pipeline_id": 1, "order_nr": 2})
        switch_on(owed, "paid", "move", OTHER_STAGE)

        pay(owed)
        work(owed)

        assert (ended(owed), owed.pipedrive.deals[DEAL]["stage_id"]) == ([("paid", "done", None)], OTHER_STAGE)
        assert [one.verb for one in owed.all(Happening) if one.rule] == ["deal_moved"]

    def test_a_deal_that_people_have_moved_on_since_it_was_paid_is_left_where_it_is(self, owed: House) -> None:
        owed.pipedrive.stages.append({"id": OTHER_STAGE, "name": "Paid", "pipeline_id": 1, "order_nr": 2})
        switch_on(owed, "paid", "move", OTHER_STAGE)
        pay(owed)
        owed.pipedrive.change(DEAL, stage_id=STAGE, stage_change_time="2026-11-22T12:00:00Z")

        work(owed)

        assert (ended(owed), owed.web.made("PATCH", f"/deals/{DEAL}")) == ([("paid", "done", None)], [])

    def test_its_owner_has_something_to_do(self, owed: House) -> None:
        switch_on(owed, "paid", "remind")

        pay(owed)
        work(owed)

        [activity] = owed.pipedrive.activities
        assert (activity["subject"], activity["owner_id"], activity["deal_id"]) == ("Invoice INV-1 is paid", 1, DEAL)
        assert "$230.00 has been paid." in activity["note"]

    def test_nothing_is_done_while_another_invoice_is_owed_and_once_when_both_are_paid(self, owed: House) -> None:
        switch_on(owed, "paid", "remind")
        other = owe(owed)

        pay(owed, the_invoice(owed, but=other))
        work(owed)
        assert (ended(owed), owed.pipedrive.activities) == ([("paid", "done", None)], [])
        owed.clock.advance(hours=1)
        pay(owed, other)
        work(owed)

        assert len(owed.pipedrive.activities) == 1

    @pytest.mark.parametrize("last", ["voided", "unlinked"])
    def test_the_last_that_was_owed_may_be_given_up_as_well(self, owed: House, last: str) -> None:
        [connection] = owed.all(Connection)
        owed.set(Connection, connection.key, actions=["CreateDraftInvoice"])
        switch_on(owed, "paid", "win")
        other = owe(owed)
        pay(owed, the_invoice(owed, but=other))
        work(owed)
        assert owed.pipedrive.deals[DEAL]["status"] == "open"
        owed.clock.advance(hours=1)

        if last == "voided":
            owed.xero.change(other, Status="VOIDED")
            refresh_deal(owed.core, person=owed.person(), deal_id=DEAL)
        else:
            unlink_invoice(owed.core, person=owed.person(), deal_id=DEAL, invoice_id=other)
        work(owed)

        assert owed.pipedrive.deals[DEAL]["status"] == "won"

    def test_a_deal_that_was_moved_before_the_last_was_given_up_is_moved(self, owed: House) -> None:
        owed.pipedrive.stages.append({"id": OTHER_STAGE, "name": "Paid", "pipeline_id": 1, "order_nr": 2})
        switch_on(owed, "paid", "move", OTHER_STAGE)
        other = owe(owed)
        pay(owed, the_invoice(owed, but=other))
        work(owed)
        owed.clock.advance(hours=1)
        owed.pipedrive.change(DEAL, stage_id=3, stage_change_time=owed.clock().isoformat())
        owed.clock.advance(hours=1)

        owed.xero.change(other, Status="VOIDED")
        refresh_deal(owed.core, person=owed.person(), deal_id=DEAL)
        work(owed)

        assert owed.pipedrive.deals[DEAL]["stage_id"] == OTHER_STAGE

    def test_what_is_given_up_after_all_was_told_of_is_not_told_of_again(self, owed: House) -> None:
        switch_on(owed, "paid", "remind")
        pay(owed)
        work(owed)
        owed.clock.advance(hours=1)
        other = owe(owed)

        owed.xero.change(other, Status="VOIDED")
        refresh_deal(owed.core, person=owed.person(), deal_id=DEAL)
        work(owed)

        assert len(owed.pipedrive.activities) == 1

    def test_a_payment_that_bounced_may_be_followed_by_another(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        other = owe(owed)
        first = the_invoice(owed, but=other)
        pay(owed, first)
        work(owed)
        owed.clock.advance(hours=1)
        owed.xero.change(first, Status="AUTHORISED", AmountDue=230, AmountPaid=0)
        pay(owed, other)
        work(owed)
        assert owed.pipedrive.deals[DEAL]["status"] == "open"

        owed.clock.advance(hours=1)
        pay(owed, first)
        work(owed)

        assert owed.pipedrive.deals[DEAL]["status"] == "won"

    def test_the_deal_that_is_left_by_a_merge_is_won_and_waits_for_what_is_on_its_way_to_the_other(
        self, owed: House
    ) -> None:
        owed.pipedrive.add_deal(INTO)
        switch_on(owed, "paid", "win")
        owed.add_intent(WINDOW, state="unknown", asked_at=owed.clock())
        pay(owed)
        owed.pipedrive.change(DEAL, is_deleted=True)

        tell(owed, "delete", merged_to_id=INTO)
        work(owed)

        assert owed.pipedrive.deals[INTO]["status"] == "won"
        assert owed.get(Intent, WINDOW).deal_id == INTO

    def test_two_invoices_paid_at_once_are_told_of_once(self, owed: House) -> None:
        switch_on(owed, "paid", "remind")
        other = owe(owed)
        owed.xero.change(the_invoice(owed, but=other), Status="PAID", AmountDue=0, AmountPaid=230)

        pay(owed, other)
        work(owed)

        assert ended(owed) == [("paid", "done", None)] * 2
        assert len(owed.pipedrive.activities) == 1

    def test_a_draft_is_not_owed(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        draft = owed.add_invoice(Status="DRAFT")

        pay(owed, the_invoice(owed, but=draft))
        work(owed)

        assert owed.pipedrive.deals[DEAL]["status"] == "won"

    @pytest.mark.parametrize(
        ("deal", "reason"),
        [({"status": "lost"}, "deal_lost"), ({"is_archived": True}, "deal_archived")],
    )
    def test_a_deal_that_was_given_up_is_not_changed(self, owed: House, deal: dict[str, Any], reason: str) -> None:
        switch_on(owed, "paid", "win")
        owed.pipedrive.change(DEAL, **deal)

        pay(owed)
        work(owed)

        assert ended(owed) == [("paid", "stopped", reason)]
        assert owed.web.made("PATCH", f"/deals/{DEAL}") == []

    def test_a_deal_that_is_won_already_is_left_as_it_is(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        owed.pipedrive.change(DEAL, status="won", won_time="2026-11-20T10:00:00Z")

        pay(owed)
        work(owed)

        assert (ended(owed), owed.web.made("PATCH", f"/deals/{DEAL}")) == ([("paid", "done", None)], [])

    def test_pipedrive_s_refusal_is_told_in_its_own_words(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        body = b'{"success": false, "error": "Reason for winning is required"}'
        owed.web.trouble("PATCH", f"/deals/{DEAL}", answers(400, body))

        pay(owed)
        work(owed)

        [run] = owed.all(RuleRun)
        assert (run.state, run.reason, run.detail) == ("stopped", "pipedrive_refused", "Reason for winning is required")

    def test_what_was_paid_before_the_rule_was_switched_on_sets_off_nothing(self, owed: House) -> None:
        pay(owed)
        switch_on(owed, "paid", "win")
        owed.clock.advance(hours=1)
        owed.xero.change(the_invoice(owed), Reference="Another")

        refresh_deal(owed.core, person=owed.person(), deal_id=DEAL)
        work(owed)

        assert ended(owed) == []

    def test_our_own_win_and_our_own_move_set_off_nothing(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        switch_on(owed, "won", "draft")
        pay(owed)
        owed.pipedrive.now = "2026-11-22T10:43:00Z"

        work(owed)
        tell(owed, "change", previous={"status": "open"})
        work(owed)

        assert sorted(ended(owed)) == [("paid", "done", None), ("won", "done", None)]
        assert len(owed.xero.invoices) == 1

    def test_news_of_our_own_win_that_overtakes_us_make_no_invoice(self, owed: House) -> None:
        switch_on(owed, "paid", "win")
        switch_on(owed, "won", "draft")
        switch_on(owed, "stage", "draft", STAGE)
        pay(owed)
        owed.pipedrive.change(DEAL, status="won", won_time="2026-11-22T10:42:40Z")

        tell(owed, "change", previous={"status": "open"})
        work(owed)

        assert sorted(ended(owed)) == [("paid", "done", None), ("won", "stopped", "live_invoice")]
        assert len(owed.xero.invoices) == 1


class TestActivities:
    @pytest.mark.parametrize("lost", [lost_after, lost_before])
    def test_a_lost_answer_is_looked_for_and_there_is_one_activity(self, owed: House, lost: Any) -> None:
        switch_on(owed, "paid", "remind")
        owed.web.trouble("POST", "/activities", lost)
        pay(owed)

        work(owed)
        owed.clock.advance(minutes=1)
        work(owed)

        assert (ended(owed), len(owed.pipedrive.activities)) == ([("paid", "done", None)], 1)

    def test_a_worker_killed_after_the_activity_was_added_leaves_a_run_that_finds_it(self, owed: House) -> None:
        switch_on(owed, "paid", "remind")
        pay(owed)
        work(owed)
        [run] = owed.all(RuleRun)
        owed.set(RuleRun, run.run_key, state="running", due_at=owed.clock(), ended_at=None)

        work(owed)

        assert (ended(owed), len(owed.pipedrive.activities)) == ([("paid", "done", None)], 1)

    def test_an_owner_who_reads_french_is_written_to_in_french(self, owed: House) -> None:
        owed.add_user(77, language="fr", locale="fr_FR")
        owed.pipedrive.change(DEAL, owner_id=77)
        switch_on(owed, "paid", "remind")

        pay(owed)
        work(owed)

        [activity] = owed.pipedrive.activities
        assert activity["subject"] == "La facture INV-1 est payée"
        assert "ont été payés." in activity["note"]
