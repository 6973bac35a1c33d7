"""A lease gives an organisation, or a company, to one worker at a time."""

import pytest

from sync.operations.lease import hold_company, hold_organisation
from sync.store.accounts import Organisation
from tests.unit.fakes.house import COMPANY, ORGANISATION, House


def test_only_one_worker_holds_an_organisation(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION) as first:
        with hold_organisation(home.core, organisation_id=ORGANISATION) as second:
            assert (first, second) == (True, False)
        # Whoever was turned away gives nothing back.
        with hold_organisation(home.core, organisation_id=ORGANISATION) as third:
            assert not third


def test_a_lease_is_given_back_at_the_end_and_after_a_failure(home: House) -> None:
    with pytest.raises(ZeroDivisionError), hold_company(home.core, company_id=COMPANY):
        raise ZeroDivisionError

    with hold_company(home.core, company_id=COMPANY) as held:
        assert held


def test_the_lease_of_a_killed_worker_ends_by_itself(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        home.clock.advance(seconds=21)
        with hold_organisation(home.core, organisation_id=ORGANISATION) as taken_over:
            assert taken_over


def test_a_worker_whose_lease_was_taken_over_does_not_end_the_other_s(home: House) -> None:
    slow = hold_organisation(home.core, organisation_id=ORGANISATION)
    slow.__enter__()
    home.clock.advance(seconds=21)
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        slow.__exit__(None, None, None)

        assert home.get(Organisation, ORGANISATION).lease_owner is not None


def test_a_company_and_an_organisation_are_held_apart(home: House) -> None:
    with (
        hold_organisation(home.core, organisation_id=ORGANISATION),
        hold_company(home.core, company_id=COMPANY) as held,
    ):
        assert held
