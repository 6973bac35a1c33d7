"""What tests may change about an organisation: what a person with every right changes in its settings."""

from collections.abc import Callable
from typing import Any

from sandbox.xero.models import Organisation
from sandbox.xero.values import Json, ms_date, ms_time, new_id, to_day
from sandbox.xero.world import World


def change_organisation(world: World, org: Organisation, fields: Json) -> None:
    """This will change details, currencies, refused actions, roles, limits, settings rows and the lock date.

    :raises ValueError: for a name that is none of them.
    """
    for name, value in fields.items():
        if name not in _CHANGES:
            raise ValueError(f"organisation takes {sorted(_CHANGES)}")
        _CHANGES[name](world, org, value)


def _set_roles(_world: World, org: Organisation, roles: dict[str, str]) -> None:
    for user in org.users.values():
        user["OrganisationRole"] = roles.get(user["EmailAddress"], user["OrganisationRole"])


def _set_accounts(_world: World, org: Organisation, rows: list[Json]) -> None:
    for row in rows:
        for account in org.accounts.values():
            if account.get("Code") == row.get("Code"):
                account.update(row)


def _set_items(world: World, org: Organisation, rows: list[Json]) -> None:
    for row in rows:
        made = {"ItemID": new_id(), "Name": row["Code"], "IsTrackedAsInventory": False, "IsSold": True}
        made |= {"IsPurchased": False, "SalesDetails": {}, "PurchaseDetails": {}}
        known = next((one for one in org.items.values() if one["Code"] == row["Code"]), made)
        org.items[known["ItemID"]] = known | row | {"UpdatedDateUTC": ms_time(world.now_ms(org))}


def _set_lock_date(_world: World, org: Organisation, day: str | None) -> None:
    org.details.pop("PeriodLockDate", None)
    if day is not None:
        org.details["PeriodLockDate"] = ms_date(to_day(day))


_CHANGES: dict[str, Callable[[World, Organisation, Any], object]] = {
    "details": lambda _world, org, value: org.details.update(value),
    "currencies": lambda _world, org, value: setattr(org, "currencies", dict(value)),
    "refused_actions": lambda _world, org, value: setattr(org, "refused_actions", set(value)),
    "email_limit": lambda _world, org, value: setattr(org, "email_limit", int(value)),
    "tax_rates": lambda _world, org, rows: org.tax_rates.update({row["TaxType"]: row for row in rows}),
    "roles": _set_roles,
    "accounts": _set_accounts,
    "items": _set_items,
    "lock_date": _set_lock_date,
}
