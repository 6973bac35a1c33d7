"""Webhook deliveries that leave a simulated vendor: in order, on time, and wrong where a fault says so."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import urllib3

from sandbox.control import Clock, Control

_logger = logging.getLogger(__name__)
_WORKERS = 8
#: Real time passes by itself; moves of the clock wake the scheduler at once.
_LONGEST_NAP = 60.0


@dataclass(frozen=True)
class _Delivery:
    url: str
    body: bytes
    headers: Mapping[str, str]
    timeout: float
    on_result: Callable[[int | None], None] | None
    #: Deliveries that a fault makes wait until this one has arrived.
    then: tuple["_Delivery", ...] = ()
    faulted: bool = False


@dataclass(order=True, frozen=True)
class _Planned:
    due: float
    number: int
    delivery: _Delivery = field(compare=False)


class Courier:
    """Posts without blocking; one thread decides the order, a few others wait for answers."""

    def __init__(self, *, clock: Clock, control: Control) -> None:
        self._clock, self._control = clock, control
        self._changed = threading.Condition()
        self._planned: list[_Planned] = []
        self._held: dict[str, list[_Planned]] = {}
        self._numbers = itertools.count()
        self._under_way = 0
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="courier")
        self._http = urllib3.PoolManager(num_pools=50, maxsize=_WORKERS, retries=False)
        clock.on_advance(self._wake)
        control.on_reset(self.clear)

    def post(
        self,
        *,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,
        delay: float = 0,
        on_result: Callable[[int | None], None] | None = None,
    ) -> None:
        """This will deliver after `delay` seconds of the clock and report the HTTP status, or None for no answer."""
        delivery = _Delivery(url=url, body=body, headers=dict(headers), timeout=timeout, on_result=on_result)
        self._plan(delivery, delay=delay)

    def idle(self) -> bool:
        """This will say whether nothing is under way and nothing is due by the clock."""
        with self._changed:
            due = bool(self._planned) and self._planned[0].due <= self._clock.timestamp()
            return not self._under_way and not due

    def clear(self) -> None:
        """This will forget what has not left yet."""
        with self._changed:
            self._planned.clear()
            self._held.clear()

    def stop(self) -> None:
        """This will forget what has not left yet, and deliver nothing more."""
        self.clear()
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _plan(self, delivery: _Delivery, *, delay: float) -> _Planned:
        with self._changed:
            planned = _Planned(self._clock.timestamp() + delay, next(self._numbers), delivery)
            if not self._stopped:
                heapq.heappush(self._planned, planned)
                self._start()
                self._changed.notify_all()
            return planned

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="courier-scheduler", daemon=True)
            self._thread.start()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                nap = self._planned[0].due - self._clock.timestamp() if self._planned else _LONGEST_NAP
                if nap > 0:
                    self._changed.wait(min(nap, _LONGEST_NAP))
                    continue
                self._dispatch(heapq.heappop(self._planned).delivery)

    def _dispatch(self, delivery: _Delivery) -> None:
        """This will let a fault have its way, or hand the delivery to a thread that sends it."""
        fault = None if delivery.faulted else self._control.take_delivery_fault(delivery.url)
        spoiled = replace(delivery, faulted=True)
        match fault.do if fault else "":
            case "never":
                return
            case "late":
                self._plan(spoiled, delay=fault.seconds if fault else 0)
            case "reorder":
                # Nothing is lost when no other delivery comes: then it leaves after the fault's seconds.
                planned = self._plan(spoiled, delay=fault.seconds if fault else 0)
                self._held.setdefault(delivery.url, []).append(planned)
            case "duplicate":
                copy = replace(spoiled, on_result=None)
                self._submit(replace(delivery, then=(copy, *self._release(delivery.url))))
            case _:
                self._submit(replace(delivery, then=self._release(delivery.url)))

    def _release(self, url: str) -> tuple[_Delivery, ...]:
        waiting = [planned for planned in self._held.pop(url, []) if planned in self._planned]
        for planned in waiting:
            self._planned.remove(planned)
        heapq.heapify(self._planned)
        return tuple(planned.delivery for planned in waiting)

    def _submit(self, delivery: _Delivery) -> None:
        self._under_way += 1
        self._pool.submit(self._deliver, delivery)

    def _deliver(self, delivery: _Delivery) -> None:
        try:
            status = self._send(delivery)
            for late in delivery.then:
                self._plan(late, delay=0)
            if delivery.on_result and not self._stopped:
                delivery.on_result(status)
        except Exception:
            _logger.exception("delivery to %s", delivery.url)
        finally:
            with self._changed:
                self._under_way -= 1

    def _send(self, delivery: _Delivery) -> int | None:
        try:
            answer = self._http.request(
                "POST",
                delivery.url,
                body=delivery.body,
                headers=delivery.headers,
                timeout=urllib3.Timeout(total=delivery.timeout),
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return None
        return answer.status
