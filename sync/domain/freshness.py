"""Older truth never overwrites newer, and our own writes are known when they come back."""

from datetime import datetime


def is_newer(
    *,
    stored_updated: datetime | None,
    fetched_updated: datetime,
    stored_fetched_at: datetime | None = None,
    fetched_at: datetime | None = None,
) -> bool:
    """Say whether a fetched invoice replaces the stored one; on a tie the later fetch does, where both are known."""
    if stored_updated is None or fetched_updated != stored_updated:
        return stored_updated is None or fetched_updated > stored_updated
    return stored_fetched_at is None or fetched_at is None or fetched_at >= stored_fetched_at


def is_echo(*, event_date: datetime, own_write_updated: datetime | None) -> bool:
    """Say whether an event tells only of a write of ours: one dated no later than the answer to that write."""
    return own_write_updated is not None and event_date <= own_write_updated
