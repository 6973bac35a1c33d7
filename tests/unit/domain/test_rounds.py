"""Rounds: regular for one tenant, spread over time among many."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.domain.rounds import next_round

EVERY = timedelta(minutes=185)
NOW = datetime(2026, 11, 22, 10, 42, 7, 250_000, tzinfo=UTC)


@given(
    key=st.one_of(st.integers(), st.uuids().map(str)),
    after=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - `timezones` adds the zone
)
def test_the_next_round_is_the_first_one_after_the_moment(key: int | str, after: datetime) -> None:
    following = next_round(key=key, after=after, every=EVERY)

    assert after < following <= after + EVERY
    assert next_round(key=key, after=following, every=EVERY) - following == EVERY
    assert next_round(key=key, after=following - timedelta(microseconds=1), every=EVERY) == following


def test_a_thousand_tenants_come_due_all_over_the_time() -> None:
    due = Counter(
        (next_round(key=f"organisation-{one}", after=NOW, every=EVERY) - NOW) // timedelta(minutes=1)
        for one in range(1000)
    )

    assert max(due.values()) <= 20
