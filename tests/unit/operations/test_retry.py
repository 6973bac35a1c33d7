"""What failed or waits is on the deal, and Retry has a worker try it again at once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from sync.domain.problems import Problem, ProblemKind
from sync.errors import Anticipated, ErrorCode
from sync.operations.outcome import Outcome
from sync.operations.panel import show_panel
from sync.operations.retry import retry_asked, retry_rule, retry_work
from sync.operations.work_off import work_off
from sync.store.accounts import Connection, Organisation
from sync.store.company import Company
from sync.store.inbox import Event
from sync.store.invoices import DealRow, Intent, InvoiceRecord
from sync.store.rules import RuleRun
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import COLLEAGUE, COMPANY, DEAL, ORGANISATION, House
from tests.unit.fakes.rules import STAGE, switch_on

INTENT = "11111111-0000-4000-8000-000000000001"


@pytest.fixture
def able(home: House) -> House:
    """A house where everything may be done in Xero."""
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=home.xero.actions)
    return home


def test_a_deal_on_which_all_is_well_costs_no_further_question(home: House) -> None:
    home.add_invoice()
    asked: list[str] = []
    event.listen(home.core.database.engine, "before_cursor_execute", lambda *args: asked.append(str(args[2])))

    assert problems(home) == ()

    assert not [statement for statement in asked if statement.startswith(("SELECT event", "SELECT rule_run"))]


def test_news_that_was_set_aside_is_told_until_it_was_taken_in(home: House) -> None:
    invoice_id = home.add_invoice(Status="PAID")
    set_aside(home, invoice_id)
    [problem] = problems(home)
    assert (problem.code, problem.invoice_key, problem.kind) == (ErrorCode.NEWS_UNREAD, invoice_id, ProblemKind.NEWS)
    assert (problem.since, problem.can_retry) == (home.all(Event)[0].received_at, True)

    assert again(home, ProblemKind.NEWS) is Outcome.DONE
    [problem] = problems(home)
    assert (problem.is_tried, problem.can_retry) == (True, False)
    assert home.waker.wakes == 1

    work_off(home.core)
    assert problems(home) == ()
    assert home.get(InvoiceRecord, ORGANISATION, invoice_id).status == "PAID"


def test_news_that_fails_again_is_set_aside_at_once_and_says_so(home: House) -> None:
    set_aside(home, home.add_invoice())
    home.web.trouble("GET", "/Invoices", answers(400), times=20)

    again(home, ProblemKind.NEWS)
    work_off(home.core)

    assert home.event_states() == ["set_aside"]
    assert [problem.can_retry for problem in problems(home)] == [True]


def test_news_that_something_newer_has_overtaken_is_no_problem(home: House) -> None:
    invoice_id = home.add_invoice()
    set_aside(home, invoice_id)

    home.set(InvoiceRecord, ORGANISATION, invoice_id, fetched_at=home.clock())

    assert problems(home) == ()


def test_the_news_of_other_deals_and_companies_is_left_alone(home: House) -> None:
    home.add_deal(43)
    set_aside(home, home.add_invoice(deal_id=43))

    assert again(home, ProblemKind.NEWS) is Outcome.UNCHANGED

    assert home.event_states() == ["set_aside"]
    assert problems(home) == ()


def test_fields_that_were_not_written_are_written_on_retry(home: House) -> None:
    home.add_fields("status")
    home.add_invoice()
    failed = {"problem_code": "no_access_to_deal", "problem_since": home.clock(), "due_at": None, "tries": 3}
    home.set(DealRow, COMPANY, DEAL, **failed)
    [problem] = problems(home)
    assert (problem.kind, problem.can_retry) == (ProblemKind.FIELDS, True)

    assert again(home, ProblemKind.FIELDS) is Outcome.DONE
    assert [problem.is_tried for problem in problems(home)] == [True]

    work_off(home.core)
    assert problems(home) == ()


@pytest.mark.parametrize(("seconds", "is_said"), [(30, False), (150, True)])
def test_what_mends_itself_in_a_moment_worries_nobody(home: House, seconds: int, *, is_said: bool) -> None:
    home.set(DealRow, COMPANY, DEAL, problem_code="pipedrive_busy", problem_since=home.clock())

    home.clock.advance(seconds=seconds)

    assert bool(problems(home)) is is_said


def test_who_has_nothing_to_retry_changes_nothing(home: House) -> None:
    assert [again(home, what) for what in (ProblemKind.FIELDS, ProblemKind.ASKED)] == [Outcome.UNCHANGED] * 2
    assert home.get(DealRow, COMPANY, DEAL).due_at is None


def test_a_limit_that_lasts_is_told_with_its_end_and_no_retry(home: House) -> None:
    home.add_invoice()
    until = home.clock() + timedelta(hours=3)
    home.set(Organisation, ORGANISATION, parked_until=until)

    [problem] = problems(home)

    assert (problem.kind, problem.code, problem.until) == (ProblemKind.REST, ErrorCode.XERO_BUSY, until)
    assert not problem.can_retry


def test_a_limit_of_a_minute_is_not_worth_a_word(home: House) -> None:
    home.add_invoice()
    home.set(Organisation, ORGANISATION, parked_until=home.clock() + timedelta(seconds=59))

    assert problems(home) == ()


@pytest.mark.parametrize(("due_at", "is_said"), [("now", True), (None, False)])
def test_pipedrive_s_limit_is_told_where_the_deal_waits_for_it(
    home: House, due_at: str | None, *, is_said: bool
) -> None:
    until = home.clock() + timedelta(hours=3)
    home.set(Company, COMPANY, parked_until=until)
    home.set(DealRow, COMPANY, DEAL, due_at=home.clock() if due_at else None)

    found = [(problem.code, problem.until) for problem in problems(home)]

    assert found == ([(ErrorCode.PIPEDRIVE_BUSY, until)] if is_said else [])


def test_a_lost_answer_is_looked_for_at_once_on_retry(able: House) -> None:
    invoice_id = lost_approval(able)
    [problem] = problems(able)
    assert (problem.code, problem.can_retry) == (ErrorCode.CHANGE_UNKNOWN, True)

    assert again(able, ProblemKind.ASKED) is Outcome.DONE
    assert [problem.is_tried for problem in problems(able)] == [True]

    able.xero.change(invoice_id, Status="AUTHORISED")
    work_off(able.core)
    assert problems(able) == ()
    assert able.get(Intent, INTENT).state == "done"


def test_what_a_worker_has_in_hand_is_not_hurried(able: House) -> None:
    lost_approval(able, due_in=80)

    assert [(problem.can_retry, problem.is_tried) for problem in problems(able)] == [(False, False)]
    assert again(able, ProblemKind.ASKED) is Outcome.UNCHANGED


def test_who_may_not_approve_may_not_hurry_an_approval(able: House) -> None:
    lost_approval(able)
    colleague = able.add_user(COLLEAGUE)

    with pytest.raises(Anticipated) as caught:
        retry_asked(able.core, person=colleague, deal_id=DEAL)

    assert caught.value.code is ErrorCode.NOT_ALLOWED


def test_each_invoice_has_its_own_problem(able: House) -> None:
    first, second = able.add_invoice(), able.add_invoice()
    for place, invoice_id in enumerate((first, second)):
        lost: dict[str, Any] = {"kind": "email", "state": "unknown", "error_code": "email_unknown"}
        key = f"11111111-0000-4000-8000-00000000000{place}"
        able.add_intent(key, invoice_id=invoice_id, asked_at=able.clock(), **lost)

    assert {problem.invoice_key for problem in problems(able)} == {first, second}


def test_a_rule_that_stopped_is_on_its_deal_and_tried_again(home: House) -> None:
    stopped = {"company_id": COMPANY, "rule": "stage", "cause": "x", "deal_id": DEAL, "state": "stopped"}
    when = {"created_at": home.clock(), "ended_at": home.clock(), "reason": "no_customer"}
    switch_on(home, "stage", "draft", STAGE)
    home.add(RuleRun(run_key=INTENT, **stopped, **when))
    [problem] = problems(home)
    assert (problem.kind, problem.code, problem.rule) == (ProblemKind.RULE, ErrorCode.NO_CUSTOMER, "stage")
    home.add_deal(43)

    assert retry_rule(home.core, person=home.person(), deal_id=43, run_key=INTENT) is Outcome.UNCHANGED
    with capture_logs() as lines:
        assert retry_rule(home.core, person=home.person(), deal_id=DEAL, run_key=INTENT) is Outcome.DONE

    assert [(line["what"], line["deal_id"]) for line in lines if line["event"] == "retried"] == [("rule", DEAL)]
    assert problems(home) == ()
    assert (home.get(RuleRun, INTENT).state, home.get(RuleRun, INTENT).due_at) == ("pending", home.clock())


def test_a_rule_that_waits_says_so_after_a_moment(home: House) -> None:
    until = home.clock() + timedelta(minutes=18)
    waiting = {"company_id": COMPANY, "rule": "won", "cause": "x", "deal_id": DEAL, "reason": "install_lapsed"}
    home.add(RuleRun(run_key=INTENT, state="pending", created_at=home.clock(), due_at=until, **waiting))
    assert problems(home) == ()
    home.clock.advance(minutes=3)

    [problem] = problems(home)

    assert (problem.kind, problem.rule, problem.until) == (ProblemKind.REST, "won", until)
    assert (problem.code, problem.can_retry) == (ErrorCode.INSTALL_LAPSED, False)


def test_a_create_of_a_rule_that_was_given_up_is_told_of_once(home: House) -> None:
    failed = {"state": "failed", "error_code": "not_made", "asked_at": home.clock(), "rule": "stage"}
    home.add_intent(INTENT, **failed)
    stopped = {"company_id": COMPANY, "rule": "stage", "cause": "x", "deal_id": DEAL, "state": "stopped"}
    when = {"created_at": home.clock(), "ended_at": home.clock(), "reason": "not_made"}
    switch_on(home, "stage", "draft", STAGE)
    home.add(RuleRun(run_key=INTENT, **stopped, **when))

    assert [problem.kind for problem in problems(home)] == [ProblemKind.RULE]


def problems(home: House) -> tuple[Problem, ...]:
    """What the panel says is the matter."""
    return show_panel(home.core, person=home.person(), deal_id=DEAL).problems


def again(home: House, what: ProblemKind) -> Outcome:
    """Press Retry."""
    if what is ProblemKind.ASKED:
        return retry_asked(home.core, person=home.person(), deal_id=DEAL)
    return retry_work(home.core, person=home.person(), deal_id=DEAL, what=what)


def set_aside(home: House, invoice_id: str) -> None:
    """Let an event of an invoice be set aside after its tries."""
    home.clock.advance(seconds=1)
    home.add_events([invoice_id])
    [told] = home.all(Event)
    home.set(Event, told.event_id, state="set_aside", tries=8, reason="Unreadable: GET /Invoices")
    home.clock.advance(seconds=1)


def lost_approval(home: House, *, due_in: int = 3000) -> str:
    """An approval whose answer was lost, that is looked for much later."""
    invoice_id = home.add_invoice(Status="DRAFT")
    home.set(InvoiceRecord, ORGANISATION, invoice_id, status="DRAFT")
    asked = {"kind": "approve", "state": "unknown", "invoice_id": invoice_id, "error_code": "change_unknown"}
    when = {"asked_at": home.clock(), "first_sent_at": home.clock(), "due_at": home.clock() + timedelta(seconds=due_in)}
    home.add_intent(INTENT, body=b"{}", attempt=1, **asked, **when)
    return invoice_id
