"""What is the matter with a deal, as the people who look at it are told."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sync.errors import ErrorCode


class ProblemKind(StrEnum):
    """What failed or waits."""

    ASKED = "asked"  # what a person or a rule asked of Xero
    FIELDS = "fields"  # writing the deal's fields in Pipedrive
    NEWS = "news"  # taking in what Xero told of an invoice
    REST = "rest"  # nothing failed: a vendor, or a rule, goes on later
    RULE = "rule"  # a rule that stopped


@dataclass(frozen=True)
class Problem:
    """What went wrong, in which words of the vendor, since when; with an invoice of the deal, or `invoice_key` is empty.

    `until` is when it goes on by itself, where that is known. `is_tried` while it is being tried again right now.
    """

    code: ErrorCode
    detail: str
    since: datetime | None
    invoice_key: str = ""
    kind: ProblemKind = ProblemKind.ASKED
    until: datetime | None = None
    can_retry: bool = False
    is_tried: bool = False
    #: The rule and its run, where a rule stopped or waits.
    rule: str = ""
    run_key: str = ""
