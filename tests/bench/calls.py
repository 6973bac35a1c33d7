"""What a change costs in calls (acceptance 1)."""

from datetime import timedelta
from typing import Any

import requests

from tests.bench.figures import Figure
from tests.bench.flood import change, pipedrive_counters, wrong_deals, xero_counters
from tests.functional.conftest import set_up
from tests.support.backlog import Backlog
from tests.support.crowd import Hung, gather, hang_invoices
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.waiting import wait_until

MANY, OFTEN = 1000, 50
_READ, _WRITE, _LOOK = "GET /api.xro/2.0/Invoices", "PATCH /api/v2/deals/", "GET /api/v2/deals"


class Meter:
    """Counts what the app asked both vendors since it was made."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._before = self._now()

    def used(self, route: str) -> int:
        """Give how many calls of a kind there were since, whatever was behind the address and however it was answered."""
        before, now = self._before, self._now()
        return sum(number - before.get(name, 0) for name, number in now.items() if name.startswith(route))

    def _now(self) -> dict[str, int]:
        return {**xero_counters(self._stack)["calls"], **pipedrive_counters(self._stack)["calls"]}


def measure_calls() -> list[Figure]:
    """Count the calls for a burst, for one invoice that changes often, for one event, for nothing new and for an echo."""
    with Stack() as stack:
        backlog = Backlog(stack)
        person = set_up(stack)
        [member] = gather(stack, count=1)
        hung = hang_invoices(stack, [member], each=MANY)
        _settle(backlog, "nothing is left of the installations")
        _next_minute(stack)
        figures = [_burst(stack, backlog, hung), _often(stack, backlog, hung[0]), _one(stack, backlog, hung[1])]
        figures += [_nothing_new(stack, backlog, hung[2]), *_echo(stack, backlog, person)]
        figures.append(Figure("deals that are wrong in the end", len(wrong_deals(stack, hung)), at_most=0))
        return figures


def _next_minute(stack: Stack) -> None:
    """Have Xero's clock stand in another minute, so that getting ready takes nothing from the limit."""
    requests.post(f"{stack.xero_url}/control/clock", json={"advance": 60}, timeout=10).raise_for_status()


def _burst(stack: Stack, backlog: Backlog, hung: list[Hung]) -> Figure:
    meter = Meter(stack)
    wanted = [{"invoice": one.invoice_id, "do": "pay", "amount": "1.00"} for one in hung]
    change(stack, wanted, seconds=0)
    _settle(backlog, "all payments are on the deals")
    return Figure(
        f"{MANY:,} events on {MANY:,} invoices: calls to Xero",
        meter.used(_READ),
        at_most=30,
        bare=25,
        bare_is="40 ids a call",
    )


def _often(stack: Stack, backlog: Backlog, one: Hung) -> Figure:
    meter = Meter(stack)
    _pay_one(stack, backlog, one, times=OFTEN)
    return Figure(f"one invoice changed {OFTEN} times in a burst: calls to Xero", meter.used(_READ), at_most=2, bare=1)


def _one(stack: Stack, backlog: Backlog, one: Hung) -> Figure:
    meter = Meter(stack)
    _pay_one(stack, backlog, one, times=1)
    return Figure("one event at idle: calls to Xero", meter.used(_READ), at_most=1, bare=1)


def _nothing_new(stack: Stack, backlog: Backlog, one: Hung) -> Figure:
    meter = Meter(stack)
    wanted: dict[str, Any] = {"invoice": one.invoice_id, "do": "edit", "fields": {"Reference": "Another reference"}}
    change(stack, [wanted], seconds=0)
    _settle(backlog, "an event that changes nothing on the deal")
    return Figure("an event that changes nothing: writes to Pipedrive", meter.used(_WRITE), at_most=0, bare=0)


def _pay_one(stack: Stack, backlog: Backlog, one: Hung, *, times: int) -> None:
    change(stack, [{"invoice": one.invoice_id, "do": "pay", "amount": "1.00"}] * times, seconds=0)
    _settle(backlog, "the payments are on the deal")


def _settle(backlog: Backlog, what: str) -> None:
    backlog.wait_until_empty(within=timedelta(minutes=5), what=what)


def _echo(stack: Stack, backlog: Backlog, person: Salesperson) -> list[Figure]:
    """Make an invoice in our window, and count what Xero's and Pipedrive's news of our own writes set off."""
    person.create(deal_id=1).raise_for_status()
    meter = Meter(stack)
    told = xero_counters(stack)["webhook"]["acknowledged"]
    wait_until(lambda: "Xero invoice number" in str(_own_deal(stack)), seconds=20, what="the draft is on the deal")
    wait_until(lambda: pipedrive_counters(stack)["idle"], seconds=20, what="Pipedrive told of our write")
    assert xero_counters(stack)["webhook"]["acknowledged"] >= told
    _settle(backlog, "the echoes were worked off")
    return [
        Figure("the echo of our own invoice: calls to Xero", meter.used(_READ), at_most=0, bare=0),
        Figure("the echo of our own write: calls to Pipedrive", meter.used(_LOOK), at_most=0, bare=0),
        Figure("our own invoice: writes to its deal", meter.used(_WRITE), at_most=1, bare=1),
    ]


def _own_deal(stack: Stack) -> dict[str, Any]:
    """Read the seeded company's first deal."""
    answer = requests.get(f"{stack.pipedrive_url}/control/deals", timeout=30)
    answer.raise_for_status()
    return dict(next(deal for deal in answer.json()["deals"] if deal["id"] == 1)["fields"])
