"""What may come from a vendor instead of an answer, in the three families of `sync.errors`.

Shared by both platforms, because what a caller does about a failure does not depend on who failed. Each platform's
table of status and body is in its own `_errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sync.errors import Anticipated, ErrorCode, Permanent, Transient


@dataclass(frozen=True)
class Vendor:
    """A platform's name, and the codes that its failures carry to the pages."""

    name: str
    busy: ErrorCode
    unavailable: ErrorCode


class TokenExpired(Transient):
    """The access token is not valid any more (401): renew it and ask once more."""


class RateLimited(Transient):
    """A limit is reached: the vendor said so (429), or the governor before anything was sent. Nothing was done.

    `problem` names the limit in lower case where it is known: `concurrent`, `minute`, `day`, `appminute`, `burst`,
    `daily`, `blocked`; `redis`: the governor cannot count.
    """

    def __init__(
        self, code: ErrorCode, *, retry_after: float | None = None, problem: str = "", detail: str = ""
    ) -> None:
        super().__init__(code, retry_after=retry_after, detail=detail)
        self.problem = problem


class Unavailable(Transient):
    """The vendor could not be reached or is down, and nothing was changed by us."""


class Dropped(Unavailable):
    """The connection broke before the whole answer to a question was there."""


class OutcomeUnknown(Transient):
    """A write left us and its answer is lost or unreadable: it may have been done. Look before sending again."""


class MissingScope(Anticipated):
    """The grant lacks a scope; renewing the token would loop for ever, a person must consent again."""


class Disconnected(Anticipated):
    """The organisation is no longer connected for this grant."""


class Forbidden(Anticipated):
    """The person behind the grant may not do or see this."""


class Refused(Anticipated):
    """The request was read and turned down; `messages` are the vendor's own sentences.

    `places` holds those that are about one part of what was sent, by our names: `lines.3`, `lines.3.tax_type`, `contact_id`.
    """

    def __init__(
        self,
        code: ErrorCode,
        *,
        messages: tuple[str, ...] = (),
        places: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        super().__init__(code, detail="; ".join(messages))
        self.messages = messages
        self.places = places


class AccountClosed(Anticipated):
    """The company's account is not open any more (402)."""


class PlanLimit(Anticipated):
    """The company's plan does not allow this, or not any more of it."""


class NotFound(Permanent):
    """The thing asked for does not exist, or not for this token."""


class GrantDead(Permanent):
    """The code or refresh token is not accepted any more: only a new consent helps."""


class TokenRefused(Permanent):
    """The vendor turned the app itself down: its id, secret or address are wrong."""


class Unreadable(Permanent):
    """An answer to a question is not what the vendor documents: HTML, half a body, a field missing."""
