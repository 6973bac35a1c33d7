"""What the product's own processes keep in memory, and whether that grows (acceptance 8)."""

from collections.abc import Sequence
from datetime import date, timedelta

import psutil
import requests

from tests.bench.figures import Figure
from tests.bench.flood import change
from tests.support.backlog import Backlog
from tests.support.crowd import Hung, gather, hang_invoices
from tests.support.processes import family
from tests.support.stack import Stack

ORGANISATIONS, EACH = 20, 50
EVENTS, FIRST, ROUND = 200_000, 20_000, 5_000
#: Changes in Xero in a second, which is what the sandbox can make.
_PACE = 1000
_PARTS = ("web", "worker", "clock", "valkey")


def measure_memory(events: int = EVENTS, first: int = FIRST) -> list[Figure]:
    """Take every process's own memory after the first events, and after all of them."""
    with Stack() as stack:
        backlog = Backlog(stack)
        hung = hang_invoices(stack, gather(stack, count=ORGANISATIONS), each=EACH)
        backlog.wait_until_empty(within=timedelta(minutes=10), what="nothing is left of the installations")
        _look_at_pages(stack)
        _edit(stack, backlog, hung, events=first, begin=0)
        before = _megabytes(stack)
        _edit(stack, backlog, hung, events=events - first, begin=first)
        after = _megabytes(stack)
    sums = [sum(max(one[name], 0) for name in _PARTS) for one in (before, after)]
    return [
        Figure("web, its largest process", after["web, largest"], "MB", at_most=60),
        Figure("worker", after["worker"], "MB", at_most=90),
        Figure("clock", after["clock"], "MB"),
        Figure("Redis", after["valkey"], "MB"),
        Figure("web, worker, clock and Redis together", sums[1], "MB", at_most=300),
        *(
            Figure(f"{name}: growth from {first:,} to {events:,} events", _growth(before, after, name), "%", at_most=5)
            for name in ("web", "worker", "clock")
        ),
    ]


def _edit(stack: Stack, backlog: Backlog, hung: Sequence[Hung], *, events: int, begin: int) -> None:
    """Have due dates moved, over and over, and every deal follow."""
    for start in range(begin, begin + events, ROUND):
        numbers = range(start, min(start + ROUND, begin + events))
        change(stack, [_moved(hung[number % len(hung)], number) for number in numbers], seconds=len(numbers) / _PACE)
    backlog.wait_until_empty(within=timedelta(minutes=20), what="every due date is on its deal")


def _moved(one: Hung, number: int) -> dict[str, object]:
    day = date(2027, 1, 1) + timedelta(days=number % 300)
    return {"invoice": one.invoice_id, "do": "edit", "fields": {"DueDate": day.isoformat()}}


def _look_at_pages(stack: Stack) -> None:
    """Have the web process load what its pages need."""
    for path in ("/", "/healthz", "/setup"):
        requests.get(f"{stack.app_url}{path}", timeout=30)


def _megabytes(stack: Stack) -> dict[str, float]:
    """Read the memory that each part has for itself, and the most that one web process has."""
    found = {}
    for name in _PARTS:
        own = [_uss(process) for process in family(stack.process(name))]
        found[name] = sum(own)
        found[f"{name}, largest"] = max(own)
    return found


def _uss(process: psutil.Process) -> float:
    return float(process.memory_full_info().uss) / 1_000_000


def _growth(before: dict[str, float], after: dict[str, float], name: str) -> float:
    return (after[name] / before[name] - 1) * 100
