"""What is asked around every call to a vendor: whether it may be made now, and at whose expense."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sync.clients.failures import Vendor


@dataclass(frozen=True)
class Call:
    """One call that is about to be made, and whose limits it counts against."""

    vendor: Vendor
    #: Xero's tenant, or the Pipedrive company's id; empty: nobody's, only the app's own limit counts.
    tenant: str
    #: Whose token it is, where each user's calls are counted.
    user: str = ""
    #: In Pipedrive's daily tokens.
    cost: int = 0
    is_search: bool = False


class Permit(Protocol):
    """The right to make one call."""

    def answered(self, *, status: int, headers: Mapping[str, str]) -> None:
        """Learn from the answer; without one, the call counts as lost."""


class Governor(Protocol):
    """Keeps every process together within the vendors' limits (D20)."""

    def permit(self, call: Call) -> AbstractContextManager[Permit]:
        """Give the right to make a call.

        :raises RateLimited: the vendor would refuse it, or nobody can say whether it would; nothing was sent.
        """

    def counted(self) -> Mapping[tuple[str, str], int] | None:
        """Give how many calls there were, by vendor and outcome, and under `tokens` what they cost; None: not now."""
