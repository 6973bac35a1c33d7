"""The way for tests and people into a simulated vendor: what it was asked, and what shall go wrong next."""

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.calls import CallLog
from sandbox.clock import Clock
from sandbox.faults import DELIVERY_FAULTS, REQUEST_FAULTS, Fault, FaultBook, parse
from sandbox.server import hang_up

__all__ = ["Clock", "Control", "Fault"]

_PAGE_CALLS = 200
_CALL, _FAULT, _BEGAN = "sandbox.call", "sandbox.fault", "sandbox.began"
_LONGEST_ANSWER = 60.0


def _is_control() -> bool:
    return request.path == "/control" or request.path.startswith("/control/")


def _drop() -> None:
    """This will close the connection of the current request; without a socket (a test client) it raises instead."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionResetError("the sandbox dropped this call")
    hang_up(connection)


def _fields() -> dict[str, object]:
    """This will return the JSON object (whatever its content type) or the form that was posted."""
    raw = request.get_data(cache=True)
    try:
        fields = json.loads(raw or b"{}")
    except ValueError:
        fields = dict(request.form.items())
    if not isinstance(fields, dict) or (raw and not fields and raw.strip() != b"{}"):
        raise ValueError("the body must be a JSON object")
    return fields


def _reply(body: Mapping[str, object]) -> ResponseReturnValue:
    """This will answer a program with JSON and a person's form with the page it came from."""
    wants_page = "text/html" in request.headers.get("Accept", "")
    return redirect("/control/", 303) if wants_page else jsonify(dict(body))


class Control:
    """Call log, faults and clock of one vendor, with their pages and API under /control/."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        reset: Callable[[], None],
        tokens: Callable[[dict[str, object]], dict[str, object]],
        health: Callable[[], dict[str, object]] | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.calls = CallLog()
        self.faults = FaultBook()
        #: A vendor's own answers to the faults 429 and 500.
        self.too_many: Callable[[], Response] = lambda: Response("Too Many Requests", 429, {"Retry-After": "1"})
        self.broken: Callable[[], Response] = lambda: Response("Internal Server Error", 500)
        #: Beginnings of the paths of the vendor's API, which `latency` makes slower.
        self.slowed: tuple[str, ...] = ()
        self._latency = (0.0, 0.0)
        self._reset, self._tokens, self._health = reset, tokens, health
        self._on_reset: list[Callable[[], None]] = []

    def on_reset(self, callback: Callable[[], None]) -> None:
        """This will call back when the vendor forgets everything."""
        self._on_reset.append(callback)

    def take_delivery_fault(self, url: str) -> Fault | None:
        """This will use up a fault for a webhook delivery to the URL, matched by its path."""
        return self.faults.take(kinds=DELIVERY_FAULTS, method="POST", path=urlsplit(url).path or "/")

    def note(self, **facts: object) -> None:
        """This will write more about the current call into its entry of the log."""
        request.environ.get(_CALL, {}).update(facts)

    def reset(self) -> None:
        """This will return to the seeded state: no calls, no faults, no latency, real time."""
        self.faults.clear()
        self._latency = (0.0, 0.0)
        self.clock.reset()
        for callback in self._on_reset:
            callback()
        self._reset()
        self.calls.clear()

    def install(self, app: Flask) -> None:
        """This will put log and faults around every request and add the routes; call it before other hooks."""
        app.before_request_funcs.setdefault(None, []).insert(0, self._arrive)
        app.after_request_funcs.setdefault(None, []).insert(0, self._leave)
        app.register_blueprint(self._blueprint())

    def _arrive(self) -> Response | None:
        if _is_control():
            return None
        request.environ[_BEGAN] = time.perf_counter()
        request.environ[_CALL] = self.calls.arrived(request, at=self.clock.now())
        request.environ[_FAULT] = fault = self.faults.take(
            kinds=REQUEST_FAULTS, method=request.method, path=request.path
        )
        do = fault.do if fault else ""
        if self._latency[1] and request.path.startswith(self.slowed):
            time.sleep(random.uniform(*self._latency))  # noqa: S311 - no secret hangs on it
        if fault and do == "slow":
            time.sleep(fault.seconds)
        if do == "drop_before":
            _drop()
            return Response(status=500)
        return {"429": self.too_many, "500": self.broken}[do]() if do in ("429", "500") else None

    def _leave(self, response: Response) -> Response:
        fault: Fault | None = request.environ.get(_FAULT)
        if fault and fault.do == "drop_after":
            _drop()
        elif _CALL in request.environ and not (fault and fault.do == "drop_before"):
            seconds = time.perf_counter() - request.environ[_BEGAN]
            route = str(request.url_rule or "-")
            self.calls.answered(request.environ[_CALL], status=response.status_code, seconds=seconds, route=route)
        return response

    def _blueprint(self) -> Blueprint:
        control = Blueprint("control", __name__, url_prefix="/control", template_folder="templates")
        control.register_error_handler(ValueError, lambda error: (jsonify({"error": str(error)}), 400))
        routes: tuple[tuple[str, str, Callable[[], ResponseReturnValue]], ...] = (
            ("GET", "/", self._page),
            ("GET", "/health", self._get_health),
            ("GET", "/calls", self._get_calls),
            ("DELETE", "/calls", self._delete_calls),
            ("GET", "/faults", self._get_faults),
            ("POST", "/faults", self._post_fault),
            ("DELETE", "/faults", self._delete_faults),
            ("GET", "/clock", self._get_clock),
            ("POST", "/clock", self._post_clock),
            ("GET", "/latency", self._get_latency),
            ("POST", "/latency", self._post_latency),
            ("POST", "/tokens", lambda: jsonify(self._tokens(_fields()))),
            ("POST", "/reset", self._post_reset),
        )
        for method, path, view in routes:
            control.add_url_rule(path, f"{method.lower()}{path.replace('/', '_')}", view, methods=[method])
        return control

    def _page(self) -> str:
        return render_template(
            "control/page.html",
            name=self.name,
            now=self.clock.now(),
            offset=self.clock.offset,
            kinds=sorted(REQUEST_FAULTS) + sorted(DELIVERY_FAULTS),
            faults=self.faults.pending(),
            calls=self.calls.entries()[: -_PAGE_CALLS - 1 : -1],
        )

    def _get_health(self) -> ResponseReturnValue:
        return jsonify({"ok": True, "name": self.name, **(self._health() if self._health else {})})

    def _get_calls(self) -> ResponseReturnValue:
        method, path = request.args.get("method", ""), request.args.get("path", "")
        return jsonify({"calls": self.calls.entries(method=method, path=path)})

    def _delete_calls(self) -> ResponseReturnValue:
        self.calls.clear()
        return jsonify({"calls": []})

    def _get_faults(self) -> ResponseReturnValue:
        return jsonify({"faults": [fault.to_dict() for fault in self.faults.pending()]})

    def _post_fault(self) -> ResponseReturnValue:
        self.faults.add(fault := parse(_fields()))
        return _reply(fault.to_dict())

    def _delete_faults(self) -> ResponseReturnValue:
        self.faults.clear()
        return self._get_faults()

    def _get_latency(self) -> ResponseReturnValue:
        low, high = self._latency
        return jsonify({"low": low * 1000, "high": high * 1000})

    def _post_latency(self) -> ResponseReturnValue:
        fields: dict[str, Any] = _fields()
        try:
            low, high = float(fields["low"]) / 1000, float(fields["high"]) / 1000
        except (KeyError, TypeError, ValueError) as err:
            raise ValueError("low and high must be milliseconds") from err
        if not 0 <= low <= high <= _LONGEST_ANSWER:
            raise ValueError("low and high must be milliseconds, low the smaller one, a minute at most")
        self._latency = (low, high)
        return _reply({"low": low * 1000, "high": high * 1000})

    def _get_clock(self) -> ResponseReturnValue:
        return jsonify({"now": self.clock.now().isoformat(), "offset": self.clock.offset})

    def _post_clock(self) -> ResponseReturnValue:
        value: Any = _fields().get("advance")
        try:
            seconds = float(value)
        except (TypeError, ValueError) as err:
            raise ValueError("advance must be a number of seconds") from err
        self.clock.advance(seconds)
        return _reply({"now": self.clock.now().isoformat(), "offset": self.clock.offset})

    def _post_reset(self) -> ResponseReturnValue:
        self.reset()
        return _reply({"ok": True})
