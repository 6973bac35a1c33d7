"""What was asked of the product and what it acknowledged, for the checker."""

import threading
from dataclasses import dataclass, field

from tests.support.crowd import Member


@dataclass
class Order:
    """One invoice that a person wanted; its reference stands on no other."""

    member: Member
    deal_id: int
    reference: str
    acknowledged: bool = False
    #: How often an e-mail was asked for (each with a key of its own), and how many of these were acknowledged.
    emails_asked: int = 0
    emails_acknowledged: int = 0


@dataclass
class Ledger:
    """Everything that the checker holds against both vendors."""

    orders: list[Order] = field(default_factory=list)
    #: The last title that somebody gave a deal, by company and deal.
    titles: dict[tuple[int, int], str] = field(default_factory=dict)
    #: What was killed, broken or wiped, and how often.
    happened: list[str] = field(default_factory=list)
    #: What should not have been.
    findings: list[str] = field(default_factory=list)
    #: Seconds until the tenants of each killed worker went on.
    went_on: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, finding: str) -> None:
        """Write down what should not have been."""
        with self.lock:
            self.findings.append(finding)
