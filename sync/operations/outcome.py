"""How an operation ended when nothing went wrong: "nothing to do" is an answer, not a silence."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    #: Another worker is at it.
    HELD = "held"
