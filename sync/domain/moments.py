"""Moments are in UTC."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """Give a moment in UTC; one that says nothing of its zone is so already."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
