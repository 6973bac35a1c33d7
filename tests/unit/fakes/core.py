"""What a core is made of in the tests: a clock that is set, a waker that counts, and vendors without a network."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sync.clients.failures import GrantDead, OutcomeUnknown, Unavailable
from sync.clients.governor import Call
from sync.clients.oauth import Tokens
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.transport import Request, Response, Transport
from sync.clients.xero.oauth import XeroOAuth
from sync.domain.secret import Secret
from sync.errors import ErrorCode

Trouble = Callable[[Callable[[], Response]], Response]


class Clock:
    """Says the time that the test has set."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 10, 42, 7, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Give the time."""
        return self.moment

    def advance(self, **by: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**by)


@dataclass
class CountingWaker:
    """Remembers how often a worker was woken."""

    wakes: int = 0

    def wake(self) -> None:
        """Count."""
        self.wakes += 1


class OpenGate:
    """A governor that lets everything pass, and remembers what passed."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.told: list[int] = []

    @contextmanager
    def permit(self, call: Call) -> Iterator["OpenGate"]:
        """Let it pass."""
        self.calls.append(call)
        yield self

    def counted(self) -> dict[tuple[str, str], int]:
        """Count what passed."""
        return {("xero", "ok"): len(self.told)}

    def answered(self, *, status: int, headers: Mapping[str, str]) -> None:
        """Remember that there was an answer."""
        self.told.append(status)


class Web(Transport):
    """Hands requests to hand-written vendors; a request that none of them knows fails the test."""

    def __init__(self, vendors: Mapping[str, Callable[[Request], Response]]) -> None:
        super().__init__(user_agent="instep-tests")
        self.calls: list[Request] = []
        self.pauses: list[float] = []
        self._vendors = vendors
        self._troubles: list[tuple[str, str, Trouble]] = []
        self._lock = threading.Lock()

    def trouble(self, method: str, path: str, trouble: Trouble, *, times: int = 1) -> None:
        """Let the next calls with this method, whose path ends like this, meet with trouble."""
        self._troubles += [(method, path, trouble)] * times

    def made(self, method: str, path: str) -> list[Request]:
        """Give the calls so far with this method whose path ends like this."""
        return [call for call in self.calls if _matches(call, method, path)]

    def pause(self, seconds: float) -> None:
        """Remember how long it would have waited."""
        self.pauses.append(seconds)

    def send(self, request: Request) -> Response:
        """Answer as the vendor would, unless trouble was ordered."""
        with self._lock:
            self.calls.append(request)
            trouble = next((one for one in self._troubles if _matches(request, one[0], one[1])), None)
            if trouble:
                self._troubles.remove(trouble)
        vendor = self._vendors[urlsplit(request.url).hostname or ""]
        return trouble[2](lambda: vendor(request)) if trouble else vendor(request)


def _matches(request: Request, method: str, path: str) -> bool:
    return request.method == method and urlsplit(request.url).path.endswith(path)


def lost_after(handle: Callable[[], Response]) -> Response:
    """The vendor does the work, and the answer is lost."""
    handle()
    raise OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN)


def lost_before(_handle: Callable[[], Response]) -> Response:
    """The request leaves, never arrives, and nobody can tell."""
    raise OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN)


def away(_handle: Callable[[], Response]) -> Response:
    """Nobody answers, and nothing was changed."""
    raise Unavailable(ErrorCode.XERO_UNAVAILABLE)


def defect(_handle: Callable[[], Response]) -> Response:
    """Our own code breaks."""
    raise ZeroDivisionError


def answers(status: int, body: bytes = b"{}", **headers: str) -> Trouble:
    """The vendor answers with this, and does nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _handle: Response(status=status, headers=named, body=body)


def meanwhile(happens: Callable[[], object]) -> Trouble:
    """Something else happens while the call is under way."""

    def trouble(handle: Callable[[], Response]) -> Response:
        answer = handle()
        happens()
        return answer

    return trouble


def some_tokens(number: int = 1, **over: object) -> Tokens:
    """Give the tokens of a consent or a refresh."""
    values: dict[str, object] = {
        "access_token": Secret(f"access-{number}"),
        "refresh_token": Secret(f"refresh-{number}"),
        "expires_in": 1800,
        "scope": "base",
    }
    return Tokens(**values | over)  # type: ignore[arg-type]  # as the test asks


@dataclass
class Grants:
    """What a fake token endpoint says next, and what it was asked; without an answer the grant is dead."""

    answers: list[Tokens | Exception] = field(default_factory=list)
    exchanged: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    revoke_fails_with: Exception | None = None
    before_answer: Callable[[], object] = lambda: None

    def will_give(self, following: Iterable[Tokens | Exception]) -> None:
        """Prepare answers, in this order."""
        self.answers += following

    def exchange(self, code: str) -> Tokens:
        """Answer a code."""
        self.exchanged.append(code)
        self.before_answer()
        return self._next()

    def refresh(self, refresh_token: Secret) -> Tokens:
        """Answer a refresh token."""
        self.refreshed.append(refresh_token.reveal())
        self.before_answer()
        return self._next()

    def _next(self) -> Tokens:
        found = self.answers.pop(0) if self.answers else GrantDead("no answer was prepared")
        if isinstance(found, Exception):
            raise found
        return found


class FakePipedriveOAuth(PipedriveOAuth):
    """Pipedrive's token endpoint without a network."""

    def __init__(self) -> None:
        super().__init__(client_id="pd", client_secret=Secret("pd-secret"), redirect_uri="https://instep.example/cb")
        self.grants = Grants()

    def exchange(self, *, code: str) -> Tokens:
        """Give what was prepared."""
        return self.grants.exchange(code)

    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Give what was prepared."""
        return self.grants.refresh(refresh_token)


class FakeXeroOAuth(XeroOAuth):
    """Xero's token endpoint without a network."""

    def __init__(self) -> None:
        super().__init__(
            client_id="x", client_secret=Secret("x-secret"), redirect_uri="https://instep.example/x", scopes=("openid",)
        )
        self.grants = Grants()

    def exchange(self, *, code: str) -> Tokens:
        """Give what was prepared."""
        return self.grants.exchange(code)

    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Give what was prepared."""
        return self.grants.refresh(refresh_token)

    def revoke(self, *, refresh_token: Secret) -> None:
        """Remember what was revoked, or fail as prepared."""
        if self.grants.revoke_fails_with:
            raise self.grants.revoke_fails_with
        self.grants.revoked.append(refresh_token.reveal())
