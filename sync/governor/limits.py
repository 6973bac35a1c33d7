"""The vendors' limits as data: what a call counts against, and what its answer says of it.

https://developer.xero.com/documentation/guides/oauth2/limits
https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sync.clients.governor import Call

_KEYS = "instep:governor"
#: The counters of all calls: `vendor outcome`, and `vendor tokens`.
COUNTERS = f"{_KEYS}:calls"
#: Where, among a script's keys, what is known of the tenant is, and what is known of all that share a limit with it.
_TENANT, _SHARED = 1, 3


class Callers(Enum):
    """Who calls. What `people` may use and `background` may not is their reserve."""

    PEOPLE = "people"
    BACKGROUND = "background"


@dataclass(frozen=True)
class Ask:
    """The keys and the limits of one call, for `enter.lua`."""

    keys: tuple[str, ...]
    limits: Mapping[str, Any]

    @property
    def flight(self) -> str:
        """Where the calls in flight are."""
        return self.keys[1]

    @property
    def windows(self) -> tuple[str, ...]:
        """Where the calls of the last time are."""
        return self.keys[3:]


@dataclass(frozen=True)
class Told:
    """What an answer says, for `leave.lua`."""

    left: tuple[Mapping[str, Any], ...] = ()
    #: The size of Pipedrive's burst, which hangs on the company's plan.
    most: int = 0
    problem: str = ""
    wait: float = 0
    #: Whether to wait longer when it comes again.
    grows: bool = False
    key: int = _TENANT


def ask_of(call: Call, *, callers: Callers) -> Ask:
    """Say what a call counts against."""
    make = {"xero": _xero, "pipedrive": _pipedrive}[call.vendor.name]
    return make(call, 1.0 if callers is Callers.BACKGROUND else 0.0)


def told_by(call: Call, *, status: int, headers: Mapping[str, str]) -> Told:
    """Read an answer."""
    read = {"xero": _told_by_xero, "pipedrive": _told_by_pipedrive}[call.vendor.name]
    return read(call, status, headers)


# -- Xero: 5 at once, 60 a minute and 1,000 or 5,000 a day for each organisation; 10,000 a minute for the app.

_IN_FLIGHT, _MINUTE, _APP_MINUTE = 5, 60, 10_000
_LEFT = (
    # name, header, where, size, how long it is believed, share that is people's, how much more is news
    ("minute", "x-minlimit-remaining", _TENANT, _MINUTE, 60, 1 / 6, 5),
    # Nobody says when the day turns: once an hour one call asks. Larger plans have a larger one, which is learned.
    ("day", "x-daylimit-remaining", _TENANT, 1000, 3600, 0.1, 5),
    ("appminute", "x-appminlimit-remaining", _SHARED, _APP_MINUTE, 60, 0.05, 500),
)


def _xero(call: Call, share: float) -> Ask:
    tenant, app = f"{_KEYS}:xero:{call.tenant}", f"{_KEYS}:xero"
    windows = [_window("appminute", 60, _APP_MINUTE, 0.05 * share, left_key=_SHARED)]
    keys = [tenant, f"{tenant}:flight", app, f"{app}:minute"]
    if call.tenant:
        windows.append(_window("minute", 60, _MINUTE, share / 6, left_key=_TENANT))
        keys.append(f"{tenant}:minute")
    return Ask(
        keys=tuple(keys),
        limits={
            "in_flight": _IN_FLIGHT - share if call.tenant else 0,
            "is_told": bool(call.tenant),
            "windows": windows,
            "left": [
                {
                    "name": name,
                    "key": key,
                    "most": most,
                    "is_asked": name == "day",
                    "believed": believed,
                    "reserve": reserve * share,
                }
                for name, _, key, most, believed, reserve, _ in _LEFT
                if call.tenant or key == _SHARED
            ],
        },
    )


def _told_by_xero(_call: Call, status: int, headers: Mapping[str, str]) -> Told:
    left = tuple(
        {"name": name, "key": key, "slack": slack, "rest": rest}
        for name, header, key, _, _, _, slack in _LEFT
        if (rest := _number(headers, header)) is not None
    )
    if status != 429:
        return Told(left=left)
    problem = headers.get("x-rate-limit-problem", "").strip().lower() or "minute"
    wait = _number(headers, "retry-after") or {"concurrent": 1, "day": 3600}.get(problem, 60)
    return Told(left=left, problem=problem, wait=wait, key=_SHARED if problem == "appminute" else _TENANT)


# -- Pipedrive: each user's calls in two seconds, by the company's plan; of them ten searches; tokens of a day, unknown.

_SLOWEST_PLAN, _SEARCHES = 80, 10
_NEW_TOKENS_SECONDS = 900


def _pipedrive(call: Call, share: float) -> Ask:
    company = f"{_KEYS}:pipedrive:{call.tenant}"
    user = f"{company}:{call.user}"
    windows = [_window("burst", 2, _SLOWEST_PLAN, 0.2 * share, is_told=True)]
    keys = [user, f"{user}:flight", company, f"{user}:burst"]
    if call.is_search:
        windows.append(_window("burst", 2, _SEARCHES, 0.2 * share))
        keys.append(f"{user}:search")
    return Ask(keys=tuple(keys), limits={"in_flight": 0, "is_told": True, "windows": windows, "left": []})


def _told_by_pipedrive(_call: Call, status: int, headers: Mapping[str, str]) -> Told:
    most = _number(headers, "x-ratelimit-limit") or 0
    if status == 429 and _number(headers, "x-ratelimit-remaining") == 0:
        return Told(most=most, problem="burst", wait=_number(headers, "retry-after") or 2)
    if status == 429:
        # No header tells of the day's tokens, which all apps of the company share: wait, and longer when it comes again.
        return Told(most=most, problem="daily", wait=_NEW_TOKENS_SECONDS, grows=True, key=_SHARED)
    if status == 403 and "html" in headers.get("content-type", ""):
        # Cloudflare's page, which meets those who go on after a 429.
        return Told(problem="blocked", wait=_NEW_TOKENS_SECONDS, grows=True, key=_SHARED)
    return Told(most=most)


def _window(
    name: str, seconds: float, most: int, reserve: float, *, is_told: bool = False, left_key: int = 0
) -> dict[str, Any]:
    """Describe one window; `left_key` is where the vendor's word on what is left of it stands, 0 where it says nothing."""
    return {
        "name": name,
        "seconds": seconds,
        "most": most,
        "reserve": reserve,
        "is_told": is_told,
        "left_key": left_key,
    }


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
