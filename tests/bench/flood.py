"""Many payments in many organisations at once, and when each of them had reached its deal."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests

from tests.support.backlog import Backlog
from tests.support.crowd import Hung, Member, invoices_in, read_deals
from tests.support.stack import Stack
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until

PAID = "Xero paid"
_STATUS = {"DRAFT": "Draft", "AUTHORISED": "Awaiting payment", "PAID": "Paid"}


@dataclass(frozen=True)
class Reached:
    """When a payment was made, and how many seconds later the deal said so."""

    member: Member
    made: float
    lag: float


def change(stack: Stack, changes: list[dict[str, Any]], *, seconds: float) -> list[float]:
    """Have people make changes in Xero at a pace, and give when each was made, once all events were taken."""
    body = {"changes": changes, "seconds": seconds}
    requests.post(f"{stack.xero_url}/control/changes", json=body, timeout=60).raise_for_status()

    def made() -> list[float] | None:
        state = requests.get(f"{stack.xero_url}/control/changes", timeout=60).json()
        assert not state["problems"], state["problems"]
        return state["made"] if len(state["made"]) == len(changes) else None

    times = wait_until(made, seconds=seconds + 120, what="all changes were made", step=0.25)
    wait_until(lambda: xero_counters(stack)["webhook"]["waiting"] == 0, seconds=60, what="all were told", step=0.1)
    return times


def pay(
    stack: Stack, backlog: Backlog, hung: Sequence[Hung], *, paid_before: Counter[str], times: int, seconds: float
) -> list[Reached]:
    """Pay one unit several times into each invoice, in turns, and give when each payment had reached its deal."""
    forget_calls(stack.pipedrive_url)
    wanted = [(one, paid_before[one.invoice_id] + number + 1) for number in range(times) for one in hung]
    paid_before.update({one.invoice_id: times for one in hung})
    changes = [{"invoice": one.invoice_id, "do": "pay", "amount": "1.00"} for one, _paid in wanted]
    made = change(stack, changes, seconds=seconds)
    backlog.wait_until_empty(within=timedelta(minutes=5), what="every payment is on its deal")
    written = _written(stack, {one.member for one in hung})
    return [
        Reached(one.member, at, _first(written[one.member.company_id, one.deal_id], paid) - at)
        for (one, paid), at in zip(wanted, made, strict=True)
    ]


def _written(stack: Stack, members: Iterable[Member]) -> dict[tuple[int, int], list[tuple[float, float]]]:
    """Read from Pipedrive's log when which sum was written as paid into which deal."""
    codes = {member.company_id: read_deals(stack, member)["codes"][PAID] for member in members}
    found: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for call in calls(stack.pipedrive_url, method="PATCH", path="/api/v2/deals/"):
        company_id = int(call["company_id"])
        value = (call["body"] or {}).get("custom_fields", {}).get(codes.get(company_id, ""))
        if call["status"] == 200 and value:
            ended = datetime.fromisoformat(call["at"]).timestamp() + call["took"] / 1000
            found[company_id, int(call["path"].rpartition("/")[2])].append((ended, value["value"]))
    return found


def _first(written: list[tuple[float, float]], paid: int) -> float:
    return min((at for at, value in written if value >= paid), default=float("inf"))


def wrong_deals(stack: Stack, hung: Iterable[Hung]) -> list[str]:
    """Compare every deal with its invoice as Xero has it, and say which differ."""
    by_member: dict[Member, list[Hung]] = defaultdict(list)
    for one in hung:
        by_member[one.member].append(one)
    wrong = []
    for member, theirs in by_member.items():
        deals = {deal["id"]: deal["fields"] for deal in read_deals(stack, member)["deals"]}
        books = invoices_in(stack, member)
        wrong += [
            f"company {member.company_id}, deal {one.deal_id}: {difference}"
            for one in theirs
            if (difference := differing(deals[one.deal_id], books[one.invoice_id]))
        ]
    return wrong


def differing(fields: dict[str, Any], invoice: dict[str, Any]) -> str:
    """Say what a deal says otherwise than its only invoice; nothing where they agree."""
    said = {
        "status": fields.get("Xero invoice status", {}).get("label"),
        "paid": fields.get(PAID, {}).get("value"),
        "due": fields.get("Xero due", {}).get("value"),
    }
    # A draft is owed by nobody yet.
    due = float(invoice["AmountDue"]) if invoice["Status"] in ("AUTHORISED", "PAID") else 0
    meant = {"status": _STATUS.get(invoice["Status"]), "paid": float(invoice["AmountPaid"]), "due": due}
    return "" if said == meant else f"{said} instead of {meant}"


def xero_counters(stack: Stack) -> dict[str, Any]:
    """Read what Xero counted."""
    return dict(requests.get(f"{stack.xero_url}/control/counters", timeout=30).json())


def pipedrive_counters(stack: Stack) -> dict[str, Any]:
    """Read what Pipedrive counted."""
    return dict(requests.get(f"{stack.pipedrive_url}/control/counters", timeout=30).json())


def latency(stack: Stack, *, xero: tuple[int, int], pipedrive: tuple[int, int]) -> None:
    """Have both vendors answer within so many milliseconds."""
    for url, (low, high) in ((stack.xero_url, xero), (stack.pipedrive_url, pipedrive)):
        requests.post(f"{url}/control/latency", json={"low": low, "high": high}, timeout=10).raise_for_status()
