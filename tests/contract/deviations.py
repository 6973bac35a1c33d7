"""The list of places where the vendors' files are wrong."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

from tests.contract.judge import Problem, Scopes
from tests.contract.specs import Operation

PATH = Path(__file__).with_name("deviations.toml")


@dataclass(frozen=True)
class Deviation:
    """One place that is let pass; `operation` and `where` are patterns."""

    file: str
    operation: str
    where: str
    what: str

    def covers(self, problem: Problem) -> bool:
        """Say whether this problem is expected."""
        names = problem.file == self.file and fnmatchcase(problem.operation, self.operation)
        return names and self.what == problem.what and fnmatchcase(problem.where, self.where.replace("[]", "[[][]]"))


@dataclass(frozen=True)
class OtherScope:
    """A scope that the file names, and the one that opens the operations in life; "" stands for none."""

    file: str
    operation: str
    declared: str
    real: str

    def concerns(self, operation: Operation) -> bool:
        """Say whether it is about this operation."""
        return operation.file.name == self.file and fnmatchcase(operation.name, self.operation)

    def changes(self, operation: Operation) -> bool:
        """Say whether the file would be wrong here without it."""
        declared = operation.scopes
        holds = self.declared in declared if self.declared else bool(declared)
        return self.concerns(operation) and holds and self.real not in declared


@dataclass(frozen=True)
class Register:
    """The whole list."""

    deviations: tuple[Deviation, ...]
    scopes: tuple[OtherScope, ...]

    def unlisted(self, problems: Iterable[Problem]) -> list[Problem]:
        """Give the problems that nothing covers."""
        return sorted({one for one in problems if not any(known.covers(one) for known in self.deviations)})

    def unneeded(self, problems: Iterable[Problem]) -> list[Deviation]:
        """Give the entries that cover none of the problems."""
        met = set(problems)
        return [known for known in self.deviations if not any(known.covers(one) for one in met)]

    def wanted(self, operation: Operation) -> Scopes:
        """Give the scopes of which one opens an operation in life."""
        declared, changes = operation.scopes, [one for one in self.scopes if one.concerns(operation)]
        replaced = {one.declared for one in changes}
        added = {one.real for one in changes if not one.declared or one.declared in declared}
        return frozenset(declared - replaced | added)

    def unneeded_scopes(self, operations: Iterable[Operation]) -> list[OtherScope]:
        """Give the changes that change nothing for any of the operations."""
        known = list(operations)
        return [one for one in self.scopes if not any(one.changes(operation) for operation in known)]


def load() -> Register:
    """Read the list; one entry may name several operations and several places."""
    told = tomllib.loads(PATH.read_text(encoding="utf-8"))
    deviations = [
        Deviation(entry["file"], operation, where, entry["what"])
        for entry in told["deviation"]
        for operation, where in product(entry["operations"], entry["where"])
    ]
    scopes = [
        OtherScope(entry["file"], operation, declared, real)
        for entry in told["scope"]
        for operation, (declared, real) in product(entry["operations"], entry["changes"])
    ]
    return Register(tuple(deviations), tuple(scopes))


def told(problems: Iterable[Problem]) -> str:
    """Write problems as the report of a test."""
    return "\n".join(["not in deviations.toml:", *map(str, problems)])
