"""What every operation is handed: the settings, the store, the vendors and the clock, put together once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sync.clients.governor import Governor
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.transport import Transport
from sync.clients.xero.oauth import XeroOAuth
from sync.settings import Settings
from sync.store.database import Database
from sync.store.vault import Vault


class Waker(Protocol):
    """Tells a worker that there is work. Losing a call loses nothing: the clock looks as well (D14)."""

    def wake(self) -> None:
        """Say that there is work; return at once, and never raise."""


@dataclass(frozen=True)
class Core:
    """The parts that operations work with."""

    settings: Settings
    database: Database
    vault: Vault
    transport: Transport
    pipedrive_oauth: PipedriveOAuth
    xero_oauth: XeroOAuth
    governor: Governor
    waker: Waker
    now: Callable[[], datetime]


def fingerprint(value: str) -> str:
    """Hash a random key for keeping: whoever reads the store cannot use it."""
    return hashlib.sha256(value.encode()).hexdigest()
