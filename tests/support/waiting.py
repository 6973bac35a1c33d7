"""Waiting for the thing itself, with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_STEP = 0.02


def wait_until(look: Callable[[], T | None], *, seconds: float, what: str, step: float = _STEP) -> T:
    """This will return the first truthy answer.

    :raises AssertionError: when none comes in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        if answer := look():
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(step)
