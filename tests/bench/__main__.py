"""Run the benchmarks against a sandbox of their own and print a table of medians."""

import sys
from statistics import median

from tests.bench.pace import Pace, Timings
from tests.bench.typing import KEYS, LINES, measure_typing
from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until

DEAL, INVOICES, RUNS = 1, 3, 3
PACE = Pace(per_second=100, requests=1000, connections=4)
#: The form asks Pipedrive five things each time, and the sandbox's Pipedrive shares these processors.
SLOW_PACE = Pace(per_second=5, requests=50, connections=2)


def main() -> int:
    """Measure the panel, its poll and the window, at a steady pace, and what a person waits for while typing."""
    with Stack() as stack:
        person = set_up(stack)
        for _ in range(INVOICES):
            person.create(deal_id=DEAL).raise_for_status()
        wait_until(lambda: person.fields(DEAL).get("Xero invoice status") == "Draft", seconds=20, what="a quiet stack")
        token = person.token()
        person.fragment("GET", "/panel/invoices", deal_id=DEAL).raise_for_status()
        etag = person.fragment("GET", "/panel/invoices", deal_id=DEAL).headers["ETag"]
        forget_calls(stack.pipedrive_url)
        forget_calls(stack.xero_url)
        bearer = {"Authorization": f"Bearer {token}"}
        targets: dict[str, tuple[str, dict[str, str]]] = {
            "bare ceiling (/healthz)": ("/healthz", {}),
            "panel, first load": (panel_path(person, token), {}),
            "panel, poll": (f"/panel/invoices?deal={DEAL}", bearer),
            "panel, poll, nothing new (304)": (f"/panel/invoices?deal={DEAL}", bearer | {"If-None-Match": etag}),
        }
        rows = {name: [PACE.run(stack.base_port, *target) for _ in range(RUNS)] for name, target in targets.items()}
        asked = sum(len(calls(url, method="GET", path="/")) for url in (stack.pipedrive_url, stack.xero_url))
        rows["window, outline"] = [PACE.run(stack.base_port, window_path(person, token), {}) for _ in range(RUNS)]
        person.open_window(deal_id=DEAL)
        forget_calls(stack.xero_url)
        rows["window, form (5 a second)"] = [
            SLOW_PACE.run(stack.base_port, f"/invoice/form?deal={DEAL}", bearer) for _ in range(RUNS)
        ]
        asked_by_form = len(calls(stack.xero_url, method="GET", path="/"))
        keys = measure_typing(stack)
    report(rows, vendor_calls=asked)
    print(f"calls to Xero by {RUNS * SLOW_PACE.requests} forms: {asked_by_form}")
    print(f"from key to paint with {LINES} lines, {KEYS} keys: p50 {keys.p50:.0f} ms, p95 {keys.p95:.0f} ms")
    return 0


def panel_path(person: Salesperson, token: str) -> str:
    """Give the panel's address as Pipedrive's frame asks for it."""
    return frame_path("/panel", person, token)


def window_path(person: Salesperson, token: str) -> str:
    """Give the window's address as Pipedrive's frame asks for it."""
    return frame_path("/invoice", person, token)


def frame_path(path: str, person: Salesperson, token: str) -> str:
    """Give a page's address with all that Pipedrive adds to it."""
    return (
        f"{path}?token={token}&id=frame-1&resource=deal&view=details&selectedIds={DEAL}"
        f"&userId={person.user_id}&companyId=7741001&theme=light"
    )


def report(rows: dict[str, list[Timings]], *, vendor_calls: int) -> None:
    """Print each figure's median over the runs, and its ratio to the bare ceiling's."""
    bare = median(one.p50 for one in next(iter(rows.values())))
    print(f"{PACE.per_second} requests a second, {RUNS} runs of {PACE.requests}, milliseconds")
    print(f"{'':34} {'p50':>7} {'p95':>7} {'p99':>7} {'x bare':>7}")
    for name, timings in rows.items():
        p50, p95, p99 = (median(getattr(one, part) for one in timings) for part in ("p50", "p95", "p99"))
        print(f"{name:34} {p50:7.1f} {p95:7.1f} {p99:7.1f} {p50 / bare:7.1f}")
    print(f"calls to either vendor meanwhile: {vendor_calls}")


if __name__ == "__main__":
    sys.exit(main())
