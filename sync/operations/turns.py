"""Turns: work is handed out tenant by tenant, so that one with ten thousand events does not delay one with a single one."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from sync.clients.failures import RateLimited
from sync.core import Core
from sync.errors import InstepError, Transient
from sync.operations.due import Due, who_is_due
from sync.operations.lease import LeaseLost
from sync.operations.outcome import Outcome

log = structlog.get_logger()

Key = TypeVar("Key", str, int)

#: Almost all of a turn is waiting for a vendor.
_AT_ONCE = 24
#: While others are in flight: so late may what comes in be seen. A look that takes long is taken less often.
_LOOK_SECONDS = 0.05
_LOOK_SHARE = 5
#: Waited for here; after anything longer the clock wakes a worker.
_SHORT_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_PASSING_SECONDS = 2.0
#: The database is away, or two were in each other's way: nothing was written.
_PASSING = (LeaseLost, OperationalError, InterfaceError, TimeoutError)


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
    in_flight: dict[Future[Outcome | timedelta | None], _Piece] = field(default_factory=dict)
    _waiting: list[_Piece] = field(default_factory=list)
    _served: dict[tuple[str, Any], int] = field(default_factory=dict)
    _failed: dict[tuple[str, Any], int] = field(default_factory=dict)
    _not_before: dict[tuple[str, Any], float] = field(default_factory=dict)
    _looked_at: float = 0.0
    _look_took: float = 0.0
    _has_news: bool = False
    _look_again_at: float = 0.0

    def look(self) -> None:
        """Ask the database who is due; whoever had a turn already stands behind those who had none."""
        began = time.monotonic()
        found = [
            (self._served.get((turn.name, key), 0), place, number, _Piece(turn, key))
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
        now, left = time.monotonic(), []
        for piece in self._waiting:
            if self._not_before.get(piece.name, 0.0) > now:
                continue
            if piece.tenant in busy or len(busy) >= _AT_ONCE:
                left.append(piece)
                continue
            busy.add(piece.tenant)
            yield piece
        self._waiting = left

    def until_end_of_short_pauses(self) -> float | None:
        """Say how long it is until somebody may be served who has to wait for a moment only."""
        now = time.monotonic()
        waits = [at - now for at in (*self._not_before.values(), self._look_again_at)]
        return min((wait for wait in waits if 0 < wait < _SHORT_SECONDS), default=None)

    def settle(self, done: Future[Outcome | timedelta | None]) -> None:
        """Note how a turn went: one that brought nothing, though it was due, is not taken again at once."""
        piece = self.in_flight.pop(done)
        self._has_news = True
        self._served[piece.name] = self._served.get(piece.name, 0) + 1
        err = done.exception()
        if err is None and (outcome := done.result()) is not Outcome.IGNORED:
            self._failed.pop(piece.name, None)
            if isinstance(outcome, timedelta):
                self._look_again_at = time.monotonic() + outcome.total_seconds()
            return
        self._not_before[piece.name] = time.monotonic() + self._pause_after(piece, err)
        if err is not None:
            _tell(piece, err)

    def _pause_after(self, piece: _Piece, err: BaseException | None) -> float:
        """Say when to try again; who failed by himself waits longer and longer."""
        if err is None or isinstance(err, _PASSING):
            # Another worker has it, which may die at any moment: nobody may wait for it for long.
            return _PASSING_SECONDS
        if isinstance(err, Transient) and err.retry_after is not None:
            return err.retry_after
        failed = self._failed[piece.name] = self._failed.get(piece.name, 0) + 1
        return min(2.0**failed, _LONGEST_PAUSE_SECONDS)


def all_due(core: Core, *, turns: Sequence[Turn[Any]]) -> list[Sequence[Any]]:
    """Say who is due for each turn: what is a statement is asked in one question."""
    statements = [turn.due for turn in turns if isinstance(turn.due, Due)]
    answers = iter(who_is_due(core, dues=statements)) if statements else iter(())
    return [next(answers) if isinstance(turn.due, Due) else turn.due(core) for turn in turns]


def take_turns(core: Core, *, turns: Sequence[Turn[Any]], stopping: threading.Event) -> None:
    """Give everybody who is due a turn, some at once, until nothing is due and nothing is in flight.

    Told to stop, it lets those end that are in flight.
    """
    line = _Line(core, turns)
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
    if isinstance(err, _PASSING):
        log.warning("turn_put_off", turn=piece.turn.name, key=piece.key, reason=type(err).__name__)
    elif isinstance(err, InstepError):
        log.warning("turn_put_off", turn=piece.turn.name, key=piece.key, reason=str(err))
    else:
        log.error("turn_failed", turn=piece.turn.name, key=piece.key, exc_info=err)
