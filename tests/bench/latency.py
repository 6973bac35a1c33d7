"""From Xero's webhook to the deal's field, one event at a time (acceptance 2)."""

import time
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

import requests

from tests.bench.bare import BareCaller
from tests.bench.figures import Figure
from tests.bench.flood import change
from tests.support.backlog import Backlog
from tests.support.crowd import Hung, gather, hang_invoices
from tests.support.stack import Stack
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until

RUNS = 3
#: One after the other, in turns, so that none comes near its sixty calls a minute.
ORGANISATIONS, EACH = 10, 4
#: Between two events nothing happens for so long: idle is not a burst.
_PAUSE = 0.2


def measure_latency() -> list[Figure]:
    """Take the time of single events, less what both vendors took to answer."""
    with Stack() as stack:
        backlog = Backlog(stack)
        of_each = hang_invoices(stack, gather(stack, count=ORGANISATIONS), each=EACH)
        hung = [one for start in range(EACH) for one in of_each[start::EACH]]
        backlog.wait_until_empty(within=timedelta(minutes=2), what="nothing is left of the installation")
        runs = [[_one(stack, one) for one in hung] for _ in range(RUNS)]
        bare = _bare(stack, hung)
    cuts = [quantiles(run, n=100) for run in runs]
    chain = "the two calls over sockets, less the vendors' time"
    return [
        Figure("webhook to deal at idle, p50", median(one[49] for one in cuts), "ms", 50, bare=bare, bare_is=chain),
        Figure("webhook to deal at idle, p95", median(one[94] for one in cuts), "ms", 150),
    ]


def _one(stack: Stack, one: Hung) -> float:
    """Pay one unit into an invoice and give the milliseconds that were not the vendors'."""
    time.sleep(_PAUSE)
    for url in (stack.pipedrive_url, stack.xero_url):
        forget_calls(url)
    change(stack, [{"invoice": one.invoice_id, "do": "pay", "amount": "1.00"}], seconds=0)
    [patch] = wait_until(
        lambda: [call for call in calls(stack.pipedrive_url, method="PATCH", path="/api/v2/deals/") if call["took"]],
        seconds=20,
        what=f"deal {one.deal_id} is written",
    )
    read = calls(stack.xero_url, method="GET", path="/api.xro/2.0/Invoices")
    sent = requests.get(f"{stack.xero_url}/control/state", timeout=10).json()["webhook"]["deliveries"][-1]["sent"]
    vendors = patch["took"] + sum(call["took"] for call in read)
    return float(_milliseconds(sent, patch["at"]) + patch["took"] - vendors)


def _milliseconds(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000


def _bare(stack: Stack, hung: list[Hung]) -> float:
    """Make the same two calls over kept connections, and give the median of what was not the vendors' time."""
    taken: list[float] = []
    for one in hung:
        caller = BareCaller(stack, one.member)
        for url in (stack.pipedrive_url, stack.xero_url):
            forget_calls(url)
        began = time.perf_counter()
        caller.fetch([one.invoice_id])
        caller.write(one.deal_id)
        spent = (time.perf_counter() - began) * 1000
        made: list[dict[str, Any]] = [
            *calls(stack.xero_url, method="GET", path="/api.xro/2.0/Invoices"),
            *calls(stack.pipedrive_url, method="PATCH", path="/api/v2/deals/"),
        ]
        taken.append(spent - sum(call["took"] for call in made))
    return median(taken)
