"""JSON in which a number stays exactly the decimal that was written, both ways."""

import json
from collections.abc import Mapping
from decimal import Decimal


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def loads(body: bytes) -> object:
    """Parse `body` with `Decimal` for every number that has a point or an exponent.

    :raises ValueError: this is not JSON, or nested beyond reason.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err


def dumps(value: object) -> bytes:
    """Write compact JSON; the same value always gives the same bytes.

    :raises TypeError: the value holds something that JSON cannot say exactly, a float among them.
    """
    return _written(value).encode("ascii")


def _written(value: object) -> str:
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no exact JSON")
