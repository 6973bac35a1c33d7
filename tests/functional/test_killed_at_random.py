"""Twenty kills at random under load, on either database: nothing is lost, nothing done twice (a slice of `tests.soak`)."""

import pytest

from tests.soak.run import Size, soak

SEED = 20_261_128


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_twenty_kills_under_load_lose_nothing_and_repeat_nothing(database: str) -> None:
    faults = ("drop_before", "drop_after", "500")
    size = Size(companies=3, invoices_each=5, people=2, kills=20, most_extra=0.25, call_faults=faults)

    outcome = soak(database=database, seed=SEED, size=size)

    assert outcome.findings == []
    assert sum(number for name, number in outcome.happened.items() if name.startswith(("killed", "wiped"))) >= 18
    assert outcome.writes > 0
