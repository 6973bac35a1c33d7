"""All the work that waits in the database, as a table of turns in the order in which people notice it."""

import threading
from typing import Any

from sqlalchemy import func, literal_column, select

from sync.core import Core
from sync.operations.chores import do_chore, due_chores
from sync.operations.compare_deals import compare_deals, due_to_compare
from sync.operations.drain_pipedrive import drain_company, due_companies
from sync.operations.drain_xero import drain_organisation, due_organisations
from sync.operations.due import Due
from sync.operations.intents import due_to_settle
from sync.operations.pauses import Pauses
from sync.operations.push_deals import companies_with_due_deals, push_deals
from sync.operations.run_rules import companies_with_due_rules, run_rules
from sync.operations.send_intent import settle_intents
from sync.operations.split_deliveries import split_deliveries
from sync.operations.sweep import due_to_sweep, sweep_organisation
from sync.operations.take_leave import due_to_leave, take_leave_or_put_off
from sync.operations.tend_company import due_to_tend, tend_company
from sync.operations.turns import Calls, Turn, all_due, take_turns
from sync.store.inbox import Delivery

_due_deliveries = Due(
    str,
    select(literal_column("'all'").label("key"), func.min(Delivery.received_at))
    .where(Delivery.state == "pending")
    .having(func.count() > 0),
)


#: What is parked, held by another worker or has ended is due in none of them, so that it wakes nobody.
TURNS: tuple[Turn[Any], ...] = (
    Turn[str](
        "split_deliveries",
        "deliveries",
        _due_deliveries,
        lambda core, _: split_deliveries(core),
        Calls.NOBODY,
        goes_first=True,
    ),
    Turn[str](
        "drain_organisation",
        "organisation",
        due_organisations,
        lambda core, key: drain_organisation(core, organisation_id=key),
        Calls.XERO,
    ),
    Turn[int](
        "push_deals",
        "company",
        companies_with_due_deals,
        lambda core, key: push_deals(core, company_id=key),
        Calls.PIPEDRIVE,
    ),
    Turn[int](
        "drain_company",
        "company",
        due_companies,
        lambda core, key: drain_company(core, company_id=key),
        Calls.PIPEDRIVE,
    ),
    Turn[str](
        "settle_intents",
        "intents",
        due_to_settle,
        lambda core, key: settle_intents(core, organisation_id=key),
        Calls.XERO,
        goes_first=True,
    ),
    Turn[int](
        "run_rules", "rules", companies_with_due_rules, lambda core, key: run_rules(core, company_id=key), Calls.XERO
    ),
    Turn[int](
        "tend_company", "company", due_to_tend, lambda core, key: tend_company(core, company_id=key), Calls.PIPEDRIVE
    ),
    Turn[str](
        "take_leave",
        "connection",
        due_to_leave,
        lambda core, key: take_leave_or_put_off(core, connection_key=key),
        Calls.XERO,
    ),
    Turn[str](
        "sweep_organisation",
        "organisation",
        due_to_sweep,
        lambda core, key: sweep_organisation(core, organisation_id=key),
        Calls.XERO,
    ),
    Turn[int](
        "compare_deals",
        "company",
        due_to_compare,
        lambda core, key: compare_deals(core, company_id=key),
        Calls.PIPEDRIVE,
    ),
    # They seldom call anybody.
    Turn[str]("chores", "chore", due_chores, lambda core, key: do_chore(core, name=key), Calls.NOBODY),
)


def work_off(core: Core, *, stopping: threading.Event | None = None, pauses: Pauses | None = None) -> None:
    """Do everything that is due; every part may be killed and run again, and several workers may be at it.

    Who does it again and again gives the same `pauses` each time.
    """
    take_turns(core, turns=TURNS, stopping=stopping or threading.Event(), pauses=pauses)


def is_work_due(core: Core) -> bool:
    """Whether anything waits: what the clock asks before it wakes a worker."""
    return any(bool(keys) for keys in all_due(core, turns=TURNS))
