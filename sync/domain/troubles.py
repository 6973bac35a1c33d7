"""What is the matter in a whole company, as its admins are told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.errors import ErrorCode


class TroubleKind(StrEnum):
    """What waits or failed."""

    XERO_RESTS = "xero_rests"
    PIPEDRIVE_RESTS = "pipedrive_rests"
    WEBHOOKS = "webhooks"
    BEHIND = "behind"
    INVOICE_NEWS = "invoice_news"
    DEAL_NEWS = "deal_news"
    ASKED = "asked"
    RULES = "rules"
    RULES_WAIT = "rules_wait"
    FIELDS = "fields"
    FIELDS_NO_ROOM = "fields_no_room"
    FIELDS_DELETED = "fields_deleted"
    FIELDS_OPTIONS = "fields_options"


@dataclass(frozen=True)
class Case:
    """One deal that a trouble is about, perhaps an invoice on it, and why; `title` is empty for a deal we do not know."""

    deal_id: int
    title: str
    since: datetime
    number: str = ""
    code: ErrorCode | None = None
    detail: str = ""
    rule: str = ""
    can_retry: bool = False
    is_tried: bool = False


@dataclass(frozen=True)
class Trouble:
    """One kind of trouble: since when, until when if that is known, and the deals that it is about, the oldest first.

    `count` is how many there are, as far as anybody counts. `is_tried` while all of it is being tried again.
    """

    kind: TroubleKind
    since: datetime | None = None
    until: datetime | None = None
    count: int = 0
    cases: tuple[Case, ...] = ()
    #: The deal fields that it is about, by the names that we gave them.
    names: tuple[str, ...] = ()
    is_tried: bool = False
    #: Whether trying again may help: a limit is waited out, and an e-mail only a person sends again (D9).
    can_help: bool = True

    @property
    def can_retry(self) -> bool:
        """Whether there is something to be tried again that is not being tried."""
        return self.can_help and not self.is_tried
