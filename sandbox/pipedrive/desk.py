"""What every handler has at hand, and the one way in which API calls reach it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict

from sandbox.control import Control
from sandbox.courier import Courier
from sandbox.pipedrive.answers import Bare, Record, RefusedError, Reply, coded_failure, failure
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.pipedrive.developer_hub import RegisteredApp
from sandbox.pipedrive.grants import Access, Grants
from sandbox.pipedrive.limits import Limits
from sandbox.pipedrive.people import User
from sandbox.pipedrive.webhooks import Webhooks
from sandbox.pipedrive.world import Actor, World


@dataclass
class Switches:
    """Points that no source settles; `POST /control/settings` turns them."""

    #: The status of a deal that the token's user may not see.
    hidden_deal_status: int = 403
    #: A company that stopped paying is answered with 402.
    company_open: bool = True


@dataclass(frozen=True)
class Desk:
    """Everything there is, for handlers and pages."""

    config: PipedriveConfig
    app: RegisteredApp
    world: World
    grants: Grants
    limits: Limits
    webhooks: Webhooks
    control: Control
    courier: Courier
    switches: Switches

    def close(self) -> None:
        """End the threads that send webhooks."""
        self.courier.stop()


@dataclass(frozen=True)
class Call:
    """One authorised API call."""

    user: User
    query: MultiDict[str, str]
    body: Any

    @property
    def actor(self) -> Actor:
        """Name the one who acts."""
        return Actor(self.user.id, "api")


Handler = Callable[..., Reply | Bare]


@dataclass(frozen=True)
class Operation:
    """One route of the API: what it costs, which scopes open it, what it answers with."""

    method: str
    path: str
    cost: int
    scopes: tuple[str, ...]
    handler: Handler
    status: int
    # A handler that talks to the outside must not hold everybody else up meanwhile.
    locked: bool


class Routes:
    """A list of operations that a module fills by decorating its handlers."""

    def __init__(self) -> None:
        """Start empty."""
        self.operations: list[Operation] = []

    def add(
        self, method: str, path: str, *, cost: int, scopes: tuple[str, ...], status: int = 200, locked: bool = True
    ) -> Callable[[Handler], Handler]:
        """Make a decorator that adds a handler."""

        def keep(handler: Handler) -> Handler:
            self.operations.append(Operation(method, path, cost, scopes, handler, status, locked))
            return handler

        return keep


def json_response(body: Record, status: int, headers: dict[str, str] | None = None) -> Response:
    """Write JSON."""
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(written, status, headers, content_type="application/json; charset=utf-8")


def add_operations(flask_app: Flask, find_desk: Callable[[], Desk], operations: Iterable[Operation]) -> None:
    """Put operations on their addresses; API v1 answers under /v1 and /api/v1."""
    for operation in operations:
        view = _view(find_desk, operation)
        paths = [operation.path, f"/api{operation.path}"] if operation.path.startswith("/v1/") else [operation.path]
        for path in paths:
            flask_app.add_url_rule(path, f"{operation.method} {path}", view, methods=[operation.method])


def _view(find_desk: Callable[[], Desk], operation: Operation) -> Callable[..., Response]:
    def view(**parts: Any) -> Response:
        desk, headers = find_desk(), dict[str, str]()
        try:
            with desk.world.lock:
                desk.control.note(company_id=desk.world.company.id)
                access, headers = _admit(desk, operation)
                call = Call(desk.world.users[access.user_id], request.args, _read_body())
                reply = operation.handler(desk, call, **parts) if operation.locked else None
            reply = reply or operation.handler(desk, call, **parts)
        except RefusedError as refused:
            return json_response(refused.body, refused.status, headers)
        return json_response(reply.body(), operation.status, headers)

    return view


def _admit(desk: Desk, operation: Operation) -> tuple[Access, dict[str, str]]:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    access = desk.grants.find_access(token.strip()) if scheme.lower() == "bearer" else None
    if access is None:
        raise RefusedError(401, "", body=coded_failure("Invalid token: access_token is invalid", 401))
    if not access.scopes.intersection(operation.scopes):
        raise RefusedError(403, "", body=coded_failure("Scope and URL mismatch", 403))
    if not desk.switches.company_open:
        raise RefusedError(
            402, "Company account is not open (possible reason: trial expired, payment details not entered)"
        )
    verdict = desk.limits.charge(bearer=token, cost=operation.cost)
    if not verdict.passes:
        raise TooManyError(verdict.headers())
    return access, verdict.headers()


class TooManyError(Exception):
    """A call over one of the limits."""

    def __init__(self, headers: dict[str, str]) -> None:
        """Keep the headers of the refusal."""
        super().__init__("Request over limit")
        self.headers = headers


def too_many(headers: dict[str, str] | None = None) -> Response:
    """Answer a call over a limit; daily and burst look the same, as nothing documents a difference."""
    shown = headers or {"x-ratelimit-limit": "160", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
    return json_response(coded_failure("Request over limit", 429), 429, shown)


def broken() -> Response:
    """Answer as a server that failed."""
    return json_response(failure("Internal server error"), 500)


def _read_body() -> Any:
    if request.method not in ("POST", "PATCH", "PUT") and not request.get_data():
        return None
    if not request.is_json:
        raise RefusedError(400, "Bad request")
    raw = request.get_data()
    try:
        body = json.loads(raw, parse_constant=_no_number)
        if b"\\u" in raw:
            # Half of a surrogate pair is JSON, but not text.
            json.dumps(body, ensure_ascii=False).encode()
    except ValueError as err:
        raise RefusedError(400, "Bad request: the body is not JSON") from err
    return body


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
