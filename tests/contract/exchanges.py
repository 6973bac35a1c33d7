"""What went over the wire, written down by a layer around a simulator."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# People's pages and the control API are no vendor's interface.
_RECORDED = ("/api/", "/api.xro/", "/v1/", "/connections", "/Connections", "/connect/", "/oauth/", "/identity/connect/")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; names of headers are in lower case."""

    vendor: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int
    answer_headers: dict[str, str] = field(repr=False)
    answer: bytes = field(repr=False)
    #: Sent to be refused: only the answer is held against the file.
    meant_wrong: bool = False

    @property
    def bearer(self) -> str:
        """Give the access token that was sent."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def answer_json(self) -> Any:
        """Give the answer as JSON."""
        return json.loads(self.answer)


class Recorder:
    """Passes calls on and keeps them."""

    def __init__(self, vendor: str, app: WsgiApp) -> None:
        self._vendor, self._app = vendor, app
        self._meant_wrong = False
        self.exchanges: list[Exchange] = []

    @contextmanager
    def meant_wrong(self) -> Iterator[None]:
        """Mark what is sent meanwhile."""
        self._meant_wrong = True
        try:
            yield
        finally:
            self._meant_wrong = False

    def take(self) -> list[Exchange]:
        """Give what was kept, and forget it."""
        taken, self.exchanges = self.exchanges, []
        return taken

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one call."""
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = BytesIO(body)
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        answer = b"".join(chunks)
        if _concerns_us(request):
            self.exchanges.append(
                Exchange(
                    self._vendor,
                    request.method,
                    request.path,
                    tuple(parse_qsl(request.query_string.decode(), keep_blank_values=True)),
                    {name.lower(): value for name, value in request.headers.items()},
                    body,
                    int(status.split()[0]),
                    {name.lower(): value for name, value in headers},
                    answer,
                    self._meant_wrong,
                )
            )
        start_response(status, list(headers))
        return [answer]


def _concerns_us(request: Request) -> bool:
    # The consent pages' own forms are between the vendor and a person.
    form = request.path.endswith("/authorize") and request.method == "POST"
    return request.path.startswith(_RECORDED) and not form
