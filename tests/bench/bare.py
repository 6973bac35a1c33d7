"""The same calls to the vendors as the app makes, by nothing but threads and sockets: what no app could do faster."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.support.crowd import Hung, Member, read_deals
from tests.support.stack import Stack

_IDS = 40


class BareCaller:
    """One organisation's and one company's tokens, and connections that are kept open, one in each thread."""

    def __init__(self, stack: Stack, member: Member) -> None:
        self._stack, self._member = stack, member
        company = {"company_id": member.company_id, "user_id": member.user_id}
        books = {"organisation": member.tenant_id, "user": member.bookkeeper}
        pipedrive = requests.post(f"{stack.pipedrive_url}/control/tokens", json=company, timeout=30).json()
        xero = requests.post(f"{stack.xero_url}/control/tokens", json=books, timeout=30).json()
        self._pipedrive = {"Authorization": f"Bearer {pipedrive['access_token']}", "Content-Type": "application/json"}
        self._xero = {"Authorization": f"Bearer {xero['access_token']}", "Accept": "application/json"}
        self._xero["xero-tenant-id"] = member.tenant_id
        self._fields = read_deals(stack, member)

    def fetch(self, invoice_ids: Sequence[str]) -> None:
        """Ask Xero for some invoices."""
        path = f"/api.xro/2.0/Invoices?IDs={','.join(invoice_ids)}&page=1&pageSize=100"
        _call(self._stack.xero_url, "GET", path, self._xero)

    def write(self, deal_id: int) -> None:
        """Write into a deal what stands there already, which tells nobody anything."""
        codes, deals = self._fields["codes"], {deal["id"]: deal["fields"] for deal in self._fields["deals"]}
        value = deals[deal_id].get("Xero paid")
        body = json.dumps({"custom_fields": {codes["Xero paid"]: value}})
        _call(self._stack.pipedrive_url, "PATCH", f"/api/v2/deals/{deal_id}", self._pipedrive, body)


def bare_seconds(stack: Stack, hung: Sequence[Hung], *, threads: int) -> float:
    """Fetch every invoice, forty at a time, then write every deal once, with so many calls in flight."""
    members = dict.fromkeys(one.member for one in hung)
    callers = {member: BareCaller(stack, member) for member in members}
    chunks = []
    for member in members:
        ids = [one.invoice_id for one in hung if one.member == member]
        chunks += [(member, ids[start : start + _IDS]) for start in range(0, len(ids), _IDS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda chunk: callers[chunk[0]].fetch(chunk[1]), chunks))
        list(pool.map(lambda one: callers[one.member].write(one.deal_id), hung))
    return time.perf_counter() - began


_kept = threading.local()


def _call(url: str, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Any:
    connections: dict[str, http.client.HTTPConnection] = _kept.__dict__.setdefault("connections", {})
    place = urlsplit(url).netloc
    connection = connections.setdefault(place, http.client.HTTPConnection(place))
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, (answer.status, content)
    return content
