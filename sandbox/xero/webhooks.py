"""The app's webhook subscription: signed batches, retries, and the intent to receive."""

import base64
import hashlib
import heapq
import hmac
import itertools
import json
import secrets
import string
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import urllib3

from sandbox.control import Clock
from sandbox.courier import Courier
from sandbox.xero.noise import Noise
from sandbox.xero.values import Json

GATHER_SECONDS = 0.1
RETRY_SECONDS = 900
GIVE_UP_SECONDS = 86_400
KEPT_SECONDS = 31 * 86_400
_LARGEST_BATCH = 100
_TIMEOUT = 5.0
_PATHS = {"INVOICE": "Invoices", "CONTACT": "Contacts"}
_DELIVERING = ("new", "ok")


@dataclass(slots=True)
class _Batch:
    body: bytes
    events: int
    last: int
    made: float
    log: "_Log"
    failed_since: float | None = None
    tries: int = 0
    sent: str = ""


@dataclass(slots=True)
class _Log:
    acknowledged: int = 0
    deliveries: deque[Json] = field(default_factory=lambda: deque(maxlen=500))
    verdict: list[Json] = field(default_factory=list)


def sign(key: str, body: bytes) -> str:
    """This will sign a body: the key is the portal's text itself, not what its base64 would decode to."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def spoil(signature: str) -> str:
    """This will make a signature wrong in a single character, as Xero's own test does."""
    return ("n" if signature[0] == "/" else "/") + signature[1:]


def payload(events: list[Json], first: int, last: int) -> bytes:
    """This will write a delivery with Xero's odd spacing, which no JSON library writes again."""
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))
    inner = ",".join(json.dumps(event, separators=(",", ": ")) for event in events)
    text = f'{{"events":[{inner}],"firstEventSequence": {first},"lastEventSequence": {last}, "entropy": "{entropy}"}}'
    return text.encode()


class Subscription:
    """This will tell the app's webhook address of changes in organisations that the app is connected to."""

    def __init__(self, clock: Clock, courier: Courier, api_url: str, key: str, url: str | None) -> None:
        self._clock, self._courier, self._api_url, self._key = clock, courier, api_url, key
        self.connected: Callable[[str], bool] = lambda _tenant_id: True
        self._first_url = url
        self._changed = threading.Condition()
        self._http = urllib3.PoolManager(retries=False)
        self._thread: threading.Thread | None = None
        self.reset()

    def reset(self) -> None:
        """This will go back to the address given at the start, with nothing sent yet."""
        with self._changed:
            self.url = self._first_url
            self.state = "new" if self.url else "off"
            self.noise = Noise()
            self._numbers = itertools.count()
            #: Deliveries that were not taken yet, those that wait for another try too.
            self._open = 0
            #: When each leaves, by the monotonic clock.
            self._pending: list[tuple[float, int, Json]] = []
            self._kept: list[_Batch] = []
            self._sequence = 0
            self.log = _Log()

    def hear(self, *, tenant_id: str, category: str, resource_id: str, kind: str, at_ms: int) -> None:
        """This will put a change into the next delivery."""
        if self.state == "off" or not self.connected(tenant_id):
            return
        at = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        event = {"resourceUrl": f"{self._api_url}/api.xro/2.0/{_PATHS[category]}/{resource_id}"}
        event |= {"resourceId": resource_id, "tenantId": tenant_id, "tenantType": "ORGANISATION"}
        event |= {"eventCategory": category, "eventType": kind, "eventDateUtc": at}
        with self._changed:
            for delay in self.noise.delays():
                heapq.heappush(self._pending, (time.monotonic() + delay, next(self._numbers), event))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="xero-webhooks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def configure(self, url: str | None) -> list[Json]:
        """This will set another address and, as the portal does, ask whether it intends to receive."""
        with self._changed:
            self.url, self.state = url, "failed" if url else "off"
        return self.ask_intent() if url else []

    def ask_intent(self) -> list[Json]:
        """This will send the series of right and wrong signatures, and judge the answers."""
        if not self.url:
            return []
        tests = [self._ask(rightly_signed=right) for right in (True, False, True, False)]
        with self._changed:
            self.log.verdict = tests
            silent = self.state == "new" and all(test["status"] is None for test in tests)
            if not silent:
                self.state = "ok" if all(test["ok"] for test in tests) else "failed"
            kept, self._kept = (self._kept, []) if self.state == "ok" else ([], self._kept)
            self._changed.notify()
        for batch in kept:
            if self._clock.timestamp() - batch.made < KEPT_SECONDS:
                batch.tries, batch.failed_since = 0, None
                self._send(batch, 0)
        return tests

    def ask_intent_once(self) -> None:
        """This will ask in the background, if the address was never asked."""
        if self.state == "new" and not self.log.verdict:
            threading.Thread(target=self.ask_intent, name="xero-intent", daemon=True).start()

    def describe(self) -> Json:
        """This will show the subscription."""
        with self._changed:
            waiting = len(self._pending) + sum(batch.events for batch in self._kept)
            return {
                "url": self.url,
                "state": self.state,
                "last_sequence": self._sequence,
                "waiting": waiting,
                "acknowledged": self.log.acknowledged,
                "idle": not self._open and not self._pending,
                "intent_to_receive": self.log.verdict,
                "deliveries": list(self.log.deliveries),
            }

    def _ask(self, *, rightly_signed: bool) -> Json:
        body = payload([], 0, 0)
        signature = sign(self._key, body) if rightly_signed else spoil(sign(self._key, body))
        wanted = "2xx" if rightly_signed else "401"
        test: Json = {
            "signature": "right" if rightly_signed else "wrong",
            "wanted": wanted,
            "status": None,
            "ok": False,
        }
        try:
            answer = self._http.request(
                "POST", self.url or "", body=body, headers=self._headers(signature), timeout=_TIMEOUT, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return {**test, "problem": "no answer within 5 s"}
        right_status = 200 <= answer.status < 300 if rightly_signed else answer.status == 401
        clean = not answer.data and "Set-Cookie" not in answer.headers
        problem = "" if right_status else f"Response to {test['signature']}ly signed payload not {wanted}"
        problem = problem or ("" if clean else "Response has a body or a cookie")
        return {**test, "status": answer.status, "ok": right_status and clean, "problem": problem}

    def _headers(self, signature: str) -> dict[str, str]:
        return {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": signature, "User-Agent": "Xero"}

    def _run(self) -> None:
        while True:
            with self._changed:
                while (nap := self._nap()) != 0:
                    self._changed.wait(nap)
            time.sleep(GATHER_SECONDS)
            while batch := self._take():
                self._send(batch, 0)

    def _nap(self) -> float | None:
        """This will say for how long nothing leaves; None: until something changes."""
        if not self._pending or self.state not in _DELIVERING:
            return None
        return max(0.0, self._pending[0][0] - time.monotonic())

    def _take(self) -> _Batch | None:
        with self._changed:
            events, now = list[Json](), time.monotonic()
            while self._pending and self._pending[0][0] <= now and len(events) < _LARGEST_BATCH:
                events.append(heapq.heappop(self._pending)[-1])
            if not events:
                return None
            self._open += 1
            first, self._sequence = self._sequence + 1, self._sequence + len(events)
            body = payload(events, first, self._sequence)
            return _Batch(body, len(events), self._sequence, self._clock.timestamp(), self.log)

    def _send(self, batch: _Batch, delay: float) -> None:
        headers = self._headers(sign(self._key, batch.body))
        batch.sent = self._clock.now().isoformat(timespec="milliseconds")
        self._courier.post(
            url=self.url or "",
            body=batch.body,
            headers=headers,
            timeout=_TIMEOUT,
            delay=delay,
            on_result=lambda status: self._result(batch, status),
        )

    def _result(self, batch: _Batch, status: int | None) -> None:
        if batch.log is not self.log:
            return  # it left before everything was reset
        now = self._clock.timestamp()
        batch.tries += 1
        entry = {"at": self._clock.now().isoformat(timespec="milliseconds"), "status": status, "try": batch.tries}
        entry |= {"sent": batch.sent, "events": batch.events, "lastEventSequence": batch.last}
        self.log.deliveries.append(entry)
        if status is not None and 200 <= status < 300:
            with self._changed:
                self.log.acknowledged += batch.events
                self._open -= 1
            return
        batch.failed_since = batch.failed_since or now
        with self._changed:
            if now - batch.failed_since >= GIVE_UP_SECONDS:
                self.state = "disabled"
            if self.state not in _DELIVERING:
                self._kept.append(batch)
                return
        self._send(batch, 0 if batch.tries == 1 else RETRY_SECONDS)
