"""A log of every call that a simulated vendor received, so that a test can count them."""

import threading
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Request

_KEPT = 20_000
_MAX_BODY = 65_536
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_SECRET_FIELDS = frozenset({"access_token", "client_secret", "code", "password", "refresh_token", "token"})
_HIDDEN = "…"


def _hide(pairs: Iterable[tuple[str, str]], secret: frozenset[str]) -> dict[str, str]:
    return {key: _HIDDEN if key.lower() in secret else value for key, value in pairs}


def _body(request: Request) -> object:
    # Read the bytes first: Flask then parses the form from them and the view can read them again.
    raw = request.get_data(cache=True)
    if not raw or len(raw) > _MAX_BODY:
        return None
    if request.is_json:
        return request.get_json(silent=True)
    return _hide(request.form.items(), _SECRET_FIELDS) or None


class CallLog:
    """Calls in the order of their arrival; `status` is 0 until (and unless) an answer leaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._counts: Counter[str] = Counter()

    def arrived(self, request: Request, *, at: datetime) -> dict[str, Any]:
        """This will write down a call and return its entry, for `answered`."""
        entry: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": request.method,
            "path": request.path,
            "status": 0,
            "took": None,
            "query": _hide(request.args.items(), _SECRET_FIELDS),
            "headers": _hide(request.headers.items(), _SECRET_HEADERS),
            "body": _body(request),
        }
        with self._lock:
            self._calls.append(entry)
        return entry

    def answered(self, entry: dict[str, Any], *, status: int, seconds: float, route: str) -> None:
        """This will add the answer's status to a call, and how long it took; and count it."""
        with self._lock:
            entry |= {"status": status, "took": round(seconds * 1000, 2)}
            self._counts[f"{entry['method']} {route} {status}"] += 1

    def entries(self, *, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """This will return copies of all calls, oldest first; only of one method or beginning of a path, if one is given."""
        with self._lock:
            kept = list(self._calls)
        return [dict(one) for one in kept if method in ("", one["method"]) and one["path"].startswith(path)]

    def counts(self) -> dict[str, int]:
        """This will return how many calls of each kind were answered with which status."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """This will forget all calls."""
        with self._lock:
            self._calls.clear()
            self._counts.clear()
