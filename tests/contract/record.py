"""Everything that was said, and what the judge says of it."""

from dataclasses import dataclass

from tests.contract.exchanges import Exchange
from tests.contract.judge import Problem
from tests.contract.specs import Operation


@dataclass(frozen=True)
class Ruling:
    """An exchange and what the judge says of it."""

    exchange: Exchange
    operation: Operation
    problems: list[Problem]


@dataclass(frozen=True)
class Record:
    """Everything that was said: by the clients, by the walks, and by Xero to the listener."""

    clients: list[Ruling]
    walks: list[Ruling]
    heard: list[Problem]

    @property
    def problems(self) -> list[Problem]:
        """Give all that is wrong anywhere."""
        return self.of(self.clients) + self.of(self.walks) + self.heard

    @property
    def operations(self) -> list[Operation]:
        """Give the operations that were called."""
        return [ruling.operation for ruling in self.clients + self.walks]

    def of(self, rulings: list[Ruling], *sides: str) -> list[Problem]:
        """Give what is wrong with some exchanges, or only in places that begin so."""
        return [one for ruling in rulings for one in ruling.problems if one.where.startswith(sides or "")]
