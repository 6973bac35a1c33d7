"""What was measured: a value, what it may be at most or must be at least, and the bare ceiling beside it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One row of the table; `bare` is what the same takes, or gives, without the app, measured in the same run."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    bare: float | None = None
    bare_is: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value is as the issue wants it, where it wants anything."""
        too_much = self.at_most is not None and self.value > self.at_most
        too_little = self.at_least is not None and self.value < self.at_least
        return not (too_much or too_little)

    @property
    def wanted(self) -> str:
        """What the issue wants, in a few signs."""
        if self.at_most is not None:
            return f"<= {_number(self.at_most)}"
        return "" if self.at_least is None else f">= {_number(self.at_least)}"


def show(part: str, figures: Iterable[Figure]) -> None:
    """Print a part's table."""
    print(f"\n{part}")
    print(f"  {'':66} {'':>9} {'wanted':>9} {'bare':>9}")
    for one in figures:
        value = f"{_number(one.value)} {one.unit}".strip()
        bare = "" if one.bare is None else _number(one.bare)
        mark = "" if one.holds else "  MISSED"
        what = f"  ({one.bare_is})" if one.bare_is else ""
        print(f"  {one.name:66} {value:>9} {one.wanted:>9} {bare:>9}{what}{mark}", flush=True)


def write(path: Path, parts: dict[str, list[Figure]]) -> None:
    """Write all figures as JSON."""
    rows = [
        {"part": part, "name": one.name, "value": one.value, "unit": one.unit, "wanted": one.wanted, "holds": one.holds}
        | {"bare": one.bare, "bare_is": one.bare_is}
        for part, figures in parts.items()
        for one in figures
    ]
    path.write_text(json.dumps(rows, indent=1))


def _number(value: float) -> str:
    if value == float("inf"):
        return "never"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.2f}"
