"""Everything that this Pipedrive remembers: plain dictionaries under one lock."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from sandbox.pipedrive.answers import Record, not_found
from sandbox.pipedrive.people import Company, User

KEPT_AFTER_DELETION = timedelta(days=30)


class Clock(Protocol):
    """The part of the sandbox's clock that a vendor asks."""

    def now(self) -> datetime:
        """Return the time."""
        ...

    def timestamp(self) -> float:
        """Return the time in seconds."""
        ...


@dataclass(frozen=True)
class Actor:
    """Who changes something, and by which way: the app's pages or the API."""

    user_id: int
    source: Literal["app", "api"]


@dataclass(frozen=True)
class Change:
    """One thing that happened to one record, before it becomes webhook deliveries."""

    entity: str
    entity_id: int
    action: Literal["create", "change", "delete"]
    before: Record | None
    after: Record | None
    actor: Actor
    meta: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """One stage of the only pipeline."""

    id: int
    name: str
    probability: int


class World:
    """The company's data. Whoever reads or writes holds `lock`."""

    def __init__(self, *, clock: Clock, seed: Callable[["World"], None]) -> None:
        """Start with the seeded company."""
        self.lock = threading.RLock()
        self.clock = clock
        self.listeners: list[Callable[[Change], None]] = []
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Return to the seeded company."""
        with self.lock:
            self.company: Company
            self.users: dict[int, User] = {}
            self.stages: dict[int, Stage] = {}
            self.currencies: dict[str, Record] = {}
            self.deals: dict[int, Record] = {}
            self.persons: dict[int, Record] = {}
            self.organizations: dict[int, Record] = {}
            self.products: dict[int, Record] = {}
            self.lines: dict[int, dict[int, Record]] = defaultdict(dict)
            self.discounts: dict[int, dict[str, Record]] = defaultdict(dict)
            self.installments: dict[int, dict[int, Record]] = defaultdict(dict)
            self.notes: dict[int, Record] = {}
            self.activities: dict[int, Record] = {}
            self.fields: dict[str, dict[str, Record]] = defaultdict(dict)
            #: How many times the API changed a deal into what it was already.
            self.idle_writes = 0
            self._last_ids: dict[str, int] = defaultdict(int)
            self._seed(self)

    def next_id(self, kind: str) -> int:
        """Count up one kind of id."""
        self._last_ids[kind] += 1
        return self._last_ids[kind]

    def now(self) -> str:
        """Return the time as API v2 writes it."""
        return to_instant(self.clock.now())

    def tell(self, change: Change) -> None:
        """Pass a change to whoever listens (the webhooks)."""
        for listener in self.listeners:
            listener(change)

    def line_of(self, deal_id: int, attachment_id: int) -> Record:
        """Get one product of a deal.

        :raises RefusedError: when the deal has no such line.
        """
        line = self.lines[deal_id].get(attachment_id)
        if line is None:
            raise not_found("Deal product")
        return line

    def kept(self, kind: dict[int, Record]) -> Iterator[Record]:
        """Walk through the records of a kind that are not deleted."""
        return (record for record in kind.values() if not record["is_deleted"])


def get_record(kind: dict[int, Record], record_id: int, what: str, *, clock: Clock) -> Record:
    """Get a record; deleted ones stay readable for 30 days.

    :raises RefusedError: when there is none.
    """
    record = kind.get(record_id)
    if record is None:
        raise not_found(what)
    if record["is_deleted"] and clock.now() - from_instant(record["update_time"]) > KEPT_AFTER_DELETION:
        raise not_found(what)
    return record


def to_instant(moment: datetime) -> str:
    """Write a time as API v2 does: whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_instant(text: str) -> datetime:
    """Read such a time."""
    return datetime.fromisoformat(text)


def v1_time(text: str) -> str:
    """Rewrite an API v2 time as API v1 has it."""
    return text.replace("T", " ").removesuffix("Z")
