"""One running stack for a story: vendors, app, worker and clock as processes, nothing patched."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import postgres_url
from tests.support.stack import Stack
from tests.support.story import Addresses, Salesperson
from tests.support.vendors import Bookkeeper, allow_bursts


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def any_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    env = {"INSTEP_DATABASE_URL": postgres_url()} if request.param == "postgresql" else {}
    with Stack(env=env) as running:
        yield running


@pytest.fixture
def addresses(stack: Stack) -> Addresses:
    return addresses_of(stack)


@pytest.fixture
def bookkeeper(stack: Stack) -> Bookkeeper:
    return Bookkeeper(stack.xero_url)


@pytest.fixture(scope="module")
def ready(stack: Stack) -> Salesperson:
    """A salesperson whose company is installed, connected and has its preferences."""
    return set_up(stack)


def addresses_of(stack: Stack) -> Addresses:
    return Addresses(app=stack.app_url, pipedrive=stack.pipedrive_url, xero=stack.xero_url)


def set_up(stack: Stack) -> Salesperson:
    allow_bursts(stack.pipedrive_url)
    person = Salesperson(addresses_of(stack))
    person.install()
    person.connect_xero()
    person.save_preferences(default_account="200")
    return person
