"""Chores of the house: done by one worker, when they are due; a gap in the watch has everybody looked through."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from sync.operations.chores import do_chore, due_chores
from sync.operations.compare_deals import due_to_compare
from sync.operations.push_deals import companies_with_due_deals
from sync.operations.sweep import sweep_organisation
from sync.operations.work_off import work_off
from sync.store.accounts import Organisation
from sync.store.chores import Chore
from sync.store.company import Company
from sync.store.invoices import DealAccess, DealRow
from tests.unit.fakes.house import ADMIN, COMPANY, DEAL, ORGANISATION, House

FAR = timedelta(days=1)


@pytest.fixture
def calm(home: House) -> House:
    """A house where nothing of any tenant is due before tomorrow."""
    home.set(Organisation, ORGANISATION, sweep_due_at=home.clock() + FAR)
    home.set(Company, COMPANY, tend_due_at=home.clock() + FAR, compare_due_at=home.clock() + FAR)
    return home


def test_in_a_new_house_every_chore_is_due_and_then_in_its_time(house: House) -> None:
    with house.core.database.writing() as session:
        session.execute(delete(Chore))
    assert due_chores(house.core) == ["watch", "keep_house"]

    work_off(house.core)

    assert due_chores(house.core) == []
    house.clock.advance(minutes=1)
    assert due_chores(house.core) == ["watch"]
    house.clock.advance(minutes=59)
    assert due_chores(house.core) == ["watch", "keep_house"]


def test_a_chore_that_another_worker_took_is_left_to_it(home: House) -> None:
    home.add(DealAccess(company_id=COMPANY, user_id=ADMIN, deal_id=DEAL, checked_at=home.clock() - 2 * FAR))

    do_chore(home.core, name="keep_house")

    assert len(home.all(DealAccess)) == 1


def test_after_a_gap_every_tenant_is_looked_through(calm: House) -> None:
    gap(calm, minutes=11)

    assert due_times(calm) == [calm.clock()] * 3


def test_until_xero_was_looked_through_after_a_gap_nothing_is_written(calm: House) -> None:
    calm.keep_tokens_good()
    calm.set(Organisation, ORGANISATION, swept_to=calm.clock() - FAR)
    calm.set(DealRow, COMPANY, DEAL, due_at=calm.clock())
    assert companies_with_due_deals(calm.core) == [COMPANY]
    calm.set(Chore, "watch", kept_until=calm.clock() - FAR)
    assert companies_with_due_deals(calm.core) == []

    gap(calm, minutes=60)
    assert companies_with_due_deals(calm.core) == due_to_compare(calm.core) == []
    sweep_organisation(calm.core, organisation_id=ORGANISATION)

    assert companies_with_due_deals(calm.core) == due_to_compare(calm.core) == [COMPANY]


def test_a_deployment_is_no_gap(calm: House) -> None:
    gap(calm, minutes=10)

    assert due_times(calm) == [calm.clock() - timedelta(minutes=10) + FAR] * 3


def test_a_gap_wakes_nobody_who_has_left(calm: House) -> None:
    calm.set(Organisation, ORGANISATION, sweep_due_at=None)
    calm.set(Company, COMPANY, tend_due_at=None)

    gap(calm, minutes=60)

    assert calm.get(Organisation, ORGANISATION).sweep_due_at is None
    assert calm.get(Company, COMPANY).tend_due_at is None


def gap(home: House, *, minutes: float) -> None:
    """The watch is kept so long after the last time."""
    home.set(Chore, "watch", due_at=home.clock(), kept_until=None)
    do_chore(home.core, name="watch")
    home.clock.advance(minutes=minutes)
    do_chore(home.core, name="watch")


def due_times(home: House) -> list[datetime | None]:
    """When the organisation and the company are due."""
    company = home.get(Company, COMPANY)
    return [home.get(Organisation, ORGANISATION).sweep_due_at, company.tend_due_at, company.compare_due_at]
