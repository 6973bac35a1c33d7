"""The one place where HTTP happens: time-outs, no hidden re-sends, and names for lost connections."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import NewConnectionError

from sync.clients.failures import Dropped, OutcomeUnknown, RateLimited, TokenExpired, Unavailable, Vendor
from sync.clients.governor import Call, Governor
from sync.errors import ErrorCode, InstepError

log = logging.getLogger(__name__)

CONNECT_AND_READ_SECONDS = (5.0, 30.0)
#: Each company has an address of its own in Pipedrive, and a worker makes up to a hundred calls at once.
_HOSTS, _CONNECTIONS_PER_HOST = 100, 100
_DROPPED = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@dataclass(frozen=True)
class Request:
    """One request; what could hold a secret or a person's data is kept out of its `repr`."""

    vendor: Vendor
    method: str
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def is_write(self) -> bool:
        """Whether this may change something at the vendor."""
        return self.method != "GET"

    @property
    def summary(self) -> str:
        """What was asked, for logs and exceptions: no query, headers or body."""
        return f"{self.vendor.name} {self.method} {urlsplit(self.url).path}"


@dataclass(frozen=True)
class Response:
    """One answer; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class TokenSource(Protocol):
    """Where the access token of one grant comes from."""

    def current(self) -> str:
        """Give the access token that is believed to be good."""

    def renewed(self, *, stale: str) -> str:
        """Give a token that is not `stale`, refreshing only if nobody else has done so."""


#: Pipedrive's burst window is two seconds: a person rather waits that long than reads that it is busy.
_LONGEST_PAUSE_SECONDS = 2.5


class Transport:
    """A pool of connections that sends what it is given, once."""

    def __init__(self, *, timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS, user_agent: str) -> None:
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["User-Agent"] = user_agent
        # Callable auth that does nothing, or requests would take credentials for the host from a ~/.netrc.
        self._session.auth = lambda prepared: prepared
        # One session serves every tenant: a cookie set for one must not travel with the next.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # urllib3's default policy re-sends a PUT whose connection dropped: up to four invoices for one call.
        adapter = HTTPAdapter(
            max_retries=Retry(0, read=False), pool_connections=_HOSTS, pool_maxsize=_CONNECTIONS_PER_HOST
        )
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request) -> Response:
        """Send once.

        :raises Dropped: a question's connection broke, and nothing was changed.
        :raises Unavailable: nobody answered, and nothing was changed.
        :raises OutcomeUnknown: a write was sent and its answer is lost.
        """
        try:
            return self._sent(request)
        except requests.RequestException as err:
            raise _lost(request, err) from _root(err)

    def pause(self, seconds: float) -> None:
        """Wait for a limit that is over in a moment."""
        time.sleep(seconds)

    def _sent(self, request: Request) -> Response:
        started = time.monotonic()
        answer = self._session.request(
            request.method,
            _url(request),
            headers=dict(request.headers),
            data=request.body,
            timeout=self._timeout,
            allow_redirects=False,
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        log.info(
            "%s answered %s",
            request.summary,
            answer.status_code,
            extra={
                "milliseconds": round((time.monotonic() - started) * 1000),
                "correlation_id": headers.get("xero-correlation-id", ""),
            },
        )
        return Response(status=answer.status_code, headers=headers, body=answer.content)


@dataclass(frozen=True)
class AuthorisedSession:
    """Sends with the grant's token, and judges the answer; an expired token is renewed once, a short limit waited for.

    The governor is asked before each time that something leaves, so that what is sent again is counted again.
    """

    transport: Transport
    tokens: TokenSource
    governor: Governor
    #: At whose expense a request is.
    call_of: Callable[[Request], Call]
    check: Callable[[Request, Response], None]

    def send(self, request: Request) -> Response:
        """Send, and give only an answer that `check` lets pass; a question that came in a burst is asked once more."""
        try:
            return self._send_authorised(request)
        except RateLimited as err:
            if request.is_write or err.problem != "burst" or (err.retry_after or 0) > _LONGEST_PAUSE_SECONDS:
                raise
            self.transport.pause(err.retry_after or _LONGEST_PAUSE_SECONDS)
        return self._send_authorised(request)

    def _send_authorised(self, request: Request) -> Response:
        # A write may be sent again after a 401, because a 401 says that it was not looked at.
        token = self.tokens.current()
        try:
            return self._send_with(request, token)
        except TokenExpired:
            return self._send_with(request, self.tokens.renewed(stale=token))

    def _send_with(self, request: Request, token: str) -> Response:
        signed = replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})
        try:
            response = self._send_permitted(signed)
        except Dropped:
            # A question whose connection broke is asked once more, at once.
            response = self._send_permitted(signed)
        self.check(request, response)
        return response

    def _send_permitted(self, request: Request) -> Response:
        with self.governor.permit(self.call_of(request)) as permit:
            response = self.transport.send(request)
            permit.answered(status=response.status, headers=response.headers)
        return response


def _url(request: Request) -> str:
    if not request.params:
        return request.url
    # Commas stay as they are: Xero has refused `%2C` in lists of ids (XeroAPI/xero-python#103).
    return f"{request.url}?{urlencode(request.params, quote_via=quote, safe=',')}"


def _lost(request: Request, err: requests.RequestException) -> InstepError:
    never_sent = isinstance(err, requests.ConnectTimeout) or isinstance(_root(err), NewConnectionError)
    detail = f"{request.summary}: {type(err).__name__}"
    if request.is_write and not never_sent:
        return OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN, detail=detail)
    kind = Dropped if isinstance(err, _DROPPED) and not request.is_write else Unavailable
    return kind(request.vendor.unavailable, detail=detail)


def _root(err: requests.RequestException) -> BaseException | None:
    """What lies under it; its own text and urllib3's repeat the whole URL, and a query may name a customer."""
    wrapped = err.args[0] if err.args else None
    root = getattr(wrapped, "reason", wrapped)
    return root if isinstance(root, BaseException) else None
