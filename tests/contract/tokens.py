"""A grant that never changes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OneToken:
    """Gives the same token, however stale."""

    token: str

    def current(self) -> str:
        """Give it."""
        return self.token

    def renewed(self, *, stale: str) -> str:
        """Give it again."""
        return stale
