"""The calendar day in an organisation's own time zone, which Xero names as Windows does, in one word."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

_UTC = "Etc/UTC"
# In Xero's list but no longer in CLDR's, which babel carries.
_DROPPED_BY_CLDR = {"KAMCHATKASTANDARDTIME": "Asia/Kamchatka", "MIDATLANTICSTANDARDTIME": "Etc/GMT+2"}


def zone_name(*, xero_name: str) -> str:
    """Find the IANA name for `Organisation.Timezone`; a name that nobody knows counts as UTC."""
    return _zones().get(_squeezed(name=xero_name), _UTC)


def local_day(*, now: datetime, xero_name: str) -> date:
    """Find the day that an aware `now` falls on for the organisation."""
    return now.astimezone(ZoneInfo(zone_name(xero_name=xero_name))).date()


@cache
def _zones() -> Mapping[str, str]:
    known = get_global("windows_zone_mapping")
    return {_squeezed(name=name): zone for name, zone in known.items()} | _DROPPED_BY_CLDR


def _squeezed(*, name: str) -> str:
    # "E. Africa Standard Time" is EAFRICASTANDARDTIME, "UTC-11" is UTC11, but "UTC+12" keeps its sign.
    return re.sub(r"[^A-Z0-9+()]", "", name.upper())
