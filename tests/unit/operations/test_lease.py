"""A lease gives an organisation, or a company, to one worker at a time."""

from contextlib import suppress

import pytest

from sync.operations.lease import LeaseLost, give_all_back, hold_company, hold_organisation, renew_leases
from sync.store.accounts import Organisation
from sync.store.company import Company
from tests.unit.fakes.house import COMPANY, ORGANISATION, House


def test_only_one_worker_holds_an_organisation(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION) as first:
        with hold_organisation(home.core, organisation_id=ORGANISATION) as second:
            assert first is not None
            assert second is None
        # Whoever was turned away gives nothing back.
        with hold_organisation(home.core, organisation_id=ORGANISATION) as third:
            assert third is None


def test_a_lease_is_given_back_at_the_end_and_after_a_failure(home: House) -> None:
    with pytest.raises(ZeroDivisionError), hold_company(home.core, company_id=COMPANY):
        raise ZeroDivisionError

    with hold_company(home.core, company_id=COMPANY) as held:
        assert held is not None


def test_the_lease_of_a_killed_worker_ends_by_itself(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        home.clock.advance(seconds=7)
        with hold_organisation(home.core, organisation_id=ORGANISATION) as taken_over:
            assert taken_over is not None


def test_a_worker_whose_lease_was_taken_over_does_not_end_the_other_s(home: House) -> None:
    slow = hold_organisation(home.core, organisation_id=ORGANISATION)
    slow.__enter__()
    home.clock.advance(seconds=7)
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        slow.__exit__(None, None, None)

        assert home.get(Organisation, ORGANISATION).lease_owner is not None


def test_a_company_and_an_organisation_are_held_apart(home: House) -> None:
    with (
        hold_organisation(home.core, organisation_id=ORGANISATION),
        hold_company(home.core, company_id=COMPANY) as held,
    ):
        assert held is not None


def test_a_lease_that_is_renewed_outlasts_itself(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION), hold_company(home.core, company_id=COMPANY):
        for _ in range(5):
            home.clock.advance(seconds=2)
            renew_leases()
        with hold_organisation(home.core, organisation_id=ORGANISATION) as organisation:
            assert organisation is None
        with hold_company(home.core, company_id=COMPANY) as company:
            assert company is None


def test_whoever_has_lost_a_lease_neither_renews_it_nor_writes(home: House) -> None:
    slow = hold_organisation(home.core, organisation_id=ORGANISATION)
    lease = slow.__enter__()
    assert lease is not None
    home.clock.advance(seconds=7)
    with hold_organisation(home.core, organisation_id=ORGANISATION):
        home.clock.advance(seconds=2)
        renew_leases()

        for fence in (lease.keep, lease.give_back):
            with pytest.raises(LeaseLost), home.core.database.writing() as session:
                fence(session)
    slow.__exit__(None, None, None)


def test_a_lease_given_back_with_the_last_write_is_free_at_once(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION) as lease:
        assert lease is not None
        with home.core.database.writing() as session:
            lease.give_back(session)
        with hold_organisation(home.core, organisation_id=ORGANISATION) as other:
            assert other is not None


def test_a_write_that_fails_leaves_the_lease_as_it_was(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION) as lease:
        assert lease is not None
        with suppress(ZeroDivisionError), home.core.database.writing() as session:
            lease.give_back(session)
            raise ZeroDivisionError

        with hold_organisation(home.core, organisation_id=ORGANISATION) as other:
            assert other is None

    assert home.get(Organisation, ORGANISATION).lease_owner is None


def test_a_process_that_ends_gives_back_all_that_it_holds(home: House) -> None:
    with hold_organisation(home.core, organisation_id=ORGANISATION), hold_company(home.core, company_id=COMPANY):
        give_all_back()

        assert home.get(Organisation, ORGANISATION).lease_until is None
        assert home.get(Company, COMPANY).lease_until is None
