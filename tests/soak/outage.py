"""A day in which nothing reached us, then everything at once (acceptance 7, D28)."""

from datetime import timedelta

import requests

from tests.bench.flood import latency, pipedrive_counters, wrong_deals, xero_counters
from tests.support.backlog import Backlog
from tests.support.crowd import Hung, gather, hang_invoices
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack
from tests.support.waiting import wait_until

ORGANISATIONS, EACH, EVENTS_EACH = 50, 100, 10
DAY = 86_400
_XERO, _PIPEDRIVE = (250, 600), (120, 300)
_WITHIN = timedelta(minutes=40)
_SENT_AT_ONCE = 500


def outage(*, database: str) -> list[str]:
    """Shut the receiver's door for a day while people work in Xero, open it, and see that every deal becomes right."""
    postgres = PostgresServer() if database == "postgresql" else None
    env = {"INSTEP_DATABASE_URL": postgres.new_database()} if postgres else {}
    try:
        with Stack(env=env, workers=2) as stack:
            return _outage(stack)
    finally:
        if postgres:
            postgres.stop()


def _outage(stack: Stack) -> list[str]:
    backlog = Backlog(stack)
    hung = hang_invoices(stack, gather(stack, count=ORGANISATIONS), each=EACH)
    backlog.wait_until_empty(within=_WITHIN, what="nothing is left of the installations")
    latency(stack, xero=_XERO, pipedrive=_PIPEDRIVE)
    _work_behind_a_closed_door(stack, hung)
    for url in (stack.xero_url, stack.pipedrive_url):
        requests.post(f"{url}/control/clock", json={"advance": DAY}, timeout=60).raise_for_status()
    print(f"a day later: {xero_counters(stack)['webhook']['waiting']:,} events wait at Xero", flush=True)
    answer = requests.post(f"{stack.xero_url}/control/webhook", json={"url": _receiver(stack)}, timeout=60)
    assert answer.json()["state"] == "ok", answer.text
    wait_until(lambda: xero_counters(stack)["webhook"]["idle"], seconds=600, what="Xero has sent everything", step=0.5)
    backlog.wait_until_empty(within=_WITHIN, what="everything is worked off")
    return _findings(stack, hung)


def _receiver(stack: Stack) -> str:
    return f"{stack.app_url}/webhooks/xero"


def _work_behind_a_closed_door(stack: Stack, hung: list[Hung]) -> None:
    """Have every invoice paid into ten times while Xero keeps what it would tell."""
    # Nobody listens there: deliveries fail until the address does not count any more, and are kept for 31 days.
    requests.post(f"{stack.xero_url}/control/webhook", json={"url": "http://127.0.0.1:9/"}, timeout=60)
    wanted = [{"invoice": one.invoice_id, "do": "pay", "amount": "1.00"} for _ in range(EVENTS_EACH) for one in hung]
    for start in range(0, len(wanted), _SENT_AT_ONCE * 20):
        part = wanted[start : start + _SENT_AT_ONCE * 20]
        body = {"changes": part, "seconds": 0}
        requests.post(f"{stack.xero_url}/control/changes", json=body, timeout=60).raise_for_status()
        wait_until(lambda: _made(stack) == len(part), seconds=300, what="the changes were made", step=0.5)  # noqa: B023 - waited for in the loop


def _made(stack: Stack) -> int:
    state = requests.get(f"{stack.xero_url}/control/changes", timeout=60).json()
    assert not state["problems"], state["problems"]
    return len(state["made"])


def _findings(stack: Stack, hung: list[Hung]) -> list[str]:
    xero, pipedrive = xero_counters(stack), pipedrive_counters(stack)
    found = wrong_deals(stack, hung)
    for vendor, counted in (("Xero", xero), ("Pipedrive", pipedrive)):
        print(f"{vendor}: most used {counted['most']}, refused {counted['refused']}", flush=True)
        found += [f"{vendor} refused {number} calls over its {limit}" for limit, number in counted["refused"].items()]
    return found
