from datetime import UTC, datetime, timedelta

from sync.domain.freshness import is_echo, is_newer

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(milliseconds=1)


def test_the_first_fetch_is_always_applied() -> None:
    assert is_newer(stored_updated=None, fetched_updated=NOON)


def test_older_truth_never_replaces_newer() -> None:
    assert is_newer(stored_updated=EARLIER, fetched_updated=NOON)
    assert not is_newer(stored_updated=NOON, fetched_updated=EARLIER)
    assert not is_newer(stored_updated=NOON, fetched_updated=EARLIER, stored_fetched_at=EARLIER, fetched_at=NOON)


def test_a_tie_goes_to_the_later_fetch() -> None:
    assert is_newer(stored_updated=NOON, fetched_updated=NOON)
    assert is_newer(stored_updated=NOON, fetched_updated=NOON, stored_fetched_at=EARLIER, fetched_at=NOON)
    assert not is_newer(stored_updated=NOON, fetched_updated=NOON, stored_fetched_at=NOON, fetched_at=EARLIER)


def test_an_event_no_later_than_our_write_is_its_echo() -> None:
    assert is_echo(event_date=NOON, own_write_updated=NOON)
    assert is_echo(event_date=EARLIER, own_write_updated=NOON)
    assert not is_echo(event_date=NOON, own_write_updated=EARLIER)
    assert not is_echo(event_date=NOON, own_write_updated=None)
