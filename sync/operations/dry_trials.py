"""One deal of the last month as a rule would have met it, and which deals those are."""

from dataclasses import dataclass
from datetime import datetime

from sync.connections.pipedrive import client_for
from sync.core import Core
from sync.domain.crm import Deal
from sync.domain.rules import Rule, moment_of
from sync.errors import ErrorCode
from sync.operations.identity import Person


@dataclass(frozen=True)
class Trial:
    """One deal: `stop` is why nothing would have been done; `subjects` are the invoices that it is about.

    `is_customer_open`: whether its customer is known in Xero was not looked up, because that costs too much.
    """

    deal_id: int
    title: str
    at: datetime
    stop: ErrorCode | None = None
    detail: str = ""
    subjects: tuple[str, ...] = ()
    is_customer_open: bool = False


@dataclass(frozen=True)
class Trials:
    """The deals, the latest first; `left_out` were too many to look at."""

    each: tuple[Trial, ...] = ()
    left_out: int = 0


def deals_of(
    core: Core, person: Person, rule: Rule, *, status: str, stage_id: int | None
) -> list[tuple[Deal, datetime]]:
    """Fetch the deals that came to be what sets a rule off, each with when it did, the latest first: one call."""
    client = client_for(core, company_id=person.company_id, user_id=person.user_id)
    found = client.deals_since(since=rule.since, status=status, stage_id=stage_id)
    moments = [(deal, deal.update_time if status == "deleted" else moment_of(deal=deal, rule=rule)) for deal in found]
    since = [(deal, at) for deal, at in moments if at is not None and at >= rule.since and not deal.is_archived]
    return sorted(since, key=lambda one: one[1], reverse=True)
