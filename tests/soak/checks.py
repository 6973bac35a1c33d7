"""What must be true when it is quiet again (acceptance 5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import requests
from sqlalchemy import func, select

from sync.store.database import Database
from sync.store.models import accounts, inbox, invoices
from tests.bench.flood import differing, pipedrive_counters, xero_counters
from tests.soak.ledger import Ledger, Order
from tests.support.crowd import Hung, Member, invoices_in, read_deals
from tests.support.stack import Stack


def check(stack: Stack, ledger: Ledger, *, hung: Sequence[Hung], most_extra: float) -> list[str]:
    """Hold everything against both vendors, and say what is wrong."""
    members = dict.fromkeys(one.member for one in hung)
    books = {member: invoices_in(stack, member) for member in members}
    deals = {member: {deal["id"]: deal for deal in read_deals(stack, member)["deals"]} for member in members}
    found = [*ledger.findings]
    for one in hung:
        fields = deals[one.member][one.deal_id]["fields"]
        if difference := differing(fields, books[one.member][one.invoice_id]):
            found.append(f"company {one.member.company_id}, deal {one.deal_id}: {difference}")
    for order in ledger.orders:
        found += check_order(order, books[order.member], deals[order.member])
    found += _check_emails(stack, ledger.orders, books)
    found += _check_titles(stack, ledger, deals)
    found += _check_counters(stack, most_extra)
    return found + (_stuck(stack) if found else [])


def _stuck(stack: Stack) -> list[str]:
    """Say what the product itself knows of what went wrong, for whoever looks into a finding."""
    database = Database(url=stack.database_url)
    queries = {
        "connections": select(accounts.Connection.state, func.count()).group_by(accounts.Connection.state),
        "events": select(inbox.Event.state, inbox.Event.reason, func.count()).group_by("state", "reason"),
        "deals": select(invoices.DealRow.problem_code, func.count()).group_by(invoices.DealRow.problem_code),
    }
    with database.reading() as session:
        told = [f"({name}: {[tuple(row) for row in session.execute(query)]})" for name, query in queries.items()]
    database.close()
    return told


def check_order(order: Order, books: dict[str, dict[str, Any]], deals: dict[int, dict[str, Any]]) -> list[str]:
    """One invoice for an order that was acknowledged, one at most for any other; and the deal says what it is."""
    made = [one for one in books.values() if one.get("Reference") == order.reference]
    name = f"company {order.member.company_id}, deal {order.deal_id}"
    if len(made) > 1:
        return [f"{name}: {len(made)} invoices for one order"]
    if not made:
        return [f"{name}: an invoice that was acknowledged is not in Xero"] if order.acknowledged else []
    difference = differing(deals[order.deal_id]["fields"], made[0])
    return [f"{name}: {difference}"] if difference else []


def _check_emails(stack: Stack, orders: Iterable[Order], books: dict[Member, dict[str, dict[str, Any]]]) -> list[str]:
    state = requests.get(f"{stack.xero_url}/control/state", timeout=60).json()
    sent = Counter(email["InvoiceID"] for org in state["organisations"] for email in org["emails"])
    found = []
    for order in orders:
        keys = [key for key, one in books[order.member].items() if one.get("Reference") == order.reference]
        number = sum(sent[key] for key in keys)
        if not order.emails_acknowledged <= number <= order.emails_asked:
            asked = f"{order.emails_asked} asked for, {order.emails_acknowledged} acknowledged"
            found.append(f"company {order.member.company_id}, deal {order.deal_id}: {number} e-mails sent, {asked}")
    return found


def _check_titles(stack: Stack, ledger: Ledger, deals: dict[Member, dict[int, dict[str, Any]]]) -> list[str]:
    """Every deal is known by the title that it has, where Pipedrive never stopped telling of it."""
    deaf = {one["company_id"] for one in _subscriptions(stack, deals) if one["lost"] or one["first_failures"]}
    titles = {
        (member.company_id, key): deal["title"] for member, theirs in deals.items() for key, deal in theirs.items()
    }
    database = Database(url=stack.database_url)
    with database.reading() as session:
        rows = session.scalars(select(invoices.DealRow)).all()
    database.close()
    known = {(row.company_id, row.deal_id): row.title for row in rows}
    return [
        f"company {key[0]}, deal {key[1]}: known as {known[key]!r}, not {titles[key]!r}"
        for key in ledger.titles
        if key[0] not in deaf and known[key] != titles[key]
    ]


def _subscriptions(stack: Stack, members: Iterable[Member]) -> list[dict[str, Any]]:
    url = f"{stack.pipedrive_url}/control/state"
    states = [requests.get(url, params={"company_id": one.company_id}, timeout=30).json() for one in members]
    return [webhook for state in states for webhook in state["webhooks"]]


def _check_counters(stack: Stack, most_extra: float) -> list[str]:
    xero, pipedrive = xero_counters(stack), pipedrive_counters(stack)
    found = [
        f"{vendor} refused {number} calls over its {limit} limit"
        for vendor, counted in (("Xero", xero), ("Pipedrive", pipedrive))
        for limit, number in counted["refused"].items()
    ]
    by_kind: dict[str, int] = defaultdict(int)
    for route, number in pipedrive["calls"].items():
        by_kind[" ".join(route.split()[:1]) + route[-3:]] += number
    writes = by_kind["PATCH200"]
    if pipedrive["idle_writes"] > most_extra * max(writes, 1):
        found.append(f"{pipedrive['idle_writes']} of {writes} writes changed nothing")
    return found
