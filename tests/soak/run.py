"""One soak: set up, load, storm, quiet, check."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import requests

from tests.bench.flood import latency, pipedrive_counters, xero_counters
from tests.functional.conftest import addresses_of
from tests.soak.checks import check
from tests.soak.ledger import Ledger
from tests.soak.load import Clerk, Load
from tests.soak.storm import Storm
from tests.support.backlog import Backlog
from tests.support.crowd import Member, gather, hang_invoices, write_all_deals
from tests.support.postgres import PostgresServer
from tests.support.stack import Stack
from tests.support.story import Salesperson
from tests.support.vendors import forget_faults
from tests.support.waiting import wait_until

_XERO, _PIPEDRIVE = (40, 160), (20, 100)
_RETRY_SECONDS, _BETWEEN_TRIES = 900, 3.0
_QUIET = timedelta(minutes=4)


@dataclass(frozen=True)
class Size:
    """How much is at stake."""

    companies: int = 12
    invoices_each: int = 15
    people: int = 3
    kills: int = 200
    workers: int = 2
    #: The share of writes that may have changed nothing: a killed worker's last ones, which nobody had noted.
    most_extra: float = 0.05
    #: What happens to calls; a 429 may keep an organisation waiting for the rest of a minute.
    call_faults: tuple[str, ...] = ("drop_before", "drop_after", "500", "429")


@dataclass(frozen=True)
class Outcome:
    """What happened, and what is wrong after it."""

    happened: Counter[str]
    findings: list[str]
    went_on: list[float]
    orders: int
    writes: int


def soak(*, database: str, seed: int, size: Size) -> Outcome:
    """Run it on a stack of its own."""
    postgres = PostgresServer() if database == "postgresql" else None
    env = {"INSTEP_DATABASE_URL": postgres.new_database()} if postgres else {}
    try:
        with Stack(env=env, workers=size.workers) as stack:
            return _soak(stack, postgres=postgres, seed=seed, size=size)
    finally:
        if postgres:
            postgres.stop()


def _soak(stack: Stack, *, postgres: PostgresServer | None, seed: int, size: Size) -> Outcome:
    ledger, backlog = Ledger(), Backlog(stack)
    members = gather(stack, count=size.companies)
    hung = hang_invoices(stack, members, each=size.invoices_each, status="DRAFT")
    write_all_deals(stack)
    people = [_clerk(stack, ledger, member) for member in members[: size.people]]
    backlog.wait_until_empty(within=_QUIET, what="every deal has its fields")
    latency(stack, xero=_XERO, pipedrive=_PIPEDRIVE)
    noise = {"duplicates": 0.2, "late": 0.3, "seconds": 1, "seed": seed}
    requests.post(f"{stack.xero_url}/control/webhook/noise", json=noise, timeout=10).raise_for_status()
    load = Load(stack, ledger, hung=hung, people=people, seed=seed)
    load.start()
    storm = Storm(stack, ledger, workers=size.workers, postgres=postgres, faults=size.call_faults, seed=seed)
    storm.rage(kills=size.kills)
    load.stop()
    _calm_down(stack, backlog)
    findings = check(stack, ledger, hung=hung, most_extra=size.most_extra)
    writes = sum(number for name, number in pipedrive_counters(stack)["calls"].items() if name.startswith("PATCH"))
    backlog.close()
    return Outcome(Counter(ledger.happened), findings, ledger.went_on, len(ledger.orders), writes)


def _clerk(stack: Stack, ledger: Ledger, member: Member) -> Clerk:
    person = Salesperson(addresses_of(stack), user_id=member.user_id, company_id=member.company_id)
    person.install()
    person.save_preferences(default_account="200")
    return Clerk(stack, ledger, member=member, person=person)


def _calm_down(stack: Stack, backlog: Backlog) -> None:
    """Let the vendors behave, have Xero send again what was not taken, and wait until nothing is left to do."""
    for url in (stack.xero_url, stack.pipedrive_url):
        forget_faults(url)
    deadline = time.monotonic() + _QUIET.total_seconds()
    backlog.wait_until_empty(within=_QUIET, what="everything that was taken is worked off")
    while not xero_counters(stack)["webhook"]["idle"]:
        assert time.monotonic() < deadline, "Xero's events were not taken"
        # Not faster than work is done: two of these are as long as a token lives, and as its refresh may be repeated.
        requests.post(f"{stack.xero_url}/control/clock", json={"advance": _RETRY_SECONDS}, timeout=10)
        time.sleep(_BETWEEN_TRIES)
        backlog.wait_until_empty(within=_QUIET, what="what was sent again is worked off")
    wait_until(lambda: pipedrive_counters(stack)["idle"], seconds=60, what="Pipedrive has told what there was")
    backlog.wait_until_empty(within=_QUIET, what="everything is worked off")
