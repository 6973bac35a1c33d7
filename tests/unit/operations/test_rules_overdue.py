"""The owner of a deal is told of an invoice that is overdue: once for each due date, by the organisation's own day."""

from datetime import date, timedelta

from sync.store.invoices import InvoiceRecord
from sync.store.rules import RuleRow
from tests.unit.fakes.core import away
from tests.unit.fakes.house import DEAL, ORGANISATION, House
from tests.unit.fakes.rules import ended, pay, switch_on, the_invoice, work


def test_the_owner_is_told_once_for_each_due_date(owed: House) -> None:
    switch_on(owed, "overdue", "remind")
    due(owed, date(2026, 12, 6))
    work(owed)
    assert owed.pipedrive.activities == []

    later(owed, date(2026, 12, 7))
    work(owed)
    later(owed, date(2026, 12, 8))
    work(owed)
    assert [one["subject"] for one in owed.pipedrive.activities] == ["Invoice INV-1 is overdue"]
    assert "$230.00 was due on" in owed.pipedrive.activities[0]["note"]
    due(owed, date(2026, 12, 20))
    later(owed, date(2026, 12, 21))
    owed.pipedrive.now = "2026-12-21T00:00:00Z"
    work(owed)

    assert len(owed.pipedrive.activities) == 2
    assert ended(owed) == [("overdue", "done", None)] * 2


def test_the_day_is_the_organisation_s_own(owed: House) -> None:
    switch_on(owed, "overdue", "remind")
    due(owed, date(2026, 12, 6))

    # In Auckland it is a day later from eleven in the morning on.
    owed.clock.moment = owed.clock.moment.replace(month=12, day=6, hour=10, minute=59)
    work(owed)
    assert owed.pipedrive.activities == []
    owed.clock.advance(minutes=16)
    work(owed)

    assert len(owed.pipedrive.activities) == 1


def test_what_was_overdue_when_the_rule_was_switched_on_is_left_alone(owed: House) -> None:
    due(owed, date(2026, 11, 21))
    switch_on(owed, "overdue", "remind")

    later(owed, date(2026, 12, 8))
    work(owed)

    assert (ended(owed), owed.pipedrive.activities) == ([], [])


def test_an_invoice_paid_before_the_rule_came_to_it_is_nothing_to_do(owed: House) -> None:
    switch_on(owed, "overdue", "remind")
    due(owed, date(2026, 12, 6))
    later(owed, date(2026, 12, 7))
    owed.web.trouble("GET", f"/deals/{DEAL}", away)
    work(owed)
    pay(owed)
    owed.clock.advance(minutes=1)
    work(owed)

    assert (ended(owed), owed.pipedrive.activities) == ([("overdue", "done", None)], [])


def test_it_is_looked_for_every_now_and_then_and_not_all_the_time(owed: House) -> None:
    switch_on(owed, "overdue", "remind")
    work(owed)

    [rule] = owed.all(RuleRow)
    assert rule.look_at == owed.clock() + timedelta(minutes=15)


def due(home: House, day: date) -> None:
    """The invoice is due on a day."""
    home.set(InvoiceRecord, ORGANISATION, the_invoice(home), due_date=day)
    home.xero.change(the_invoice(home), DueDateString=f"{day.isoformat()}T00:00:00")


def later(home: House, day: date) -> None:
    """It is noon, in Auckland, of another day."""
    home.clock.moment = home.clock.moment.replace(
        year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0
    )
    home.keep_tokens_good()
