"""Changes that many people make in many organisations at once, at a pace."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.xero.errors import Invalid, Refusal
from sandbox.xero.values import Json

_KEPT_PROBLEMS = 20


@dataclass(slots=True)
class _Round:
    wanted: list[Json]
    seconds: float
    #: When each was made, in seconds since 1970; None where Xero's rules forbade it.
    made: list[float | None] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Changes:
    """This will make a long list of changes while tests look on."""

    def __init__(self, make: Callable[[Json], None]) -> None:
        self._make = make
        self._round = _Round([], 0)

    def start(self, wanted: list[Json], seconds: float) -> None:
        """This will begin to make the changes in their order, spread evenly over the seconds."""
        self._round = _Round(wanted, seconds)
        threading.Thread(target=self._run, args=(self._round,), name="xero-changes", daemon=True).start()

    def reset(self) -> None:
        """This will make no more of them."""
        self._round = _Round([], 0)

    def state(self) -> Json:
        """This will say how far it is, and when each change was made."""
        now = self._round
        return {"wanted": len(now.wanted), "made": list(now.made), "problems": list(now.problems)}

    def _run(self, now: _Round) -> None:
        began = time.perf_counter()
        for number, change in enumerate(now.wanted):
            if now is not self._round:
                return
            time.sleep(max(0.0, began + now.seconds * number / len(now.wanted) - time.perf_counter()))
            try:
                self._make(change)
            except (Invalid, Refusal, ValueError, LookupError) as err:
                now.problems = [*now.problems, f"{change}: {err!r}"][:_KEPT_PROBLEMS]
                now.made.append(None)
            else:
                now.made.append(time.time())
