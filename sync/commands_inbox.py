"""`python -m app inbox`: see what the webhooks brought, and have it worked off again."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sync.core import Core
from sync.domain.moments import in_utc
from sync.operations.replay import (
    SET_ASIDE,
    STATES,
    DeliveryLine,
    EventLine,
    Which,
    find_delivery,
    list_deliveries,
    replay,
)

_SOURCES = ("xero", "pipedrive")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Name what an operator may do."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="deliveries, the newest first, without what is in them")
    listing.add_argument("--state", choices=STATES, help="only those in this state, or with an event set aside")
    listing.add_argument("--source", choices=_SOURCES, help="only one sender's")
    listing.add_argument("--limit", type=int, default=50, help="how many (default: %(default)s)")
    showing = verbs.add_parser("show", help="one delivery with its events and its body")
    showing.add_argument("delivery", type=int)
    again = verbs.add_parser("replay", help="take deliveries apart again and work their events off again")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("delivery", type=int, nargs="?")
    which.add_argument("--set-aside", action="store_true", help="those with an event that was set aside")
    which.add_argument("--unparseable", action="store_true", help="those that could not be read")
    which.add_argument("--since", type=_moment, help="those that came since then: 2026-11-22T10:00, in UTC")


def run(core: Core, options: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    verbs: Mapping[str, Callable[[Core, argparse.Namespace], int]] = {"list": _list, "show": _show, "replay": _replay}
    return verbs[options.verb](core, options)


def _list(core: Core, options: argparse.Namespace) -> int:
    which = Which(state=options.state, source=options.source)
    _say(_line(one) for one in list_deliveries(core, which=which, limit=options.limit))
    return 0


def _show(core: Core, options: argparse.Namespace) -> int:
    found = find_delivery(core, delivery_id=options.delivery)
    if found is None:
        sys.stderr.write(f"There is no delivery {options.delivery}.\n")
        return 1
    _say([_line(found.line), *map(_event, found.events), _readable(found.body)])
    return 0


def _replay(core: Core, options: argparse.Namespace) -> int:
    state = SET_ASIDE if options.set_aside else "unparseable" if options.unparseable else None
    number = replay(core, which=Which(delivery_id=options.delivery, state=state, since=options.since))
    _say([f"{number} to be worked off again"])
    return 0 if number or options.delivery is None else 1


def _line(one: DeliveryLine) -> str:
    whose = f" company {one.company_id}" if one.company_id else ""
    events = ", ".join(f"{number} {state}" for state, number in sorted(one.events.items())) or "none"
    at = one.received_at.isoformat(timespec="milliseconds")
    return f"{one.delivery_id}  {at}  {one.source}{whose}  {one.state}  {one.size} bytes  events: {events}"


def _event(one: EventLine) -> str:
    worked = f" at {one.worked_at.isoformat(timespec='milliseconds')}" if one.worked_at else ""
    tries = f" after {one.tries} tries" if one.tries else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"  event {one.event_id}  {one.category} {one.type} {one.resource_id} of {one.tenant}  {one.state}{worked}{tries}{reason}"


def _readable(body: bytes) -> str:
    """Indent JSON; of anything else show the bytes, so that nothing in it can play with the terminal."""
    try:
        return json.dumps(json.loads(body), indent=2)
    except (ValueError, RecursionError):
        return repr(body)


def _moment(text: str) -> datetime:
    return in_utc(datetime.fromisoformat(text))


def _say(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
