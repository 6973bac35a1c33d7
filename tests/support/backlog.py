"""How much the app still has to do, as its store says."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from sync.store.database import Database
from sync.store.models import company, inbox, invoices
from tests.support.stack import Stack
from tests.support.waiting import wait_until


class Backlog:
    """A look into the store of a running stack."""

    def __init__(self, stack: Stack) -> None:
        self._database = Database(url=stack.database_url)

    def size(self) -> int:
        """Count deliveries and events that wait, deals whose fields want writing, and companies that have none of them yet."""
        deliveries = select(func.count()).select_from(inbox.Delivery).where(inbox.Delivery.state == "pending")
        events = select(func.count()).select_from(inbox.Event).where(inbox.Event.state == "pending")
        deals = select(func.count()).select_from(invoices.DealRow).where(invoices.DealRow.due_at.is_not(None))
        companies = (
            select(func.count()).select_from(company.Company).where(company.Company.tend_due_at <= datetime.now(UTC))
        )
        with self._database.reading() as session:
            return sum(session.execute(one).scalar_one() for one in (deliveries, events, deals, companies))

    def wait_until_empty(self, *, within: timedelta, what: str) -> None:
        """Return when nothing waits.

        :raises AssertionError: when it does not come to that in time.
        """
        wait_until(lambda: self.size() == 0, seconds=within.total_seconds(), what=what, step=0.25)

    def close(self) -> None:
        """Let go of the store."""
        self._database.close()
