"""Houses in which a rule has something to do."""

import pytest

from tests.unit.fakes.house import House
from tests.unit.fakes.rules import make_ready, owe


@pytest.fixture
def ready(home: House) -> House:
    """A house whose deal only waits to be won."""
    return make_ready(home)


@pytest.fixture
def owed(home: House) -> House:
    """A house whose deal has an invoice of 230 that waits for its payment."""
    owe(home)
    return home
