"""What a fetch shows to have changed is told once, and only what a person would want to be told."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sync.domain.invoice import Invoice, Status
from sync.domain.timeline import facts_between

OWED = Invoice(
    invoice_id="i-1",
    type="ACCREC",
    number="INV-1",
    status=Status.AUTHORISED,
    contact_id="c-1",
    contact_name="Barney",
    currency="NZD",
    sub_total=Decimal("1000.00"),
    total_tax=Decimal("150.00"),
    total=Decimal("1150.00"),
    amount_due=Decimal("1150.00"),
    amount_paid=Decimal(0),
    amount_credited=Decimal(0),
    issue_date=date(2026, 11, 22),
    due_date=date(2026, 12, 6),
    reference="",
    url="",
    sent_to_contact=False,
    updated_at=datetime(2026, 11, 22, tzinfo=UTC),
)
HALF = replace(OWED, amount_paid=Decimal("500.00"), amount_due=Decimal("650.00"))


@pytest.mark.parametrize(
    ("before", "over", "facts"),
    [
        (OWED, {"status": Status.VOIDED}, [{"fact": "status", "from": "AUTHORISED", "to": "VOIDED"}]),
        (
            OWED,
            {"amount_paid": Decimal("500.00"), "amount_due": Decimal("650.00")},
            [{"fact": "paid", "amount": "500", "currency": "NZD", "rest": "650"}],
        ),
        (
            HALF,
            {"status": Status.PAID, "amount_paid": Decimal("1150.00"), "amount_due": Decimal("0.00")},
            [
                {"fact": "status", "from": "AUTHORISED", "to": "PAID"},
                {"fact": "paid", "amount": "650", "currency": "NZD", "rest": "0"},
            ],
        ),
        (
            HALF,
            {"amount_paid": Decimal(0), "amount_due": Decimal("1150.00")},
            [{"fact": "payment_removed", "amount": "500", "currency": "NZD"}],
        ),
        (
            OWED,
            {"amount_credited": Decimal("100.00")},
            [{"fact": "credited", "amount": "100", "currency": "NZD"}],
        ),
        (
            replace(OWED, amount_credited=Decimal("100.00")),
            {"amount_credited": Decimal(0)},
            [{"fact": "credit_removed", "amount": "100", "currency": "NZD"}],
        ),
        (
            OWED,
            {"total": Decimal("1200.00")},
            [{"fact": "total", "from": "1150", "to": "1200", "currency": "NZD"}],
        ),
        (OWED, {"due_date": date(2026, 12, 31)}, [{"fact": "due_date", "from": "2026-12-06", "to": "2026-12-31"}]),
        (OWED, {"due_date": None}, [{"fact": "due_date", "from": "2026-12-06", "to": ""}]),
        (OWED, {"number": "2026-1"}, [{"fact": "number", "from": "INV-1", "to": "2026-1"}]),
        (OWED, {"sent_to_contact": True}, [{"fact": "sent"}]),
    ],
)
def test_each_change_is_a_fact(before: Invoice, over: dict[str, Any], facts: list[dict[str, str]]) -> None:
    assert list(facts_between(before=before, after=replace(before, **over))) == facts


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"updated_at": datetime(2026, 11, 23, tzinfo=UTC)},
        {"contact_name": "Betty", "reference": "PO 7"},
        {"total": Decimal("1150.0000")},
    ],
)
def test_what_nobody_asks_about_is_no_fact(over: dict[str, Any]) -> None:
    assert facts_between(before=OWED, after=replace(OWED, **over)) == ()
