"""A token is refreshed once, however many processes want it, and a crash after Xero's answer is made good (acceptance 6)."""

import multiprocessing
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

import pytest
import requests

from sync.clients.failures import GrantDead
from sync.clients.oauth import Tokens
from sync.clients.xero.oauth import XeroOAuth
from sync.composition import build_core
from sync.connections.xero import grant_tokens
from sync.core import Core
from sync.domain.secret import Secret
from sync.governor.limits import Callers
from sync.settings import from_environment
from sync.store.accounts import Grant
from sync.store.migrate import migrate
from tests.support.postgres import postgres_url
from tests.support.stack import free_base_port
from tests.support.vendors import calls, forget_calls
from tests.support.waiting import wait_until

PROCESSES, THREADS = 2, 32
GRANT = "0a6a5e8e-2222-4b0e-9d43-000000000001"
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def xero() -> Iterator[str]:
    """Xero alone; gives its address."""
    port = free_base_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", "sandbox", "xero", "--port", str(port)])  # noqa: S603 - our own words
    try:
        wait_until(lambda: is_up(url), seconds=30, what="Xero answers")
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["sqlite", "postgresql"])
def environ(request: pytest.FixtureRequest, xero: str, tmp_path: Path, environ: dict[str, str]) -> dict[str, str]:
    """What processes are started with: a database of each kind in which a grant's access token has just ended."""
    requests.post(f"{xero}/control/reset", json={}, timeout=10).raise_for_status()
    given = requests.post(f"{xero}/control/tokens", json={}, timeout=10).json()
    url = f"sqlite:///{tmp_path / 'instep.sqlite3'}" if request.param == "sqlite" else postgres_url()
    ours = {
        **environ,
        "INSTEP_DATABASE_URL": url,
        "XERO_IDENTITY_URL": xero,
        "XERO_CLIENT_ID": given["client_id"],
        "XERO_CLIENT_SECRET": given["client_secret"],
    }
    with closed_at_the_end(ours) as core:
        migrate(database=core.database)
        with core.database.writing() as session:
            session.add(
                Grant(
                    grant_id=GRANT,
                    xero_userid=str(uuid.uuid4()),
                    scope=given["scope"],
                    access_token=core.vault.seal(Secret(given["access_token"])),
                    refresh_token=core.vault.seal(Secret(given["refresh_token"])),
                    expires_at=core.now(),
                    refreshed_at=core.now(),
                )
            )
    forget_calls(xero)
    return ours


@pytest.fixture
def core(environ: dict[str, str]) -> Iterator[Core]:
    """The core of this process."""
    with closed_at_the_end(environ) as core:
        yield core


def test_sixty_four_callers_in_two_processes_make_one_refresh(environ: dict[str, str], core: Core, xero: str) -> None:
    together, given = SPAWN.Barrier(PROCESSES * THREADS), SPAWN.Queue()
    processes = [SPAWN.Process(target=call_at_once, args=(environ, together, given)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()

    tokens = [given.get(timeout=60) for _ in range(PROCESSES * THREADS)]
    for process in processes:
        process.join(10)

    assert len(set(tokens)) == 1
    assert len(calls(xero, method="POST", path="/connect/token")) == 1
    assert open_token(core) == tokens[0]


def test_a_process_killed_between_the_answer_and_our_commit_costs_nothing_for_half_an_hour(
    environ: dict[str, str], core: Core, xero: str
) -> None:
    die_after_the_answer(environ)
    later = pass_minutes(core, xero, minutes=29)

    token = grant_tokens(later, grant_id=GRANT).current()

    assert token == open_token(later)
    assert len(calls(xero, method="POST", path="/connect/token")) == 2


def test_after_half_an_hour_the_grant_has_ended_and_says_so(environ: dict[str, str], core: Core, xero: str) -> None:
    die_after_the_answer(environ)
    later = pass_minutes(core, xero, minutes=31)

    with pytest.raises(GrantDead):
        grant_tokens(later, grant_id=GRANT).current()

    with later.database.reading() as session:
        assert session.get_one(Grant, GRANT).state == "lapsed"


class Stalling(XeroOAuth):
    """Xero's own answer, after which the process does not go on."""

    def __init__(self, answered: Event, **settings: Any) -> None:
        super().__init__(**settings)
        self.answered = answered

    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Ask, say that the answer is here, and wait to be killed."""
        tokens = super().refresh(refresh_token=refresh_token)
        self.answered.set()
        SPAWN.Event().wait()
        return tokens


def core_of(environ: Mapping[str, str]) -> Core:
    """The core of a process."""
    return build_core(from_environment(environ=environ), callers=Callers.PEOPLE)


@contextmanager
def closed_at_the_end(environ: Mapping[str, str]) -> Iterator[Core]:
    """A core whose connections are closed at the end."""
    core = core_of(environ)
    yield core
    core.database.close()


def call_at_once(environ: Mapping[str, str], together: Barrier, given: "multiprocessing.Queue[str]") -> None:
    """What one process does: many threads ask for the token at the same moment as those of the others."""
    core = core_of(environ)

    def call() -> None:
        keeper = grant_tokens(core, grant_id=GRANT)
        together.wait(60)
        given.put(keeper.current())

    with ThreadPoolExecutor(THREADS) as pool:
        for asked in [pool.submit(call) for _ in range(THREADS)]:
            asked.result()


def refresh_and_stall(environ: Mapping[str, str], answered: Event) -> None:
    """What the process does that will be killed."""
    core = core_of(environ)
    settings = core.settings
    stalling = Stalling(
        answered,
        login_url=settings.xero_login_url,
        identity_url=settings.xero_identity_url,
        client_id=settings.xero_client_id,
        client_secret=Secret(settings.xero_client_secret),
        redirect_uri="https://instep.example/x",
        scopes=("openid",),
    )
    grant_tokens(replace(core, xero_oauth=stalling), grant_id=GRANT).current()


def die_after_the_answer(environ: Mapping[str, str]) -> None:
    """A process refreshes, has Xero's answer, and is killed before it can keep it."""
    answered = SPAWN.Event()
    process = SPAWN.Process(target=refresh_and_stall, args=(environ, answered))
    process.start()
    assert answered.wait(60)
    process.kill()
    process.join(10)


def pass_minutes(core: Core, xero: str, *, minutes: float) -> Core:
    """Let time pass, at Xero and here."""
    requests.post(f"{xero}/control/clock", json={"advance": minutes * 60}, timeout=10).raise_for_status()
    return replace(core, now=lambda: datetime.now(UTC) + timedelta(minutes=minutes))


def open_token(core: Core) -> str:
    """The access token that is kept."""
    with core.database.reading() as session:
        return core.vault.open(session.get_one(Grant, GRANT).access_token).reveal()


def is_up(url: str) -> bool:
    """Whether a vendor answers."""
    try:
        return requests.get(f"{url}/control/health", timeout=5).ok
    except requests.ConnectionError:
        return False
