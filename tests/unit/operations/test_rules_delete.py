"""A deal that is lost or deleted has its drafts deleted: only where that is certain, and nothing but drafts."""

from typing import Any

import pytest

from sync.store.inbox import Event
from sync.store.invoices import DealRow, InvoiceRecord
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import answers, lost_after, meanwhile
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import ended, switch_on, tell, work

INTO = 43
LOST_AT = "2026-11-22T10:42:30Z"


@pytest.fixture
def drafted(home: House) -> House:
    """A house whose deal has a draft, and whose rules about drafts are on."""
    home.keep_tokens_good()
    home.add_invoice(Status="DRAFT", AmountDue=0)
    switch_on(home, "lost", "delete_drafts")
    switch_on(home, "deleted", "delete_drafts")
    return home


def test_a_lost_deal_s_draft_is_deleted(drafted: House) -> None:
    lose(drafted)
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("lost", "done", None)], ["DELETED"])
    [told] = [one for one in drafted.all(Happening) if one.verb == "deleted"]
    assert (told.rule, told.side, told.user_id) == ("lost", "instep", None)


@pytest.mark.parametrize("status", ["SUBMITTED", "AUTHORISED", "PAID", "VOIDED"])
def test_what_is_no_draft_any_more_in_xero_is_left_alone(drafted: House, status: str) -> None:
    [invoice_id] = drafted.xero.invoices
    drafted.xero.change(invoice_id, Status=status)

    lose(drafted)
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("lost", "done", None)], [status])


def test_a_deal_that_was_reopened_keeps_its_draft(drafted: House) -> None:
    lose(drafted)
    drafted.pipedrive.change(DEAL, status="open", lost_time=None)

    work(drafted)

    assert in_xero(drafted) == ["DRAFT"]


def test_a_lost_deal_on_which_nothing_hangs_is_nothing_to_do(drafted: House) -> None:
    drafted.pipedrive.add_deal(INTO)
    lose(drafted, INTO)

    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("lost", "done", None)], ["DRAFT"])


def test_a_draft_that_is_just_being_made_is_waited_for(drafted: House) -> None:
    drafted.add_intent("11111111-0000-4000-8000-000000000001", state="sending", due_at=drafted.clock())

    lose(drafted)
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("lost", "pending", "in_progress")], ["DRAFT"])


def test_a_deletion_that_was_said_and_confirmed_deletes_the_draft(drafted: House) -> None:
    delete(drafted)
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("deleted", "done", None)], ["DELETED"])


def test_a_merged_deal_s_draft_lives_on_with_the_other(drafted: House) -> None:
    drafted.pipedrive.add_deal(INTO)
    drafted.pipedrive.change(DEAL, is_deleted=True)

    tell(drafted, "delete", previous={"id": DEAL}, merged_to_id=str(INTO))
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([], ["DRAFT"])


def test_a_merge_of_which_the_survivor_spoke_first_deletes_nothing_either(drafted: House) -> None:
    drafted.pipedrive.add_deal(INTO)
    drafted.pipedrive.change(DEAL, is_deleted=True)

    tell(drafted, "change", INTO, previous={}, merged_from_id=str(DEAL))
    tell(drafted, "delete", previous={"id": DEAL})
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([], ["DRAFT"])


@pytest.mark.parametrize("status", [403, 404])
def test_a_deal_that_we_may_not_see_any_more_keeps_its_draft(drafted: House, status: int) -> None:
    drafted.web.trouble("GET", f"/deals/{DEAL}", answers(status, b'{"success": false}'), times=2)

    tell(drafted, "delete", previous={"id": DEAL})
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([], ["DRAFT"])


def test_a_deletion_that_pipedrive_does_not_confirm_deletes_nothing(drafted: House) -> None:
    tell(drafted, "delete", previous={"id": DEAL})
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([], ["DRAFT"])
    assert drafted.get(DealRow, COMPANY, DEAL).is_deleted is False


def test_a_deleted_deal_that_nobody_spoke_of_deletes_nothing(drafted: House) -> None:
    drafted.pipedrive.change(DEAL, is_deleted=True)

    tell(drafted, "change", previous={"title": "Old"})
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([], ["DRAFT"])


def test_a_deal_restored_before_the_rule_came_to_it_keeps_its_draft(drafted: House) -> None:
    delete(drafted)
    drafted.pipedrive.change(DEAL, is_deleted=False)

    work(drafted)

    assert in_xero(drafted) == ["DRAFT"]


def test_the_same_deletion_told_twice_is_one_cause(drafted: House) -> None:
    delete(drafted)
    delete(drafted)
    work(drafted)

    assert ended(drafted) == [("deleted", "done", None)]


def test_a_lost_answer_is_looked_into_and_the_run_ends(drafted: House) -> None:
    [invoice_id] = drafted.xero.invoices
    drafted.web.trouble("POST", invoice_id, lost_after)

    lose(drafted)
    work(drafted)

    assert (ended(drafted), in_xero(drafted)) == ([("lost", "done", None)], ["DELETED"])


def test_a_draft_submitted_between_the_look_and_the_deed_is_told_of(drafted: House) -> None:
    [invoice_id] = drafted.xero.invoices
    body = b'{"Elements": [{"ValidationErrors": [{"Message": "Not of valid status."}]}], "ErrorNumber": 10}'
    drafted.web.trouble("POST", invoice_id, answers(400, body))
    drafted.web.trouble("GET", "/Invoices", meanwhile(lambda: drafted.xero.change(invoice_id, Status="AUTHORISED")))

    lose(drafted)
    work(drafted)

    assert ended(drafted) == [("lost", "stopped", "wrong_status")]


def test_a_rule_that_is_off_deletes_nothing(home: House) -> None:
    home.keep_tokens_good()
    home.add_invoice(Status="DRAFT")
    lose(home)
    delete(home)
    work(home)

    assert (home.all(RuleRun), in_xero(home)) == ([], ["DRAFT"])
    assert {event.state for event in home.all(Event)} == {"done"}
    assert home.all(InvoiceRecord)[0].organisation_id == ORGANISATION


def lose(home: House, deal_id: int = DEAL) -> None:
    """Somebody marks the deal as lost in Pipedrive."""
    home.pipedrive.change(deal_id, status="lost", lost_time=LOST_AT)
    tell(home, "change", deal_id, previous={"status": "open"})


def delete(home: House, **meta: Any) -> None:
    """Somebody deletes the deal in Pipedrive."""
    home.pipedrive.change(DEAL, is_deleted=True)
    tell(home, "delete", previous={"id": DEAL}, **meta)


def in_xero(home: House) -> list[str]:
    """The invoices' statuses in Xero."""
    return [str(one["Status"]) for one in home.xero.invoices.values()]
