"""Events as Xero tells of them, and a worker who works them off."""

from datetime import datetime, timedelta
from typing import Any

from sync.operations.drain_xero import drain_organisation, due_organisations
from sync.operations.outcome import Outcome
from tests.unit.fakes.house import ORGANISATION, TENANT, House

#: An invoice that our store does not know.
RESOURCE = "5e1d0f5e-0000-4b0e-9d43-000000000001"


def event(house: House, *, at: timedelta = timedelta(), **over: Any) -> dict[str, Any]:
    """One event as Xero sends it."""
    moment: datetime = house.clock() + at
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{RESOURCE}",
        "resourceId": RESOURCE,
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        "eventCategory": "INVOICE",
        "eventType": "UPDATE",
        "eventDateUtc": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}",
        **over,
    }


def drain(home: House) -> Outcome:
    """Work the organisation's events off, turn by turn."""
    outcome = Outcome.UNCHANGED
    while due_organisations(home.core):
        outcome = drain_organisation(home.core, organisation_id=ORGANISATION)
        if outcome is Outcome.IGNORED:
            break
    return outcome
