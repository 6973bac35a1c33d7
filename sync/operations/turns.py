"""Turns: work is handed out tenant by tenant, so that one with ten thousand events does not delay one with a single one."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from sync.clients.failures import RateLimited
from sync.core import Core
from sync.errors import InstepError, Transient
from sync.operations.due import Due, who_is_due
from sync.operations.lease import LeaseLost
from sync.operations.outcome import Outcome
from sync.operations.pauses import Pauses

log = structlog.get_logger()

Key = TypeVar("Key", str, int)

#: Almost all of a turn is waiting for a vendor. A few places are kept for what waits for none, and a vendor that hangs
#: leaves some to the other's turns.
_AT_ONCE = 24
_FOR_VENDORS = 21
_FOR_ONE_VENDOR = 16
#: While others are in flight: so late may what comes in be seen. A look that takes long is taken less often.
_LOOK_SECONDS = 0.05
_LOOK_SHARE = 5
#: Waited for here; after anything longer the clock wakes a worker.
_SHORT_SECONDS = 1.0
#: Who has taken a tenant before us has ended soon, or been killed.
_HELD_SECONDS = 0.5
#: Nothing is to be done at once; whoever has the tenant may be killed at any moment.
_PASSING_SECONDS = 2.0
#: What no tenant and no event can be blamed for: the database is away, two were in each other's way, or a lease is lost.
NOT_THEIRS = (OperationalError, InterfaceError, TimeoutError, LeaseLost)


class Calls(Enum):
    """Whom a turn waits for."""

    NOBODY = "nobody"
    PIPEDRIVE = "pipedrive"
    XERO = "xero"


@dataclass(frozen=True)
class Turn(Generic[Key]):
    """One kind of work: for whom it is due, who has waited longest first, and a bounded piece of it.

    `lane` says of what kind the keys are: of one lane and key, one turn at a time is in flight in this process. What
    another worker holds, is parked or has ended must not be due: it would wake workers for nothing.
    """

    name: str
    lane: str
    due: Callable[[Core], Sequence[Key]]
    #: Gives an outcome, or after how long to look again.
    run: Callable[[Core, Key], Outcome | timedelta | None]
    calls: Calls
    #: Others' work, or a person, waits for it: it is taken before all that is not.
    goes_first: bool = False


@dataclass(frozen=True)
class _Piece:
    """A turn for one tenant."""

    turn: Turn[Any]
    key: Any

    @property
    def tenant(self) -> tuple[str, Any]:
        """What nobody else may have in hand."""
        return self.turn.lane, self.key

    @property
    def name(self) -> tuple[str, Any]:
        """What it is."""
        return self.turn.name, self.key


@dataclass
class _Line:
    """Who waits, who was served how often, and who has to wait for a moment."""

    core: Core
    turns: Sequence[Turn[Any]]
    pauses: Pauses
    in_flight: dict[Future[Outcome | timedelta | None], _Piece] = field(default_factory=dict)
    _waiting: list[_Piece] = field(default_factory=list)
    _served: dict[tuple[str, Any], int] = field(default_factory=dict)
    _looked_at: float = 0.0
    _look_took: float = 0.0
    _has_news: bool = False
    _look_again_at: float = 0.0

    def look(self) -> None:
        """Ask the database who is due; whoever had a turn already stands behind those who had none."""
        began = time.monotonic()
        found = [
            (0 if turn.goes_first else 1 + self._served.get((turn.name, key), 0), place, number, _Piece(turn, key))
            for number, (turn, keys) in enumerate(zip(self.turns, all_due(self.core, turns=self.turns), strict=True))
            for place, key in enumerate(keys)
        ]
        self._waiting = [one[-1] for one in sorted(found, key=lambda one: one[:-1])]
        self._looked_at = time.monotonic()
        self._look_took = self._looked_at - began
        self._has_news = False

    def until_next_look(self) -> float:
        """Say how long to leave the database alone."""
        if not self.in_flight:
            return 0.0
        pause = max(0.0 if self._has_news else _LOOK_SECONDS, _LOOK_SHARE * self._look_took)
        return max(0.0, self._looked_at + pause - time.monotonic())

    def next_pieces(self) -> Iterator[_Piece]:
        """Take whoever may be served now out of the line, as far as there is room."""
        busy = {piece.tenant for piece in self.in_flight.values()}
        taken, left = Counter(piece.turn.calls for piece in self.in_flight.values()), []
        for piece in self._waiting:
            if self.pauses.is_on(piece.name):
                continue
            if piece.tenant in busy or not _has_room(piece.turn.calls, taken=taken):
                left.append(piece)
                continue
            busy.add(piece.tenant)
            taken[piece.turn.calls] += 1
            yield piece
        self._waiting = left

    def until_end_of_short_pauses(self) -> float | None:
        """Say how long it is until somebody may be served who has to wait for a moment only."""
        waits = [*self.pauses.left(), self._look_again_at - time.monotonic()]
        return min((wait for wait in waits if 0 < wait < _SHORT_SECONDS), default=None)

    def settle(self, done: Future[Outcome | timedelta | None]) -> None:
        """Note how a turn went: one that brought nothing, though it was due, is not taken again at once."""
        piece = self.in_flight.pop(done)
        self._has_news = True
        self._served[piece.name] = self._served.get(piece.name, 0) + 1
        err = done.exception()
        if err is not None:
            self._pause_after(piece, err)
            _tell(piece, err)
            return
        match done.result():
            case Outcome.HELD:
                self.pauses.begin(piece.name, seconds=_HELD_SECONDS)
            case Outcome.IGNORED:
                self.pauses.begin(piece.name, seconds=_PASSING_SECONDS)
            case outcome:
                self.pauses.end(piece.name)
                if isinstance(outcome, timedelta):
                    self._look_again_at = time.monotonic() + outcome.total_seconds()

    def _pause_after(self, piece: _Piece, err: BaseException) -> None:
        if isinstance(err, NOT_THEIRS):
            self.pauses.begin(piece.name, seconds=_PASSING_SECONDS)
        elif isinstance(err, Transient) and err.retry_after is not None:
            self.pauses.begin(piece.name, seconds=err.retry_after)
        else:
            self.pauses.lengthen(piece.name)


def _has_room(calls: Calls, *, taken: Counter[Calls]) -> bool:
    if calls is Calls.NOBODY:
        return True
    return taken[calls] < _FOR_ONE_VENDOR and taken[Calls.PIPEDRIVE] + taken[Calls.XERO] < _FOR_VENDORS


def all_due(core: Core, *, turns: Sequence[Turn[Any]]) -> list[Sequence[Any]]:
    """Say who is due for each turn: what is a statement is asked in one question."""
    statements = [turn.due for turn in turns if isinstance(turn.due, Due)]
    answers = iter(who_is_due(core, dues=statements)) if statements else iter(())
    return [next(answers) if isinstance(turn.due, Due) else turn.due(core) for turn in turns]


def take_turns(
    core: Core, *, turns: Sequence[Turn[Any]], stopping: threading.Event, pauses: Pauses | None = None
) -> None:
    """Give everybody who is due a turn, some at once, until nothing is due and nothing is in flight.

    Told to stop, it lets those end that are in flight.
    """
    line = _Line(core, turns, pauses or Pauses())
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="turn") as pool:
        while not stopping.is_set():
            if not line.until_next_look():
                line.look()
            for piece in line.next_pieces():
                context = copy_context()
                line.in_flight[pool.submit(context.run, piece.turn.run, core, piece.key)] = piece
            if line.in_flight:
                ended, _ = wait(line.in_flight, timeout=line.until_next_look(), return_when=FIRST_COMPLETED)
                for one in ended:
                    line.settle(one)
            elif (pause := line.until_end_of_short_pauses()) is not None:
                stopping.wait(min(pause, _LOOK_SECONDS))
            else:
                return


def is_short(err: Exception) -> bool:
    """Whether a limit is over in a moment: then nothing is written down, and the turn is taken again here."""
    return isinstance(err, RateLimited) and err.retry_after is not None and err.retry_after < _SHORT_SECONDS


def _tell(piece: _Piece, err: BaseException) -> None:
    """Log why a turn ended; what goes wrong with one tenant must not keep the others waiting."""
    if isinstance(err, NOT_THEIRS):
        log.warning("turn_put_off", turn=piece.turn.name, key=piece.key, reason=type(err).__name__)
    elif isinstance(err, InstepError):
        log.warning("turn_put_off", turn=piece.turn.name, key=piece.key, reason=str(err))
    else:
        log.error("turn_failed", turn=piece.turn.name, key=piece.key, exc_info=err)
