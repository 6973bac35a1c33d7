"""A strict web: every expected call must come, and no other."""

from collections.abc import Callable, Iterator, Sequence

import pytest
import responses

from tests.unit.clients.vendors import ScriptedVendor


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """Give the web without a network."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def vendor_doing() -> Iterator[Callable[[Sequence[bytes | None]], ScriptedVendor]]:
    """Give a maker of vendors on real sockets, ended with the test."""
    started: list[ScriptedVendor] = []

    def start(script: Sequence[bytes | None]) -> ScriptedVendor:
        started.append(ScriptedVendor(script))
        return started[-1]

    yield start
    for vendor in started:
        vendor.close()
