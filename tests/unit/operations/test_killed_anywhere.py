"""A worker is killed before each of its instructions in turn; whoever goes on finds everything, and does nothing twice."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection as Session
from sqlalchemy import event

from sync.clients.transport import Request, Response, Transport
from sync.core import Core
from sync.operations.work_off import is_work_due, work_off
from sync.store.accounts import Organisation
from sync.store.company import Company
from sync.store.invoices import DealRow, InvoiceRecord
from tests.unit.fakes.core import Web
from tests.unit.fakes.house import COMPANY, DEAL, ORGANISATION, House
from tests.unit.operations.test_work_off import delivery, event_of

#: Split; lease, question, answer kept; lease, write, answer kept.
INSTRUCTIONS = 7
#: After the last heartbeat of a killed worker, its tenants go on.
LEASE_SECONDS = 6.1


class Killed(BaseException):
    """The process is not there any more."""


@dataclass
class Life:
    """Counts what a process does that others can see, and ends before one of them: nothing it does later happens."""

    ends_before: int | None = None
    done: int = 0

    def go_on(self) -> None:
        """Do one more thing."""
        if self.ends_before is not None and self.done >= self.ends_before:
            raise Killed
        self.done += 1


class Mortal(Transport):
    """Sends as long as its process lives."""

    def __init__(self, web: Web, life: Life) -> None:
        super().__init__(user_agent="instep-tests")
        self._web, self._life = web, life

    def send(self, request: Request) -> Response:
        """Send."""
        self._life.go_on()
        return self._web.send(request)


def live(home: House, life: Life) -> None:
    """Work everything off with a life that may end in the middle."""
    engine = home.core.database.engine

    def before_commit(_connection: Session) -> None:
        life.go_on()

    core: Core = replace(home.core, transport=Mortal(home.web, life))
    event.listen(engine, "commit", before_commit)
    try:
        work_off(core)
    finally:
        event.remove(engine, "commit", before_commit)


def test_an_event_costs_few_commits_and_two_calls(paid: House) -> None:
    life = Life()

    live(paid, life)

    assert life.done == INSTRUCTIONS
    assert len(paid.web.calls) == 2


@pytest.mark.parametrize("instruction", range(INSTRUCTIONS))
def test_killed_before_any_instruction_it_is_done_by_whoever_goes_on(paid: House, instruction: int) -> None:
    live(paid, Life(ends_before=instruction))
    paid.clock.advance(seconds=LEASE_SECONDS)

    work_off(paid.core)

    assert paid.event_states() == ["done"]
    assert paid.pipedrive.deals[DEAL]["custom_fields"]["code-status"] == 4
    assert paid.get(DealRow, COMPANY, DEAL).due_at is None
    # Only what was under way when it died is asked, or written, once more.
    assert len(paid.web.calls) <= 3
    assert not is_work_due(paid.core)


@pytest.mark.parametrize("instruction", range(0, 60, 4))
def test_killed_in_a_large_backlog_it_is_done_by_whoever_goes_on(home: House, instruction: int) -> None:
    home.add_fields("status")
    deals = range(100, 112)
    for deal_id in deals:
        home.add_deal(deal_id)
    ids = [home.add_invoice(deal_id=100 + number % 12, Status="PAID") for number in range(24)]
    unlisted = [home.add_invoice(Status="PAID") for _ in range(3)]
    home.xero.unlisted.update(unlisted)
    home.add_events([*ids, *unlisted, *(home.xero.add_invoice() for _ in range(230))])

    live(home, Life(ends_before=instruction))
    home.clock.advance(seconds=LEASE_SECONDS)
    work_off(home.core)

    assert set(home.event_states()) == {"done"}
    assert {row.status for row in home.all(InvoiceRecord)} == {"PAID"}
    assert {home.pipedrive.deals[deal_id]["custom_fields"]["code-status"] for deal_id in (*deals, DEAL)} == {4}
    # Thirteen deals; of one company five are under way at once.
    assert len([call for call in home.web.calls if call.method == "PATCH"]) <= 13 + 5
    assert not is_work_due(home.core)


def test_nobody_takes_over_before_the_lease_ends_and_then_it_is_due(paid: House) -> None:
    live(paid, Life(ends_before=3))
    assert paid.get(Organisation, ORGANISATION).lease_owner is not None

    assert not is_work_due(paid.core)
    paid.clock.advance(seconds=LEASE_SECONDS)

    assert is_work_due(paid.core)


def test_a_worker_that_ends_well_leaves_nothing_held(paid: House) -> None:
    work_off(paid.core)

    assert paid.get(Organisation, ORGANISATION).lease_owner is None
    assert paid.get(Company, COMPANY).lease_owner is None


@pytest.fixture
def paid(home: House) -> House:
    """A house where Xero has just told of a payment."""
    home.add_fields("status", "paid")
    invoice_id = home.add_invoice(Status="PAID", AmountPaid=46.06, AmountDue=0)
    home.add(delivery(home, event_of(invoice_id, home.clock())))
    return home
