"""Who has to wait for a moment: turns that failed, or brought nothing though they were due."""

import time

_LONGEST_SECONDS = 60.0
#: Two to the power of this is more than the longest.
_COUNTED = 6


class Pauses:
    """Pauses between the turns of one tenant; they live as long as the process, because the next job begins at once."""

    def __init__(self) -> None:
        self._failed: dict[object, int] = {}
        self._until: dict[object, float] = {}

    def begin(self, name: object, *, seconds: float) -> None:
        """Leave it alone for so long; says nothing against it."""
        self._until[name] = time.monotonic() + min(seconds, _LONGEST_SECONDS)

    def lengthen(self, name: object) -> None:
        """Leave it alone for longer each time in a row."""
        failed = self._failed[name] = min(self._failed.get(name, 0) + 1, _COUNTED)
        self.begin(name, seconds=2.0**failed)

    def end(self, name: object) -> None:
        """Forget what was: it went well."""
        self._failed.pop(name, None)
        self._until.pop(name, None)

    def is_on(self, name: object) -> bool:
        """Whether it has to wait still."""
        return self._until.get(name, 0.0) > time.monotonic()

    def left(self) -> list[float]:
        """Say how long each pause lasts that is not over."""
        now = time.monotonic()
        return [until - now for until in self._until.values() if until > now]
