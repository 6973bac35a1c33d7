"""Many callers that need a token at once make one refresh call (acceptance 6)."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from sqlalchemy import select

from sandbox.environment import Addresses, app_environment
from sync.composition import build_core
from sync.connections.xero import grant_tokens
from sync.core import Core
from sync.governor.limits import Callers
from sync.settings import from_environment
from sync.store.models import accounts
from tests.bench.figures import Figure
from tests.support.crowd import gather
from tests.support.stack import Stack
from tests.support.vendors import calls, forget_calls

CALLERS, RUNS = 64, 5


def measure_refresh() -> list[Figure]:
    """Let many ask for another token than the one that has ended, all at once."""
    with Stack() as stack:
        gather(stack, count=1)
        core = build_core(from_environment(environ=_environment(stack)), callers=Callers.PEOPLE)
        with core.database.reading() as session:
            grant_id = session.scalars(select(accounts.Grant.grant_id)).one()
        alone = [_ask(core, grant_id, callers=1) for _ in range(RUNS)]
        forget_calls(stack.xero_url)
        together = [_ask(core, grant_id, callers=CALLERS) for _ in range(RUNS)]
        made = len(calls(stack.xero_url, method="POST", path="/connect/token")) / RUNS
        core.database.close()
    return [
        Figure(f"{CALLERS} callers need a token at once: refresh calls", made, at_most=1, bare=1),
        Figure(
            f"{CALLERS} callers need a token at once: all have it after",
            median(together),
            "ms",
            bare=median(alone),
            bare_is="one caller",
        ),
    ]


def _environment(stack: Stack) -> dict[str, str]:
    addresses = Addresses(stack.base_port)
    found = app_environment(data=stack.data, addresses=addresses, redis_url=stack.redis_url)
    return found | {"INSTEP_DATABASE_URL": stack.database_url}


def _ask(core: Core, grant_id: str, *, callers: int) -> float:
    """Have the token replaced, and give the milliseconds until everybody has the new one."""
    keeper = grant_tokens(core, grant_id=grant_id)
    stale = keeper.current()
    with ThreadPoolExecutor(callers) as pool:
        began = time.perf_counter()
        tokens = set(pool.map(lambda _number: keeper.renewed(stale=stale), range(callers)))
        took = (time.perf_counter() - began) * 1000
    assert len(tokens - {stale}) == 1, "callers were given different tokens"
    return took
