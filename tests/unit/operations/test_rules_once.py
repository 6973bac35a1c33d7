"""Once for a cause: whoever is killed when, whoever else is at it, in whatever order the news comes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.errors import Anticipated, ErrorCode
from sync.operations.draft_invoice import draft_invoice
from sync.operations.refresh_invoices import refresh_deal
from sync.operations.run_rules import run_rules
from sync.operations.send_intent import settle_intents
from sync.store.accounts import Connection
from sync.store.rules import RuleRun
from sync.store.timeline import Happening
from tests.unit.fakes.core import meanwhile
from tests.unit.fakes.house import COMPANY, DEAL, House, a_request
from tests.unit.fakes.rules import STAGE, WON_AT, ended, make_ready, switch_on, tell, win, work

WINDOW = "11111111-0000-4000-8000-000000000001"


class Killed(BaseException):
    """The worker is gone at this instruction: nothing after it is done, nothing is tidied up."""


def before(_handle: Callable[[], object]) -> Any:
    """Die before the vendor hears of it."""
    raise Killed


def after(handle: Callable[[], object]) -> Any:
    """Die after the vendor has done it."""
    handle()
    raise Killed


@pytest.fixture
def ready(home: House) -> House:
    """A house whose deal only waits to be won, and then its invoice is drawn up and approved."""
    make_ready(home)
    switch_on(home, "won", "approve")
    return home


@pytest.mark.parametrize("die", [before, after])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/deals/{DEAL}"),
        ("GET", f"/deals/{DEAL}/products"),
        ("GET", "/Organisation/Actions"),
        ("GET", "/Contacts"),
        ("PUT", "/Invoices"),
        ("POST", ""),
    ],
)
def test_a_worker_killed_at_any_call_leaves_one_approved_invoice(
    ready: House, method: str, path: str, die: Any
) -> None:
    win(ready)
    ready.web.trouble(method, path, die)

    with pytest.raises(Killed):
        work(ready)
    for _ in range(4):
        ready.clock.advance(minutes=3)
        settle_intents(ready.core)
        work(ready)

    assert [one["Status"] for one in ready.xero.invoices.values()] == ["AUTHORISED"]
    assert ended(ready) == [("won", "done", None)]


def test_the_rehearsal_above_meets_every_call_there_is(ready: House) -> None:
    win(ready)
    ready.web.calls.clear()

    work(ready)

    asked = {(call.method, urlsplit(call.url).path.rsplit("/", 1)[-1]) for call in ready.web.calls}
    writes = {call.method for call in ready.web.calls} - {"GET"}
    assert {("PUT", "Invoices"), ("GET", "products"), ("GET", "Contacts")} <= asked
    assert writes == {"PUT", "POST"}


def test_two_workers_and_two_rules_make_one_invoice(ready: House) -> None:
    switch_on(ready, "stage", "draft", STAGE)
    ready.pipedrive.change(DEAL, stage_id=STAGE, stage_change_time=WON_AT)
    win(ready)
    assert len(ready.all(RuleRun)) == 2

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(run_rules, ready.core, company_id=COMPANY) for _ in range(2)]:
            one.result()
    ready.clock.advance(minutes=1)
    work(ready)

    assert len(ready.xero.invoices) == 1
    assert sorted(state for _, state, _ in ended(ready)) == ["done", "stopped"]


def test_news_that_come_twice_at_once_are_one_cause(ready: House) -> None:
    ready.pipedrive.change(DEAL, status="won", won_time=WON_AT)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(tell, ready, "change", previous={"status": "open"}) for _ in range(2)]:
            one.result()
    tell(ready, "change", previous={"status": "open"})

    assert len(ready.all(RuleRun)) == 1


def test_a_person_who_makes_the_invoice_while_the_rule_draws_it_up_has_the_only_one(ready: House) -> None:
    let_everything_be_done(ready)
    ready.add_intent(WINDOW)
    win(ready)
    ready.web.trouble("GET", "/Contacts", meanwhile(partial(make_by_hand, ready)))

    work(ready)

    assert len(ready.xero.invoices) == 1
    assert ended(ready) == [("won", "stopped", "live_invoice")]


def test_a_person_who_comes_while_the_rule_s_is_on_its_way_is_told_so(ready: House) -> None:
    let_everything_be_done(ready)
    ready.add_intent(WINDOW)
    win(ready)
    refusals: list[ErrorCode] = []

    def come_too_late() -> None:
        with pytest.raises(Anticipated) as err:
            make_by_hand(ready)
        refusals.append(err.value.code)

    ready.web.trouble("PUT", "/Invoices", meanwhile(come_too_late))
    work(ready)

    assert (refusals, len(ready.xero.invoices)) == ([ErrorCode.IN_PROGRESS], 1)
    assert ended(ready) == [("won", "done", None)]


def test_an_invoice_paid_unpaid_and_paid_again_marks_the_deal_once(ready: House) -> None:
    switch_on(ready, "paid", "win")
    invoice_id = ready.add_invoice(Status="AUTHORISED", AmountDue=230, AmountPaid=0, Total=230)
    for status in ("PAID", "AUTHORISED", "PAID"):
        ready.clock.advance(minutes=1)
        ready.xero.change(invoice_id, Status=status)
        refresh_deal(ready.core, person=ready.person(), deal_id=DEAL)
        work(ready)

    # A payment after one that bounced is another cause; the deal is won already, and our own win sets off nothing.
    assert sorted(ended(ready)) == [("paid", "done", None), ("paid", "done", None), ("won", "done", None)]
    assert [one.verb for one in ready.all(Happening) if one.rule] == ["deal_won"]


def test_a_defect_that_one_deal_brings_out_holds_up_no_other_and_is_given_up_in_the_end(ready: House) -> None:
    def defect(_handle: object) -> Any:
        raise ZeroDivisionError

    ready.pipedrive.deals[77] = ready.pipedrive.deals[DEAL] | {"id": 77}
    ready.pipedrive.products[77] = ready.pipedrive.products[DEAL]
    win(ready)
    win(ready, 77)
    ready.web.trouble("GET", f"/deals/{DEAL}/products", defect, times=20)

    work(ready)
    for _ in range(11):
        ready.clock.advance(hours=2)
        ready.keep_tokens_good()
        run_rules(ready.core, company_id=COMPANY)

    assert sorted((run.deal_id, run.state, run.reason) for run in ready.all(RuleRun)) == [
        (DEAL, "failed", "rule_failed"),
        (77, "done", None),
    ]


def make_by_hand(house: House) -> None:
    """A person sends the invoice window."""
    draft_invoice(house.core, person=house.person(), deal_id=DEAL, request=a_request(WINDOW))


def let_everything_be_done(house: House) -> None:
    """Xero has said before what may be done."""
    [connection] = house.all(Connection)
    house.set(Connection, connection.key, actions=house.xero.actions, actions_at=house.clock())
