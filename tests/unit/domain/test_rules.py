"""What sets a rule off, what does not, and what it stops for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.crm import Deal
from sync.domain.invoice import Status
from sync.domain.rules import (
    REACTIONS,
    Reaction,
    Rule,
    RuleKind,
    cause_of_delay,
    cause_of_deletion,
    cause_of_payment,
    causes_of_deal,
    concerns,
    is_all_paid,
    is_late,
    still_holds,
    wants_stage,
)
from tests.unit.domain.factories import a_deal, an_invoice

SINCE = datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC)
LATER = SINCE + timedelta(minutes=1)
STAGE = 4


def rule(kind: RuleKind, **over: Any) -> Rule:
    """A rule that was switched on at `SINCE`."""
    stage_id = STAGE if kind is RuleKind.STAGE else None
    return Rule(**{"kind": kind, "does": REACTIONS[kind][0], "since": SINCE, "by": 1, "stage_id": stage_id, **over})


ALL = tuple(rule(kind) for kind in RuleKind)


def deal(**over: Any) -> Deal:
    """An open deal that was made long ago."""
    return replace(a_deal(update_time=LATER, add_time=SINCE - timedelta(days=90)), **over)


class TestCauses:
    @pytest.mark.parametrize(
        ("over", "expected"),
        [
            ({}, set()),
            ({"status": "won", "won_time": LATER}, {"won"}),
            ({"status": "won", "won_time": SINCE}, {"won"}),
            ({"status": "won", "won_time": SINCE - timedelta(seconds=1)}, set()),
            ({"status": "won", "won_time": None}, set()),
            ({"status": "open", "won_time": LATER}, set()),
            ({"status": "lost", "lost_time": LATER}, {"lost"}),
            ({"status": "lost", "lost_time": SINCE - timedelta(days=1)}, set()),
            ({"stage_id": STAGE, "stage_change_time": LATER}, {"stage"}),
            ({"stage_id": STAGE, "stage_change_time": None}, set()),
            ({"stage_id": STAGE, "stage_change_time": LATER, "add_time": LATER}, set()),
            ({"stage_id": STAGE + 1, "stage_change_time": LATER}, set()),
            ({"stage_id": STAGE, "stage_change_time": LATER, "status": "lost"}, set()),
            ({"stage_id": STAGE, "stage_change_time": LATER, "status": "won", "won_time": LATER}, {"won", "stage"}),
            ({"status": "won", "won_time": LATER, "is_deleted": True}, set()),
            ({"status": "won", "won_time": LATER, "is_archived": True}, set()),
        ],
    )
    def test_a_deal_sets_off_what_came_about_after_the_switch(self, over: dict[str, Any], expected: set[str]) -> None:
        assert {cause.kind.value for cause in causes_of_deal(deal=deal(**over), rules=ALL)} == expected

    def test_only_rules_that_are_on_are_set_off(self) -> None:
        won = deal(status="won", won_time=LATER)

        assert causes_of_deal(deal=won, rules=[rule(RuleKind.LOST)]) == ()

    def test_another_win_is_another_cause_and_another_stage_as_well(self) -> None:
        rules = (rule(RuleKind.WON), rule(RuleKind.STAGE), rule(RuleKind.STAGE, stage_id=5))
        first = deal(status="won", won_time=LATER, stage_id=STAGE, stage_change_time=LATER)
        again = replace(first, won_time=LATER + timedelta(seconds=1), stage_id=5)

        keys = [cause.key for each in (first, again) for cause in causes_of_deal(deal=each, rules=rules)]

        assert len(keys) == len(set(keys)) == 4

    def test_every_cause_has_a_name_of_its_own(self) -> None:
        gone = deal(is_deleted=True)
        keys = {
            cause_of_deletion(deal=gone).key,
            cause_of_deletion(deal=replace(gone, update_time=LATER + timedelta(days=1))).key,
            cause_of_payment(deal_id=42, invoice_id="a", at=LATER).key,
            cause_of_payment(deal_id=42, invoice_id="a", at=LATER + timedelta(days=1)).key,
            cause_of_delay(deal_id=42, invoice_id="a", due_date=date(2026, 12, 1)).key,
            cause_of_delay(deal_id=42, invoice_id="a", due_date=date(2026, 12, 2)).key,
        }

        assert len(keys) == 6


@pytest.mark.parametrize(
    ("changed", "status", "stage_id", "expected"),
    [
        ({"status"}, "won", 1, True),
        ({"status"}, "lost", 1, True),
        ({"status"}, "open", 1, False),
        ({"title"}, "won", STAGE, False),
        ({"stage_id"}, "open", STAGE, True),
        ({"stage_id"}, "open", 1, False),
        ({"status"}, "open", STAGE, False),
        (set(), "won", STAGE, False),
    ],
)
def test_a_webhook_alone_says_whether_a_look_is_worth_it(
    changed: set[str], status: str, stage_id: int, *, expected: bool
) -> None:
    assert concerns(rules=ALL, changed=changed, status=status, stage_id=stage_id) is expected


@pytest.mark.parametrize(
    ("kind", "over", "expected"),
    [
        (RuleKind.WON, {"status": "won"}, True),
        (RuleKind.WON, {"status": "open"}, False),
        (RuleKind.WON, {"status": "won", "is_deleted": True}, False),
        (RuleKind.LOST, {"status": "lost"}, True),
        (RuleKind.LOST, {"status": "open"}, False),
        (RuleKind.STAGE, {"stage_id": STAGE}, True),
        (RuleKind.STAGE, {"stage_id": STAGE, "status": "won"}, True),
        (RuleKind.STAGE, {"stage_id": STAGE, "status": "lost"}, False),
        (RuleKind.STAGE, {"stage_id": 1}, False),
        (RuleKind.DELETED, {"is_deleted": True}, True),
        (RuleKind.DELETED, {}, False),
        (RuleKind.PAID, {}, True),
        (RuleKind.PAID, {"is_deleted": True}, False),
        (RuleKind.OVERDUE, {"status": "lost"}, True),
    ],
)
def test_what_was_taken_back_meanwhile_holds_no_more(kind: RuleKind, over: dict[str, Any], *, expected: bool) -> None:
    assert still_holds(kind=kind, deal=deal(**over), stage_id=STAGE) is expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], False),
        ([Status.DRAFT], False),
        ([Status.PAID], True),
        ([Status.PAID, Status.PAID], True),
        ([Status.PAID, Status.DRAFT, Status.VOIDED, Status.DELETED], True),
        ([Status.PAID, Status.SUBMITTED], False),
        ([Status.PAID, Status.AUTHORISED], False),
        ([Status.VOIDED], False),
    ],
)
def test_all_is_paid_when_one_is_and_none_is_owed(statuses: list[Status], *, expected: bool) -> None:
    assert is_all_paid(invoices=[an_invoice(status) for status in statuses]) is expected


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"due_date": date(2026, 11, 30)}, True),
        ({"due_date": date(2026, 12, 1)}, False),
        ({"due_date": None}, False),
        ({"due_date": date(2026, 11, 30), "amount_due": Decimal(0)}, False),
        ({"due_date": date(2026, 11, 30), "status": Status.PAID}, False),
        ({"due_date": date(2026, 11, 30), "status": Status.DRAFT}, False),
    ],
)
def test_late_is_what_is_owed_after_its_due_date(over: dict[str, Any], *, expected: bool) -> None:
    assert is_late(invoice=an_invoice(**over), today=date(2026, 12, 1)) is expected


def test_only_a_move_and_the_rule_of_a_stage_need_one() -> None:
    needing = {(kind, does) for kind in RuleKind for does in REACTIONS[kind] if wants_stage(kind=kind, does=does)}

    assert needing == {
        (RuleKind.PAID, Reaction.MOVE),
        *((RuleKind.STAGE, does) for does in (Reaction.DRAFT, Reaction.SUBMIT, Reaction.APPROVE)),
    }
