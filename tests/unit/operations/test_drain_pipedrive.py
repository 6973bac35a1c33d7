"""A renamed, re-owned, merged, deleted or restored deal is followed, and our own writes are not."""

from datetime import timedelta
from typing import Any

import pytest

from sync.operations.drain_pipedrive import drain_company, due_companies
from sync.operations.lease import hold_company
from sync.operations.outcome import Outcome
from sync.store.company import Company
from sync.store.inbox import Event
from sync.store.invoices import DealAccess, DealInvoice, DealRow
from sync.store.rules import RuleRun
from tests.unit.fakes.core import answers, away, defect
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, House
from tests.unit.fakes.rules import switch_on, win

INTO = 43


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"7",
        b"{}",
        b'{"meta": 7}',
        b"{" * 100_000,
        b'{"meta": {"company_id": 1e999, "entity": "deal"}}',
        b'{"meta": {"company_id": 54235233, "entity": "deal", "action": "dance", "entity_id": 42}}',
        b'{"meta": {"company_id": 54235233, "entity": "deal", "action": "delete", "entity_id": 42}}',
    ],
)
def test_a_body_that_cannot_be_read_is_kept_as_it_came_and_marked(house: House, body: bytes) -> None:
    house.deliver("pipedrive", body)

    assert house.delivery_states() == ["unparseable"]


@pytest.mark.parametrize("meta", [{"entity_id": 2**70}, {"id": "a\x00b"}, {"merged_to_id": 2**63}])
def test_a_notice_that_no_database_can_hold_spoils_only_its_own_delivery(home: House, meta: dict[str, Any]) -> None:
    home.deliver("pipedrive", notice("delete", **meta))
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))

    drain(home)

    assert home.delivery_states()[1] == "done"
    assert home.event_states()[-1] == "done"


@pytest.mark.parametrize(
    "content",
    [
        {"meta": {"entity": "person", "company_id": COMPANY, "action": "change", "entity_id": 1}},
        {"meta": {"entity": "deal", "company_id": 404, "action": "change", "entity_id": 1}},
    ],
)
def test_news_of_other_things_and_other_companies_give_no_event(house: House, content: dict[str, Any]) -> None:
    house.deliver("pipedrive", content)

    assert house.delivery_states() == ["done"]
    assert house.all(Event) == []


def test_the_echo_of_our_own_write_gives_no_event(home: House) -> None:
    home.deliver("pipedrive", notice("change", previous={"custom_fields": {"code-status": None}, "update_time": "x"}))

    assert home.all(Event) == []


def test_a_renamed_deal_has_its_new_name_here(home: House) -> None:
    home.pipedrive.change(DEAL, title="New name")
    home.deliver("pipedrive", notice("change", previous={"title": "Deal Title"}))

    assert drain(home) is Outcome.DONE

    assert deal(home).title == "New name"
    assert home.event_states() == ["done"]


def test_a_deal_with_another_owner_is_asked_for_again_before_anybody_sees_it(home: House) -> None:
    home.add(DealAccess(company_id=COMPANY, user_id=ADMIN, deal_id=DEAL, checked_at=home.clock()))
    home.pipedrive.change(DEAL, owner_id=77)
    home.deliver("pipedrive", notice("change", previous={"owner_id": 1}))

    drain(home)

    assert deal(home).owner_id == 77
    assert home.all(DealAccess) == []


def test_a_deal_in_another_currency_has_its_fields_written_anew(home: House) -> None:
    home.pipedrive.change(DEAL, currency="EUR")
    home.deliver("pipedrive", notice("change", previous={"currency": "NZD"}))

    drain(home)

    assert (deal(home).currency, deal(home).due_at) == ("EUR", home.clock())


@pytest.mark.parametrize("first", ["delete", "change"])
def test_a_merged_deal_s_invoices_move_to_the_one_that_is_left(home: House, first: str) -> None:
    invoice_id = home.add_invoice()
    home.pipedrive.add_deal(INTO)
    both = {"delete": notice("delete", merged_to_id=INTO), "change": notice("change", INTO, merged_from_id=DEAL)}
    home.deliver("pipedrive", both.pop(first))
    home.deliver("pipedrive", both.popitem()[1])

    drain(home)

    [link] = home.all(DealInvoice)
    assert (link.deal_id, link.invoice_id) == (INTO, invoice_id)
    assert (deal(home).merged_into, deal(home).is_deleted, deal(home).due_at) == (INTO, True, None)
    assert deal(home, INTO).due_at == home.clock()


def test_a_chain_of_merges_told_in_the_wrong_order_ends_at_the_last_deal(home: House) -> None:
    home.add_invoice()
    home.add_deal(INTO)
    home.pipedrive.add_deal(44)
    home.deliver("pipedrive", notice("delete", INTO, merged_to_id=44))
    home.deliver("pipedrive", notice("delete", merged_to_id=INTO))

    drain(home)

    assert [link.deal_id for link in home.all(DealInvoice)] == [44]
    assert deal(home, 44).due_at == home.clock()


def test_a_deleted_deal_is_known_as_such_once_pipedrive_confirms_it(home: House) -> None:
    home.deliver("pipedrive", notice("delete"))
    drain(home)
    assert not deal(home).is_deleted

    home.pipedrive.change(DEAL, is_deleted=True)
    home.deliver("pipedrive", notice("delete", id="another"))
    drain(home)

    assert deal(home).is_deleted


def test_a_deal_that_comes_back_has_its_fields_written_anew(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, is_deleted=True)
    home.deliver("pipedrive", notice("change", previous={"status": "deleted"}))

    drain(home)

    assert (deal(home).is_deleted, deal(home).due_at) == (False, home.clock())


def test_a_deal_that_the_acting_user_may_not_see_stays_as_it_was(home: House) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", answers(403))
    home.deliver("pipedrive", notice("delete"))

    drain(home)

    assert not deal(home).is_deleted
    assert home.event_states() == ["ignored"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_win_that_nobody_may_look_at_is_kept_until_somebody_can(home: House, status: int) -> None:
    switch_on(home, "won", "draft")
    home.pipedrive.add_deal(INTO)
    home.web.trouble("GET", f"/deals/{INTO}", answers(status))

    win(home, INTO)
    assert [(event.state, event.reason) for event in home.all(Event)] == [("set_aside", "deal_hidden")]
    home.set(Event, home.all(Event)[0].event_id, state="pending")
    drain(home)

    assert [run.deal_id for run in home.all(RuleRun)] == [INTO]


def test_a_deal_without_invoices_of_ours_costs_no_question(home: House) -> None:
    home.deliver("pipedrive", notice("change", 404, previous={"title": "Old"}))

    drain(home)

    assert home.web.calls == []
    assert home.event_states() == ["ignored"]


def test_older_truth_never_overwrites_newer(home: House) -> None:
    home.set(DealRow, COMPANY, DEAL, updated_at=home.clock(), title="Newer")
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))

    drain(home)

    assert deal(home).title == "Newer"


def test_a_pipedrive_that_is_away_for_a_day_loses_no_event(home: House) -> None:
    home.keep_tokens_good()
    home.pipedrive.change(DEAL, title="New name")
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))
    home.web.trouble("GET", f"/deals/{DEAL}", away, times=24)
    for _ in range(24):
        drain(home)
        home.clock.advance(hours=1)
    assert home.event_states() == ["pending"]

    drain(home)

    assert deal(home).title == "New name"


def test_a_429_ends_the_turn_and_parks_the_company(home: House) -> None:
    for title in ("One", "Two"):
        home.deliver("pipedrive", notice("change", previous={"title": title}, id=title))
    home.web.trouble("GET", f"/deals/{DEAL}", answers(429, retry_after="120"))

    assert drain(home) is Outcome.IGNORED

    assert len(home.web.calls) == 1
    assert home.get(Company, COMPANY).parked_until == home.clock() + timedelta(seconds=120)
    assert due_companies(home.core) == []
    home.clock.advance(minutes=2)
    assert due_companies(home.core) == [COMPANY]


def test_an_event_that_fails_for_good_is_set_aside_and_holds_up_no_other(home: House) -> None:
    home.keep_tokens_good()
    home.add_deal(INTO)
    home.deliver("pipedrive", notice("delete", merged_to_id=404))
    home.deliver("pipedrive", notice("change", INTO, previous={"title": "Old"}))

    for _ in range(9):
        drain(home)
        home.clock.advance(minutes=16)

    assert home.event_states() == ["set_aside", "done"]


def test_a_defect_of_ours_at_one_deal_sets_its_events_aside_and_holds_up_no_other(home: House) -> None:
    home.keep_tokens_good()
    home.add_deal(INTO)
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))
    home.deliver("pipedrive", notice("change", INTO, previous={"title": "Old"}))
    home.web.trouble("GET", f"/deals/{DEAL}", defect, times=20)

    for _ in range(9):
        drain(home)
        home.clock.advance(minutes=16)

    assert home.event_states() == ["set_aside", "done"]
    assert home.all(Event)[0].reason == "ZeroDivisionError"


def test_one_turn_asks_for_some_deals_and_leaves_the_others_to_the_next(home: House) -> None:
    for number in range(30):
        home.add_deal(1000 + number)
        home.deliver("pipedrive", notice("change", 1000 + number, previous={"title": "Old"}))

    drain(home)
    assert home.event_states() == ["done"] * 25 + ["pending"] * 5

    drain(home)
    assert set(home.event_states()) == {"done"}


def test_events_wait_while_nobody_can_act_and_go_on_when_somebody_can(home: House) -> None:
    home.keep_tokens_good()
    home.set(Company, COMPANY, acting_user_id=None)
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))
    for _ in range(24):
        drain(home)
        home.clock.advance(hours=1)
    assert home.event_states() == ["pending"]

    home.set(Company, COMPANY, acting_user_id=ADMIN)
    drain(home)

    assert home.event_states() == ["done"]


def test_events_of_a_company_that_has_ended_are_ignored(home: House) -> None:
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))
    home.set(Company, COMPANY, ended_at=home.clock())

    drain(home)

    assert home.event_states() == ["ignored"]


def test_a_company_that_another_worker_holds_is_passed_over(home: House) -> None:
    home.deliver("pipedrive", notice("change", previous={"title": "Old"}))
    with hold_company(home.core, company_id=COMPANY):
        assert drain(home) is Outcome.HELD

    assert home.event_states() == ["pending"]


def notice(action: str, deal_id: int = DEAL, *, previous: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
    """A webhook of version 2; `previous` names what has changed."""
    standing = {"action": action, "entity": "deal", "company_id": str(COMPANY), "entity_id": str(deal_id)}
    when = {"id": f"{action}-{deal_id}", "timestamp": "2026-11-22T10:42:00.000Z", "version": "2.0"}
    now = {"title": "T", "owner_id": 1, "currency": "NZD", "status": "open"}
    return {"meta": standing | when | meta, "data": now, "previous": previous}


def drain(home: House) -> Outcome:
    """Work the company's events off."""
    return drain_company(home.core, company_id=COMPANY)


def deal(home: House, deal_id: int = DEAL) -> DealRow:
    """A deal as it is here now."""
    return home.get(DealRow, COMPANY, deal_id)
