"""The panel, its poll and the invoice window, at a steady pace, and what a person waits for while typing."""

from statistics import median

from tests.bench.figures import Figure
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
BARE = "bare ceiling (/healthz)"


def measure_pages() -> list[Figure]:
    """Measure them on a stack of their own."""
    with Stack() as stack:
        person = set_up(stack)
        for _ in range(INVOICES):
            person.create(deal_id=DEAL).raise_for_status()
        wait_until(lambda: person.fields(DEAL).get("Xero invoice status") == "Draft", seconds=20, what="a quiet stack")
        rows, asked = _measure_panel(stack, person)
        rows["window, outline"] = [PACE.run(stack.base_port, _path("/invoice", person), {}) for _ in range(RUNS)]
        person.open_window(deal_id=DEAL)
        forget_calls(stack.xero_url)
        rows["window, form (5 a second)"] = [
            SLOW_PACE.run(stack.base_port, f"/invoice/form?deal={DEAL}", _bearer(person)) for _ in range(RUNS)
        ]
        asked_by_form = len(calls(stack.xero_url, method="GET", path="/"))
        keys = measure_typing(stack)
    return [
        *_figures(rows),
        Figure("calls to either vendor by the panel meanwhile", asked, bare=0),
        Figure(f"calls to Xero by {RUNS * SLOW_PACE.requests} forms", asked_by_form, bare=0),
        Figure(f"from key to paint with {LINES} lines, {KEYS} keys, p50", keys.p50, "ms"),
        Figure(f"from key to paint with {LINES} lines, {KEYS} keys, p95", keys.p95, "ms"),
    ]


def _measure_panel(stack: Stack, person: Salesperson) -> tuple[dict[str, list[Timings]], int]:
    person.fragment("GET", "/panel/invoices", deal_id=DEAL).raise_for_status()
    etag = person.fragment("GET", "/panel/invoices", deal_id=DEAL).headers["ETag"]
    for url in (stack.pipedrive_url, stack.xero_url):
        forget_calls(url)
    bearer = _bearer(person)
    targets: dict[str, tuple[str, dict[str, str]]] = {
        BARE: ("/healthz", {}),
        "panel, first load": (_path("/panel", person), {}),
        "panel, poll": (f"/panel/invoices?deal={DEAL}", bearer),
        "panel, poll, nothing new (304)": (f"/panel/invoices?deal={DEAL}", bearer | {"If-None-Match": etag}),
    }
    rows = {name: [PACE.run(stack.base_port, *target) for _ in range(RUNS)] for name, target in targets.items()}
    return rows, sum(len(calls(url, method="GET", path="/")) for url in (stack.pipedrive_url, stack.xero_url))


def _figures(rows: dict[str, list[Timings]]) -> list[Figure]:
    return [
        Figure(
            f"{name}, {part}",
            median(getattr(one, part) for one in timings),
            "ms",
            bare=median(getattr(one, part) for one in rows[BARE]),
        )
        for name, timings in rows.items()
        for part in ("p50", "p95", "p99")
    ]


def _bearer(person: Salesperson) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token()}"}


def _path(page: str, person: Salesperson) -> str:
    """Give a page's address with all that Pipedrive's frame adds to it."""
    return (
        f"{page}?token={person.token()}&id=frame-1&resource=deal&view=details&selectedIds={DEAL}"
        f"&userId={person.user_id}&companyId={person.company_id}&theme=light"
    )
