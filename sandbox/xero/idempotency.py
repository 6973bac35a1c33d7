"""Idempotency keys: six minutes from the first call, errors remembered too, a duplicate waits for the first."""

import hashlib
import threading
from dataclasses import dataclass, field

from flask import Request, Response

from sandbox.control import Clock
from sandbox.xero.errors import Refusal, json_answer

LIFE = 360
_LONGEST = 128
_LONGEST_WAIT = 30
_SWEEP_AT = 10_000


@dataclass(slots=True)
class _Kept:
    fingerprint: bytes
    made: float
    done: threading.Event = field(default_factory=threading.Event)
    answer: tuple[int, bytes, str] | None = None


def _refuse(message: str) -> Refusal:
    return Refusal(json_answer({"ErrorNumber": 10, "Type": "ValidationException", "Message": message}, 400))


def _fingerprint(request: Request) -> bytes:
    parts = (request.method, request.full_path, request.headers.get("xero-tenant-id", ""))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.get_data(cache=True)).digest()


class Idempotency:
    """This will give the first answer again to whoever sends the same key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def reset(self) -> None:
        """This will forget every key."""
        self._kept = {}

    def begin(self, request: Request) -> tuple[str | None, Response | None]:
        """This will return the key to finish under, or the answer that it already had.

        :raises Refusal: when the key is too long or belongs to another request.
        """
        key = request.headers.get("Idempotency-Key")
        if not key or request.method not in ("PUT", "POST", "PATCH"):
            return None, None
        if len(key) > _LONGEST:
            raise _refuse(f"Idempotency Key length exceeds the limit of {_LONGEST} characters.")
        fingerprint, now = _fingerprint(request), self._clock.timestamp()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or now - kept.made >= LIFE:
                self._sweep(now)
                self._kept[key] = _Kept(fingerprint, now)
                return key, None
        if kept.fingerprint != fingerprint:
            raise _refuse(f"Idempotency Key: {key} is used with a different request.")
        return None, self._replay(kept)

    def finish(self, key: str, response: Response) -> None:
        """This will keep the answer and let duplicates go on."""
        kept = self._kept.get(key)
        if kept is not None:
            kept.answer = (response.status_code, response.get_data(), response.content_type or "")
            kept.done.set()

    def _replay(self, kept: _Kept) -> Response:
        kept.done.wait(_LONGEST_WAIT)
        if kept.answer is None:
            return Response(status=500)
        status, body, kind = kept.answer
        return Response(body, status, content_type=kind)

    def _sweep(self, now: float) -> None:
        if len(self._kept) > _SWEEP_AT:
            self._kept = {key: one for key, one in self._kept.items() if now - one.made < LIFE}
