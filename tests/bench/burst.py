"""A burst over many organisations, twice, late and out of order, with vendors that take their time (acceptance 3)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

import requests

from tests.bench.bare import bare_seconds
from tests.bench.figures import Figure
from tests.bench.flood import Reached, latency, pay, pipedrive_counters, wrong_deals, xero_counters
from tests.support.backlog import Backlog
from tests.support.crowd import Hung, gather, hang_invoices
from tests.support.stack import Stack

XERO, PIPEDRIVE = (250, 600), (120, 300)
RUNS, SECONDS = 3, 5.0
#: Events for each invoice: two payments, one after all invoices had their first.
PAYMENTS = 2
#: Twice as many calls in flight as a worker process has threads.
_IN_FLIGHT = 48


@dataclass(frozen=True)
class Shape:
    """How many events, in how many organisations."""

    organisations: int = 200
    events: int = 10_000
    duplicates: float = 0.2

    @property
    def different(self) -> int:
        """How many of the events are not the second copy of another."""
        return round(self.events * (1 - self.duplicates))

    @property
    def each(self) -> int:
        """How many invoices every organisation has, where all have the same."""
        return self.different // PAYMENTS // self.organisations

    @property
    def noisy(self) -> int:
        """How many invoices the organisation has that sends a third of it all."""
        return self.different // PAYMENTS // 3


@dataclass
class _Round:
    reached: list[Reached]

    def p95(self, company_ids: set[int]) -> float:
        """The seconds within which 95 % of the payments had reached the deals of some companies."""
        lags = sorted(one.lag for one in self.reached if one.member.company_id in company_ids)
        return lags[int(len(lags) * 0.95)]

    @property
    def last(self) -> float:
        """The seconds from the first payment until the last deal was right."""
        return max(one.made + one.lag for one in self.reached) - min(one.made for one in self.reached)


def measure_burst(shape: Shape = Shape()) -> list[Figure]:
    """Run the burst evenly, then with one organisation that sends a third of it."""
    with Stack(workers=2) as stack:
        backlog = Backlog(stack)
        members = gather(stack, count=shape.organisations)
        even = hang_invoices(stack, members, each=shape.each)
        more = hang_invoices(stack, members[:1], each=shape.noisy - shape.each)
        backlog.wait_until_empty(within=timedelta(minutes=10), what="nothing is left of the installations")
        share = shape.duplicates / (1 - shape.duplicates)
        noise = {"duplicates": share, "late": 0.5, "seconds": 1, "seed": 1}
        requests.post(f"{stack.xero_url}/control/webhook/noise", json=noise, timeout=10).raise_for_status()
        latency(stack, xero=XERO, pipedrive=PIPEDRIVE)
        bare = bare_seconds(stack, even, threads=_IN_FLIGHT)
        paid = Counter[str]()
        evenly = [_run(stack, backlog, even, paid) for _ in range(RUNS)]
        loud, others = [*even[: shape.each], *more], even[shape.each :]
        quiet = others[: (shape.different // PAYMENTS) - len(loud)]
        unevenly = [_run(stack, backlog, _mixed(loud, quiet), paid) for _ in range(RUNS)]
        wrong = wrong_deals(stack, [*even, *more])
        figures = _figures(evenly, bare) + _noisy_figures(evenly, unevenly, loud[0].member.company_id)
        return figures + _limit_figures(stack, wrong)


def _run(stack: Stack, backlog: Backlog, hung: Sequence[Hung], paid: Counter[str]) -> _Round:
    made = _Round(pay(stack, backlog, hung, paid_before=paid, times=PAYMENTS, seconds=SECONDS))
    print(f"  a burst on {len(hung):,} invoices: the last deal was right after {made.last:.1f} s", flush=True)
    return made


def _mixed(loud: Sequence[Hung], quiet: Sequence[Hung]) -> list[Hung]:
    """Put two of the others behind each of the loud one's: it sends through the whole burst."""
    rest = iter(quiet)
    return [one for first in loud for one in (first, next(rest, None), next(rest, None)) if one]


def _figures(rounds: Sequence[_Round], bare: float) -> list[Figure]:
    everyone = {reached.member.company_id for one in rounds for reached in one.reached}
    lags = [sorted(reached.lag for reached in one.reached) for one in rounds]
    return [
        Figure("burst: p50 from payment to deal", median(one[len(one) // 2] for one in lags), "s"),
        Figure("burst: p95", median(one.p95(everyone) for one in rounds), "s", at_most=45),
        Figure(
            "burst: last deal right",
            median(one.last for one in rounds),
            "s",
            at_most=60,
            bare=bare,
            bare_is=f"the calls alone, {_IN_FLIGHT} in flight",
        ),
    ]


def _noisy_figures(evenly: Sequence[_Round], unevenly: Sequence[_Round], loud: int) -> list[Figure]:
    quiet = {reached.member.company_id for one in unevenly for reached in one.reached} - {loud}
    before, after = (median(one.p95(quiet) for one in rounds) for rounds in (evenly, unevenly))
    return [
        Figure("one organisation sends a third: its own p95", median(one.p95({loud}) for one in unevenly), "s"),
        Figure("one organisation sends a third: p95 of the others", after, "s", bare=before, bare_is="evenly"),
        Figure("one organisation sends a third: the others' p95, as a ratio", after / before, at_most=1.25),
    ]


def _limit_figures(stack: Stack, wrong: Sequence[str]) -> list[Figure]:
    for line in wrong[:5]:
        print(f"  wrong: {line}")
    xero, pipedrive = xero_counters(stack), pipedrive_counters(stack)
    nearest = [
        Figure(f"most ever used of {vendor}'s {name}", used, at_most=counters["limits"].get(name))
        for vendor, counters in (("Xero", xero), ("Pipedrive", pipedrive))
        for name, used in counters["most"].items()
    ]
    return [
        Figure("deals that are wrong in the end", len(wrong), at_most=0),
        Figure("calls that Xero refused over a limit", sum(xero["refused"].values()), at_most=0),
        Figure("calls that Pipedrive refused over a limit", sum(pipedrive["refused"].values()), at_most=0),
        *nearest,
    ]
