"""Pipedrive's two limits: tokens of the company per day, requests of a user's token per two seconds."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from math import ceil

from sandbox.pipedrive.world import Clock

# https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting: the Growth plan with three seats.
DAILY_TOKENS = 30_000 * 2 * 3
BURST_REQUESTS = 160
WINDOW_SECONDS = 2.0


@dataclass(frozen=True)
class Verdict:
    """Whether a call may pass, and what the headers say of the two seconds."""

    passes: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Render the headers; none of them shows the daily tokens, and there is no Retry-After."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.reset),
        }


class Limits:
    """Counters of both limits. Whoever calls holds the world's lock."""

    def __init__(self, *, clock: Clock) -> None:
        """Start with nothing spent."""
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Start again with the plan's own figures."""
        self.daily = DAILY_TOKENS
        self.burst = BURST_REQUESTS
        self.spent = 0
        #: How many calls each limit refused, and how much of it was ever used.
        self.refused: Counter[str] = Counter()
        self.most = {"burst": 0, "daily": 0}
        self._day_ends = 0.0
        self._recent: dict[str, deque[float]] = {}

    def charge(self, *, bearer: str, cost: int) -> Verdict:
        """Count one call, or refuse it without counting it."""
        now = self._clock.timestamp()
        self._turn_day(now)
        recent = self._recent.setdefault(bearer, deque())
        while recent and recent[0] <= now - WINDOW_SECONDS:
            recent.popleft()
        over = "burst" if len(recent) >= self.burst else "daily" if self.spent + cost > self.daily else ""
        if over:
            self.refused[over] += 1
        else:
            recent.append(now)
            self.spent += cost
        self.most = {"burst": max(self.most["burst"], len(recent)), "daily": max(self.most["daily"], self.spent)}
        reset = ceil(recent[0] + WINDOW_SECONDS - now) if recent else 0
        return Verdict(not over, self.burst, max(self.burst - len(recent), 0), reset)

    def state(self) -> dict[str, object]:
        """Show the counters."""
        sizes = {"daily": self.daily, "spent": self.spent, "burst": self.burst, "refused": self.refused.total()}
        return {**sizes, "refused_by": dict(self.refused), "most": self.most}

    def _turn_day(self, now: float) -> None:
        if now < self._day_ends:
            return
        today = datetime.fromtimestamp(now, UTC).date()
        self._day_ends = datetime.combine(today + timedelta(days=1), time(), UTC).timestamp()
        self.spent = 0
        self._recent.clear()
