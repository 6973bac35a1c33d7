"""As many requests as a server takes, over kept connections, from one thread that costs it little."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

_LARGEST = 65_536
_PATIENCE = 10.0


@dataclass(frozen=True)
class Pressure:
    """What came of it."""

    per_second: float
    p50: float
    p99: float


class _Line:
    """One connection with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        """Send one request."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> float:
        """Read one empty answer, and give the milliseconds that it took."""
        answer = self.socket.recv(_LARGEST)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        assert answer.endswith(b"\r\n\r\n"), "an answer with a body"
        return (time.perf_counter() - self.sent_at) * 1000


def saturate(port: int, requests: Sequence[bytes], *, connections: int) -> Pressure:
    """Send all requests, the next one on each connection as soon as it has its answer."""
    waiting, lines = iter(requests), selectors.DefaultSelector()
    for request in islice(waiting, connections):
        line = _Line(port)
        lines.register(line.socket, selectors.EVENT_READ, line)
        line.send(request)
    began, taken = time.perf_counter(), list(_answers(lines, waiting, len(requests)))
    seconds = time.perf_counter() - began
    for key in list(lines.get_map().values()):
        key.data.socket.close()
    lines.close()
    return _summary(taken, seconds)


def _answers(lines: selectors.BaseSelector, waiting: Iterator[bytes], count: int) -> Iterator[float]:
    answered = 0
    while answered < count:
        ready = lines.select(_PATIENCE)
        assert ready, "no answer"
        for key, _ in ready:
            yield key.data.receive()
            answered += 1
            if request := next(waiting, None):
                key.data.send(request)


def pace(port: int, requests: Sequence[bytes], *, per_second: float) -> Pressure:
    """Send the requests at a steady pace, each on a connection that is free, timed from when it was due."""
    free, taken = [_Line(port)], list[float]()
    busy = selectors.DefaultSelector()
    start = time.perf_counter() + 0.05
    for number, request in enumerate(requests):
        due = start + number / per_second
        while (left := due - time.perf_counter()) > 0:
            _collect(busy, free, taken, left)
        _collect(busy, free, taken, 0)
        line = free.pop() if free else _Line(port)
        busy.register(line.socket, selectors.EVENT_READ, line)
        line.send(request)
        line.sent_at = due
    while busy.get_map():
        _collect(busy, free, taken, _PATIENCE)
    seconds = time.perf_counter() - start
    for line in free:
        line.socket.close()
    busy.close()
    return _summary(taken, seconds)


def _collect(busy: selectors.BaseSelector, free: list[_Line], taken: list[float], within: float) -> None:
    if not busy.get_map():
        time.sleep(within)
        return
    for key, _ in busy.select(within):
        taken.append(key.data.receive())
        busy.unregister(key.fileobj)
        free.append(key.data)


def _summary(taken: list[float], seconds: float) -> Pressure:
    taken.sort()
    return Pressure(len(taken) / seconds, taken[len(taken) // 2], taken[int(len(taken) * 0.99)])
