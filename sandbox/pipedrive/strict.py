"""The strictness of API v2: exact types, no strings for numbers, no unknown keys."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sandbox.pipedrive.answers import Record, invalid

Check = Callable[[Any], str | None]

LARGEST = 10**15
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})")


def kind_of(value: object) -> str:
    """Name a JSON value's type as the validator's messages do."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _expecting(expected: str, value: object) -> str | None:
    actual = kind_of(value)
    return None if actual == expected else f"Expected '{expected}', received '{actual}'"


def string(value: Any) -> str | None:
    """Check a string."""
    return _expecting("string", value)


def number(value: Any) -> str | None:
    """Check a number."""
    if problem := _expecting("number", value):
        return problem
    return None if abs(value) < LARGEST else "is out of range"


def boolean(value: Any) -> str | None:
    """Check a true or false, not 0 or 1."""
    return _expecting("boolean", value)


def an_object(value: Any) -> str | None:
    """Check an object."""
    return _expecting("object", value)


def integer(value: Any) -> str | None:
    """Check a whole number."""
    return number(value) or (None if isinstance(value, int) or value.is_integer() else "Expected an integer")


def integers(value: Any) -> str | None:
    """Check a list of whole numbers."""
    return _expecting("array", value) or next((problem for item in value if (problem := integer(item))), None)


def objects(value: Any) -> str | None:
    """Check a list of objects."""
    return _expecting("array", value) or next((problem for item in value if (problem := an_object(item))), None)


def day(value: Any) -> str | None:
    """Check a date."""
    if problem := string(value):
        return problem
    try:
        date.fromisoformat(value)
    except ValueError:
        return "is not a valid date"
    return None


def instant(value: Any) -> str | None:
    """Check an RFC 3339 time; Pipedrive refuses fractions of a second."""
    if problem := string(value):
        return problem
    if not _INSTANT.fullmatch(value):
        return "is not a valid datetime"
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return "is not a valid datetime"
    return None


def text(*, shortest: int = 0, longest: int) -> Check:
    """Make a check of a string's length."""

    def check(value: Any) -> str | None:
        if problem := string(value):
            return problem
        return None if shortest <= len(value) <= longest else f"must have {shortest} to {longest} characters"

    return check


def nullable(check: Check) -> Check:
    """Make a check that also lets null pass."""
    return lambda value: None if value is None else check(value)


def one_of(*allowed: object) -> Check:
    """Make a check of a closed list."""

    def check(value: Any) -> str | None:
        fits = any(value == item and kind_of(value) == kind_of(item) for item in allowed)
        return None if fits else f"must be one of {', '.join(map(str, allowed))}"

    return check


def problems_of(body: Record, rules: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> list[str]:
    """Collect everything that is wrong with a body."""
    found = [f"{key}: Parameter '{key}' is required" for key in required if key not in body]
    for key, value in body.items():
        if key not in rules:
            found.append(f"{key}: Parameter '{key}' is not allowed for this request")
        elif problem := rules[key](value):
            found.append(f"{key}: {problem}")
    return found


def fit(body: Any, rules: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Record:
    """Return the body where it fits the rules.

    :raises RefusedError: with every problem named, where it does not.
    """
    if not isinstance(body, dict):
        raise invalid([f"body: {an_object(body)}"])
    if problems := problems_of(body, rules, required=required):
        raise invalid(problems)
    return body
