"""What has become of a deal's invoices is written into its fields: one call a deal, and only what changed."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sync.clients.failures import RateLimited
from sync.clients.transport import Response
from sync.errors import ErrorCode
from sync.operations.deals import mark_deal_due
from sync.operations.lease import LeaseLost, hold_company
from sync.operations.outcome import Outcome
from sync.operations.push_deals import companies_with_due_deals, push_deals
from sync.operations.uninstall import uninstall
from sync.store.company import Company, Installation
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.core import Trouble, answers, away, defect, lost_after, meanwhile
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, ORGANISATION, House


@pytest.fixture
def invoice_id(home: House) -> str:
    """A house whose deal has fields, an invoice, and something to write."""
    home.add_fields("status", "number", "due")
    made = home.add_invoice()
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock(), revision=1)
    return made


def test_everything_is_written_the_first_time_with_one_call(home: House, invoice_id: str) -> None:
    assert push(home) is Outcome.DONE

    assert written(home) == [{"code-status": 1, "code-number": "INV-1", "code-due": {"value": 0, "currency": "NZD"}}]
    assert deal(home).due_at is None


def test_only_what_changed_is_written(home: House, invoice_id: str) -> None:
    push(home)
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="SUBMITTED")
    make_due(home)

    push(home)

    assert written(home)[1:] == [{"code-status": 2}]


def test_nothing_is_called_when_nothing_changed(home: House, invoice_id: str) -> None:
    push(home)
    make_due(home)

    push(home)

    assert len(written(home)) == 1
    assert deal(home).due_at is None


def test_nothing_is_due_where_nothing_was_marked(home: House) -> None:
    home.add_fields("status")

    assert push(home) is Outcome.UNCHANGED
    assert companies_with_due_deals(home.core) == []


def test_a_deleted_deal_is_not_written_to(home: House, invoice_id: str) -> None:
    home.set(DealRow, COMPANY, DEAL, is_deleted=True)

    push(home)

    assert home.web.calls == []
    assert deal(home).due_at is None


def test_a_mark_that_is_made_while_we_write_keeps_the_deal_due(home: House, invoice_id: str) -> None:
    def another_payment() -> None:
        with home.core.database.writing() as session:
            mark_deal_due(session.get_one(DealRow, (COMPANY, DEAL)), now=home.clock())

    home.web.trouble("PATCH", f"/deals/{DEAL}", meanwhile(another_payment))

    push(home)

    assert deal(home).due_at == home.clock()
    assert deal(home).written["code-status"] == 1


def test_a_429_parks_the_company_and_says_nothing_of_its_deals(home: House, invoice_id: str) -> None:
    others = range(100, 110)
    for number in others:
        home.add_deal(number, due_at=home.clock(), written={"code-status": 1})
    home.web.trouble("PATCH", f"/deals/{DEAL}", answers(429, retry_after="20"))

    assert push(home) is Outcome.IGNORED

    # What was under way at the same time, and no more.
    assert len(home.web.calls) == 5
    row = home.get(Company, COMPANY)
    assert (row.parked_until, row.parked_reason) == (home.clock() + timedelta(seconds=20), "")
    assert (deal(home).due_at, deal(home).problem_code) == (home.clock(), None)
    assert companies_with_due_deals(home.core) == []
    home.clock.advance(seconds=20)
    assert companies_with_due_deals(home.core) == [COMPANY]


def test_a_limit_that_is_over_in_a_moment_is_not_written_down(home: House, invoice_id: str) -> None:
    def full(_handle: object) -> Response:
        raise RateLimited(ErrorCode.PIPEDRIVE_BUSY, retry_after=0.3, problem="burst")

    home.web.trouble("PATCH", f"/deals/{DEAL}", full)

    with pytest.raises(RateLimited):
        push(home)

    assert home.get(Company, COMPANY).parked_until is None
    assert (deal(home).due_at, deal(home).problem_code, deal(home).tries) == (home.clock(), None, 0)
    push(home)
    assert deal(home).due_at is None


def test_several_deals_are_written_at_once_and_a_turn_has_an_end(home: House, invoice_id: str) -> None:
    for number in range(100, 140):
        home.add_deal(number, due_at=home.clock() + timedelta(seconds=1), written={"code-status": 1})
    home.clock.advance(seconds=1)
    together = threading.Barrier(5, timeout=20)

    def wait(handle: Callable[[], Response]) -> Response:
        together.wait()
        return handle()

    for number in (DEAL, 100, 101, 102, 103):
        home.web.trouble("PATCH", f"/deals/{number}", wait)

    push(home)

    assert len(home.web.calls) == 25
    push(home)
    assert len(home.web.calls) == 41
    assert companies_with_due_deals(home.core) == []


def test_a_value_of_which_the_answer_was_lost_is_written_again_though_it_went_back(
    home: House, invoice_id: str
) -> None:
    push(home)
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="SUBMITTED")
    make_due(home)
    home.web.trouble("PATCH", f"/deals/{DEAL}", lost_after)
    push(home)
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="DRAFT")
    make_due(home)

    push(home)

    assert home.pipedrive.deals[DEAL]["custom_fields"]["code-status"] == 1


def test_whoever_lost_the_lease_has_the_deal_written_again(home: House, invoice_id: str) -> None:
    """The slow worker's older value lands after the newer one, and before that one is noted."""

    def newer_first(handle: Callable[[], Response]) -> Response:
        home.clock.advance(seconds=7)
        home.set(InvoiceRecord, ORGANISATION, invoice_id, status="PAID")
        make_due(home)

        def older_lands(handle_newer: Callable[[], Response]) -> Response:
            answer = handle_newer()
            handle()
            return answer

        home.web.trouble("PATCH", f"/deals/{DEAL}", older_lands)
        push(home)
        return Response(200, {}, b'{"success": true, "data": {}}')

    home.web.trouble("PATCH", f"/deals/{DEAL}", newer_first)
    with pytest.raises(LeaseLost):
        push(home)

    push(home)

    assert home.pipedrive.deals[DEAL]["custom_fields"]["code-status"] == 4
    assert deal(home).due_at is None


@pytest.mark.parametrize("status", [404, 403])
def test_a_deal_that_is_out_of_reach_is_not_tried_again_and_says_so(home: House, invoice_id: str, status: int) -> None:
    home.web.trouble("PATCH", f"/deals/{DEAL}", answers(status))

    push(home)

    assert (deal(home).due_at, deal(home).problem_code) == (None, "no_access_to_deal")
    assert deal(home).problem_since == home.clock()


def test_a_mark_that_is_made_while_pipedrive_refuses_stands(home: House, invoice_id: str) -> None:
    def gone_and_restored(_handle: object) -> Response:
        make_due(home)
        return Response(404, {}, b"{}")

    home.web.trouble("PATCH", f"/deals/{DEAL}", gone_and_restored)

    push(home)

    assert companies_with_due_deals(home.core) == [COMPANY]


def test_a_deal_that_one_acting_user_may_not_see_is_written_by_the_next(home: House, invoice_id: str) -> None:
    home.add_user(COLLEAGUE)
    home.web.trouble("PATCH", f"/deals/{DEAL}", answers(403))
    push(home)
    assert deal(home).due_at is None

    uninstall(home.core, company_id=COMPANY, user_id=ADMIN, at=home.clock())
    push(home)

    assert (deal(home).problem_code, len(written(home))) == (None, 2)


def test_a_defect_of_ours_at_one_deal_holds_up_no_other(home: House, invoice_id: str) -> None:
    home.add_deal(43)
    home.add_invoice(43)
    home.set(DealRow, COMPANY, 43, due_at=home.clock())
    home.web.trouble("PATCH", f"/deals/{DEAL}", defect)

    push(home)

    assert home.web.made("PATCH", "/deals/43") != []
    assert home.get(DealRow, COMPANY, 43).due_at is None
    assert (deal(home).problem_code, deal(home).tries) == ("pipedrive_refused", 1)


@pytest.mark.parametrize("trouble", [away, answers(500), answers(400, b'{"error": "Field is gone"}')])
def test_what_trying_again_may_mend_is_tried_again_later_and_later(
    home: House, invoice_id: str, trouble: Trouble
) -> None:
    home.web.trouble("PATCH", f"/deals/{DEAL}", trouble, times=3)
    since, waits = home.clock(), []
    for _ in range(3):
        push(home)
        due_at = deal(home).due_at
        assert due_at is not None
        waits.append((due_at - home.clock()).total_seconds())
        home.clock.moment = due_at
    assert waits == [2, 4, 8]
    assert deal(home).problem_since == since

    push(home)

    assert (deal(home).due_at, deal(home).problem_code, deal(home).tries) == (None, None, 0)


def test_a_field_that_pipedrive_refuses_has_the_company_looked_after(home: House, invoice_id: str) -> None:
    home.web.trouble("PATCH", f"/deals/{DEAL}", answers(400, b'{"error": "Field is gone"}'))

    push(home)

    assert (deal(home).problem_code, deal(home).problem_detail) == ("pipedrive_refused", "Field is gone")
    assert home.get(Company, COMPANY).tend_due_at == home.clock()


def test_a_lapsed_user_s_deals_wait_until_somebody_else_acts(home: House, invoice_id: str) -> None:
    home.set(Installation, COMPANY, ADMIN, state="lapsed")

    assert push(home) is Outcome.IGNORED

    assert deal(home).problem_code == "install_lapsed"
    assert home.get(Company, COMPANY).tend_due_at == home.clock()
    assert companies_with_due_deals(home.core) == []


def test_where_nobody_is_left_to_act_the_deal_says_so_and_nobody_is_woken(home: House, invoice_id: str) -> None:
    home.set(Company, COMPANY, acting_user_id=None)

    push(home)

    assert deal(home).problem_code == "install_lapsed"
    assert companies_with_due_deals(home.core) == []


def test_before_the_fields_are_there_a_deal_waits_for_them(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())

    push(home)

    assert home.web.calls == []
    assert companies_with_due_deals(home.core) == []
    home.clock.advance(seconds=5)
    assert companies_with_due_deals(home.core) == [COMPANY]


def test_where_the_plan_allows_no_fields_a_deal_waits_for_the_next_look_at_the_company(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock())
    home.set(Company, COMPANY, tend_due_at=home.clock() + timedelta(days=1))

    push(home)

    assert deal(home).due_at == home.clock() + timedelta(days=1, seconds=5)


def test_a_company_that_another_worker_holds_is_passed_over(home: House, invoice_id: str) -> None:
    with hold_company(home.core, company_id=COMPANY):
        assert push(home) is Outcome.HELD

    assert home.web.calls == []


def push(home: House) -> Outcome:
    """Write the company's due deals."""
    return push_deals(home.core, company_id=COMPANY)


def deal(home: House) -> DealRow:
    """The deal as it is now."""
    return home.get(DealRow, COMPANY, DEAL)


def make_due(home: House) -> None:
    """Give the deal a reason to be written."""
    with home.core.database.writing() as session:
        mark_deal_due(session.get_one(DealRow, (COMPANY, DEAL)), now=home.clock())


def written(home: House) -> list[dict[str, Any]]:
    """What went into the deal's fields, call by call."""
    bodies = [json.loads(call.body or b"") for call in home.web.made("PATCH", f"/deals/{DEAL}")]
    assert all(body.keys() == {"custom_fields"} for body in bodies)
    return [body["custom_fields"] for body in bodies]
