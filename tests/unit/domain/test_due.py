from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.due import DueKind, DueRule, due_date


@pytest.mark.parametrize(
    ("kind", "day", "issued", "due"),
    [
        (DueKind.DAYS_AFTER_ISSUE, 7, date(2026, 3, 13), date(2026, 3, 20)),
        (DueKind.DAYS_AFTER_ISSUE, 0, date(2026, 3, 13), date(2026, 3, 13)),
        (DueKind.DAYS_AFTER_MONTH_END, 10, date(2026, 3, 13), date(2026, 4, 10)),
        (DueKind.OF_CURRENT_MONTH, 20, date(2026, 3, 13), date(2026, 3, 20)),
        (DueKind.OF_CURRENT_MONTH, 10, date(2026, 3, 13), date(2026, 4, 10)),
        (DueKind.OF_FOLLOWING_MONTH, 20, date(2026, 3, 13), date(2026, 4, 20)),
        (DueKind.OF_FOLLOWING_MONTH, 31, date(2026, 1, 31), date(2026, 2, 28)),
        (DueKind.OF_FOLLOWING_MONTH, 1, date(2026, 12, 5), date(2027, 1, 1)),
    ],
)
def test_each_kind_of_term(kind: DueKind, day: int, issued: date, due: date) -> None:
    assert due_date(issue_date=issued, rule=DueRule(kind=kind, day=day)) == due


@given(
    issued=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    rule=st.builds(DueRule, kind=st.sampled_from(DueKind), day=st.integers(0, 60)),
)
def test_no_invoice_is_due_before_it_is_issued(issued: date, rule: DueRule) -> None:
    assert due_date(issue_date=issued, rule=rule) >= issued
