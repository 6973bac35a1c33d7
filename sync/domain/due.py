"""When an invoice is due."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class DueKind(StrEnum):
    """From when days are counted, by Xero's names for payment terms."""

    DAYS_AFTER_ISSUE = "DAYSAFTERBILLDATE"
    DAYS_AFTER_MONTH_END = "DAYSAFTERBILLMONTH"
    OF_CURRENT_MONTH = "OFCURRENTMONTH"
    OF_FOLLOWING_MONTH = "OFFOLLOWINGMONTH"


@dataclass(frozen=True)
class DueRule:
    """A number of days to wait, or a day of the month."""

    kind: DueKind
    day: int


def due_date(*, issue_date: date, rule: DueRule) -> date:
    """Compute the due date of an invoice, never before its issue date."""
    match rule.kind:
        case DueKind.DAYS_AFTER_ISSUE:
            return issue_date + timedelta(days=max(rule.day, 0))
        case DueKind.DAYS_AFTER_MONTH_END:
            return _day_of_month(month_of=issue_date, day=31) + timedelta(days=max(rule.day, 0))
        case DueKind.OF_CURRENT_MONTH:
            wanted = _day_of_month(month_of=issue_date, day=rule.day)
            # A day that has already gone by would make the invoice overdue at once.
            return wanted if wanted >= issue_date else _following(issue_date=issue_date, day=rule.day)
        case DueKind.OF_FOLLOWING_MONTH:
            return _following(issue_date=issue_date, day=rule.day)


def _following(*, issue_date: date, day: int) -> date:
    first = _day_of_month(month_of=issue_date, day=31) + timedelta(days=1)
    return _day_of_month(month_of=first, day=day)


def _day_of_month(*, month_of: date, day: int) -> date:
    last = monthrange(month_of.year, month_of.month)[1]
    return month_of.replace(day=min(max(day, 1), last))
