"""The load: changes in Xero, edits in Pipedrive, and people who make invoices and have them sent."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import requests

from tests.soak.ledger import Ledger, Order
from tests.support.crowd import Hung, Member, invoices_in
from tests.support.stack import Stack
from tests.support.story import Salesperson, Window

#: Changes in Xero in a second, and seconds of them that are ordered at once.
_PACE, _ROUND = 12, 3.0
_CLICKS, _BETWEEN_CLICKS = 6, 0.7
_LINE = {"product_id": 1, "item_price": 120, "quantity": 1}


class Load:
    """Everybody who is at work; stops when told to."""

    def __init__(
        self, stack: Stack, ledger: Ledger, *, hung: Sequence[Hung], people: Sequence["Clerk"], seed: int
    ) -> None:
        self._stack, self._ledger, self._hung = stack, ledger, hung
        self._random = random.Random(seed)  # noqa: S311 - no secret hangs on it
        self._over = threading.Event()
        self._states = {one.invoice_id: "DRAFT" for one in hung}
        works = [self._change_in_xero, self._edit_deals, *(self._work_of(clerk, seed) for clerk in people)]
        self._threads = [threading.Thread(target=self._repeat, args=(work,), daemon=True) for work in works]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they are at."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._over.is_set():
            try:
                work()
            except (OSError, ValueError, requests.RequestException) as err:
                self._ledger.find(f"the load itself failed: {err!r}")
                return

    def _change_in_xero(self) -> None:
        """Approve what is a draft, pay into what is approved, and now and then change what no deal shows."""
        chosen = self._random.choices(self._hung, k=round(_PACE * _ROUND))
        body = {"changes": [self._next_change(one) for one in chosen], "seconds": _ROUND}
        requests.post(f"{self._stack.xero_url}/control/changes", json=body, timeout=30).raise_for_status()
        self._over.wait(_ROUND + 0.2)

    def _next_change(self, one: Hung) -> dict[str, Any]:
        if self._states[one.invoice_id] == "DRAFT":
            self._states[one.invoice_id] = "AUTHORISED"
            return {"invoice": one.invoice_id, "do": "approve"}
        if self._random.random() < 0.15:
            text = {"Reference": f"{self._random.random()}"}
            return {"invoice": one.invoice_id, "do": "edit", "fields": text}
        return {"invoice": one.invoice_id, "do": "pay", "amount": "0.50"}

    def _edit_deals(self) -> None:
        one, title = self._random.choice(self._hung), f"A deal, {self._random.random():.6f}"
        cookies = {"pipedrive_user": str(one.member.user_id)}
        url = f"{self._stack.pipedrive_url}/deal/{one.deal_id}"
        answer = requests.post(url, data={"title": title}, cookies=cookies, allow_redirects=False, timeout=30)
        assert answer.status_code == 303, answer.text
        self._ledger.titles[one.member.company_id, one.deal_id] = title
        self._over.wait(1.5)

    def _work_of(self, clerk: "Clerk", seed: int) -> Callable[[], None]:
        chance = random.Random(seed)  # noqa: S311 - no secret hangs on it

        def make_one() -> None:
            clerk.make_invoice(email=chance.random() < 0.6)
            self._over.wait(0.3)

        return make_one


class Clerk:
    """A person at a company who presses buttons again where nothing came back."""

    def __init__(self, stack: Stack, ledger: Ledger, *, member: Member, person: Salesperson) -> None:
        self._stack, self._ledger, self._member, self._person = stack, ledger, member, person

    def make_invoice(self, *, email: bool) -> None:
        """Open the window on a new deal, have the invoice approved, and perhaps sent."""
        url = f"{self._stack.pipedrive_url}/control/deals?company_id={self._member.company_id}"
        deal = {"title": "A person's deal", "org_id": 1, "person_id": 1, "lines": [_LINE]}
        deal_id = int(requests.post(url, json=deal, timeout=30).json()["id"])
        window = self._press(lambda: self._person.fragment("GET", "/invoice/form", deal_id=deal_id))
        if window is None:
            return
        order = Order(self._member, deal_id, reference=f"soak {uuid.uuid4()}")
        self._ledger.orders.append(order)
        content = self._content(deal_id, window, order)
        if content is None:
            return
        order.acknowledged = bool(
            self._press(lambda: self._person.fragment("POST", "/invoice", deal_id=deal_id, json=content))
        )
        if email and order.acknowledged:
            self._email(order)

    def _content(self, deal_id: int, form: requests.Response, order: Order) -> dict[str, Any] | None:
        query = {"intent": form.json()["intent_key"]}
        answer = self._press(lambda: self._person.fragment("GET", "/invoice/customer", deal_id=deal_id, params=query))
        if answer is None:
            return None
        return Window(form=form, customer=answer).content | {"create_as": "approve", "reference": order.reference}

    def _email(self, order: Order) -> None:
        books = invoices_in(self._stack, self._member)
        found = [one["InvoiceID"] for one in books.values() if one.get("Reference") == order.reference]
        if len(found) != 1:
            return
        path, key = f"/panel/invoices/{found[0]}/email", {"key": str(uuid.uuid4())}
        order.emails_asked += 1
        answer = self._press(lambda: self._person.fragment("POST", path, deal_id=order.deal_id, data=key))
        order.emails_acknowledged += bool(answer)

    def _press(self, press: Callable[[], requests.Response]) -> requests.Response | None:
        """Press until something good comes back, as often as a person would."""
        for _ in range(_CLICKS):
            try:
                answer = press()
                if answer.ok:
                    return answer
            except requests.RequestException as err:
                self._ledger.happened.append(f"a person saw {type(err).__name__}")
            time.sleep(_BETWEEN_CLICKS)
        return None
