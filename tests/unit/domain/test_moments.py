"""What says nothing of its zone is in UTC."""

from datetime import UTC, datetime

import pytest

from sync.domain.moments import in_utc


@pytest.mark.parametrize("text", ["2026-11-22T10:00:00", "2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00"])
def test_a_moment_is_given_in_utc(text: str) -> None:
    moment = in_utc(datetime.fromisoformat(text))

    assert moment == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert moment.tzinfo is UTC
