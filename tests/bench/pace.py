"""Requests at a steady pace over kept-alive connections, each timed from when it was sent."""

import http.client
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """Milliseconds at three quantiles."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Pace:
    """How many requests, how fast, over how many connections."""

    per_second: int
    requests: int
    connections: int

    def run(self, port: int, path: str, headers: Mapping[str, str]) -> Timings:
        """Send them all and give the quantiles.

        :raises AssertionError: when an answer is neither 200 nor 304.
        """
        taken: list[float] = []
        start = time.perf_counter() + 0.1
        threads = [
            threading.Thread(target=self._send_share, args=(share, start, port, path, headers, taken))
            for share in range(self.connections)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == self.requests, "a request failed"
        taken.sort()
        return Timings(*(taken[int(len(taken) * part)] * 1000 for part in (0.50, 0.95, 0.99)))

    def _send_share(
        self, share: int, start: float, port: int, path: str, headers: Mapping[str, str], taken: list[float]
    ) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        sent = {**headers, "Host": f"localhost:{port}", "Accept-Encoding": "gzip"}
        for number in range(share, self.requests, self.connections):
            time.sleep(max(0.0, start + number / self.per_second - time.perf_counter()))
            began = time.perf_counter()
            connection.request("GET", path, headers=sent)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - began)
            assert answer.status in (200, 304), answer.status
