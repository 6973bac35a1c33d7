"""An organisation's lists are read when they are old or unreadable, and kept where Xero is away."""

import pytest

from sync.connections.xero import get_active
from sync.errors import Transient
from sync.operations.reference import Reference, get_reference
from sync.store.accounts import Connection, Organisation
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import COMPANY, ORGANISATION, House


def test_they_are_read_once_in_an_hour(home: House) -> None:
    home.keep_tokens_good()
    read = [reference(home), reference(home)]
    calls = len(home.web.calls)
    home.clock.advance(hours=1)
    reference(home)

    assert read[0] == read[1]
    assert (calls, len(home.web.calls)) == (7, 14)


def test_a_grant_to_which_xero_allows_nothing_was_read_all_the_same(home: House) -> None:
    home.keep_tokens_good()
    home.xero.actions = []
    read = reference(home)
    assert reference(home) == read
    assert len(home.web.calls) == 7

    home.clock.advance(hours=2)
    home.web.trouble("GET", "/Organisation", answers(429, retry_after="5"))

    assert reference(home) == read


def test_what_another_version_kept_counts_as_never_read(home: House) -> None:
    read = reference(home)
    old = {"base_currency": "NZD", "currencies": ["NZD"], "tax_rates": [], "accounts": [], "lock_date": None}
    home.set(Organisation, ORGANISATION, reference=old, reference_at=home.clock())

    assert reference(home) == read

    home.set(Organisation, ORGANISATION, reference=old, reference_at=home.clock())
    home.web.trouble("GET", "/Organisation", answers(429, retry_after="5"))
    with pytest.raises(Transient):
        reference(home)


def test_what_a_connection_may_do_is_as_old_as_its_own_look(home: House) -> None:
    reference(home)
    [connection] = home.all(Connection)
    home.set(Connection, connection.key, actions=[], actions_at=None)

    assert reference(home).actions == frozenset(home.xero.actions)


def reference(house: House) -> Reference:
    """Get the lists of the company's organisation."""
    return get_reference(house.core, organisation=get_active(house.core, company_id=COMPANY))
