"""Faults that a test or a person asks for, each used up by the calls that it matches."""

import math
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase

REQUEST_FAULTS = frozenset({"slow", "429", "500", "drop_before", "drop_after"})
DELIVERY_FAULTS = frozenset({"duplicate", "reorder", "late", "never"})
_FIELDS = {"method": "*", "path": "*", "times": 1, "seconds": 5.0}


@dataclass(frozen=True)
class Fault:
    """What shall go wrong (`do`), for which calls, how many times."""

    method: str
    path: str
    do: str
    times: int
    seconds: float

    def matches(self, *, method: str, path: str) -> bool:
        """This will say whether a call is meant; `path` is a shell pattern."""
        return self.method in ("*", method.upper()) and fnmatchcase(path, self.path)

    def to_dict(self) -> dict[str, object]:
        """This will return the fault as the control API shows it."""
        return asdict(self)


def parse(fields: Mapping[str, object]) -> Fault:
    """This will read a fault from the control API's JSON or form.

    :raises ValueError: with a sentence for the caller.
    """
    do = str(fields.get("do", ""))
    if do not in REQUEST_FAULTS | DELIVERY_FAULTS:
        raise ValueError(f"do must be one of {', '.join(sorted(REQUEST_FAULTS | DELIVERY_FAULTS))}")
    if unknown := set(fields) - {*_FIELDS, "do"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    given = {**_FIELDS, **{key: value for key, value in fields.items() if value not in ("", None)}}
    try:
        times, seconds = int(str(given["times"])), float(str(given["seconds"]))
    except ValueError as err:
        raise ValueError("times must be a whole number, seconds a number") from err
    if times < 1 or not math.isfinite(seconds) or not 0 <= seconds <= threading.TIMEOUT_MAX:
        raise ValueError("times must be at least 1, seconds at least 0")
    return Fault(method=str(given["method"]).upper(), path=str(given["path"]), do=do, times=times, seconds=seconds)


class FaultBook:
    """The faults still to happen, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """This will remember a fault until it has happened as often as asked."""
        with self._lock:
            self._faults.append(fault)

    def take(self, *, kinds: frozenset[str], method: str, path: str) -> Fault | None:
        """This will use up one happening of the oldest fault that matches."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.do in kinds and fault.matches(method=method, path=path):
                    left = replace(fault, times=fault.times - 1)
                    self._faults[index : index + 1] = [left] if left.times else []
                    return fault
        return None

    def pending(self) -> list[Fault]:
        """This will list what has not happened yet."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """This will forget all."""
        with self._lock:
            self._faults.clear()
