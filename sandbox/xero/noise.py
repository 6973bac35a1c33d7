"""Events that arrive twice, late and therefore in another order, as a share of all."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Noise:
    """This will say when copies of an event leave; at first every event leaves once, at once."""

    duplicates: float = 0.0
    late: float = 0.0
    seconds: float = 0.0
    seed: float = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """This will check the shares.

        :raises ValueError: for a share that is none.
        """
        if not (0 <= self.duplicates <= 1 and 0 <= self.late <= 1 and self.seconds >= 0):
            raise ValueError("duplicates and late must be from 0 to 1, seconds 0 or more")
        object.__setattr__(self, "_random", random.Random(self.seed))  # noqa: S311 - no secret hangs on it

    def delays(self) -> list[float]:
        """This will give the seconds after which each copy of one event leaves."""
        copies = 2 if self.duplicates and self._random.random() < self.duplicates else 1
        return [self._delay() for _ in range(copies)]

    def _delay(self) -> float:
        return self._random.uniform(0, self.seconds) if self.late and self._random.random() < self.late else 0.0
