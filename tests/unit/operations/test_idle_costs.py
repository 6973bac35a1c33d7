"""What an organisation costs in a day on which nothing happens."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from sync.operations.work_off import is_work_due, work_off
from sync.store.accounts import Organisation
from sync.store.company import Company
from sync.store.invoices import InvoiceRecord
from tests.unit.fakes.core import some_tokens
from tests.unit.fakes.house import COMPANY, ORGANISATION, House
from tests.unit.fakes.xero import HOST, xero_date

A_DAY = timedelta(days=1)
STEP = timedelta(minutes=10)


@pytest.mark.parametrize(("open_invoices", "least", "most"), [(3, 16, 18), (250, 22, 24)])
def test_an_idle_organisation_costs_at_most_24_calls_a_day_with_its_tokens(
    home: House, open_invoices: int, least: int, most: int
) -> None:
    for _ in range(open_invoices):
        home.add_invoice(UpdatedDateUTC=xero_date(home.clock() - 9 * A_DAY))
    with home.core.database.writing() as session:
        session.execute(update(InvoiceRecord).values(fetched_at=home.clock() - A_DAY))
    home.set(Organisation, ORGANISATION, sweep_due_at=home.clock(), swept_to=home.clock())
    home.set(Company, COMPANY, tend_due_at=None, compare_due_at=home.clock() + 9 * A_DAY)

    pass_a_day(home)

    assert least <= len(made(home)) + len(home.xero_oauth.grants.refreshed) <= most


def pass_a_day(home: House) -> None:
    """Let time pass and a worker do whatever the clock finds due."""
    end = home.clock() + A_DAY
    while home.clock() < end:
        home.clock.advance(seconds=STEP.total_seconds())
        if is_work_due(home.core):
            home.xero_oauth.grants.answers[:] = [some_tokens(2)]
            work_off(home.core)


def made(home: House) -> list[str]:
    """What Xero was asked."""
    return [call.summary for call in home.web.calls if HOST in call.url]
