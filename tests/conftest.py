"""A core on a real database for every test that asks for one: once on SQLite, once on PostgreSQL."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import event, text

from sync.core import Core
from sync.settings import Settings, from_environment
from sync.store.database import Database
from sync.store.migrate import migrate
from sync.store.models import Base
from sync.store.vault import Vault
from tests.support.chromium import chromium
from tests.support.postgres import postgres_url
from tests.unit.fakes import pipedrive as pipedrive_side
from tests.unit.fakes import xero as xero_side
from tests.unit.fakes.core import Clock, CountingWaker, FakePipedriveOAuth, FakeXeroOAuth, OpenGate, Web
from tests.unit.fakes.house import House

# How fast an example runs says how busy the machine is, and nothing of the code.
settings.register_profile("instep", deadline=None)
settings.load_profile("instep")

__all__ = ["chromium"]  # a fixture, for whoever asks for it

#: Nothing listens on the port of this Redis.
ENVIRON = {
    "INSTEP_BASE_URL": "https://instep.example",
    "INSTEP_REDIS_URL": "redis://127.0.0.1:1/0",
    "INSTEP_SECRET_KEY": "s" * 32,
    "INSTEP_TOKEN_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
    "PIPEDRIVE_CLIENT_ID": "pipedrive-client",
    "PIPEDRIVE_CLIENT_SECRET": "pipedrive-secret-of-thirty-two-letters",
    "XERO_CLIENT_ID": "xero-client",
    "XERO_CLIENT_SECRET": "xero-secret",
    "XERO_WEBHOOK_KEY": "xero-webhook-key",
}


@pytest.fixture(scope="session")
def environ() -> dict[str, str]:
    """The least that an operator sets."""
    return dict(ENVIRON)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    database = Database(url=f"sqlite:///{path}")
    migrate(database=database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_server() -> Iterator[Database]:
    """A PostgreSQL with our schema, to be emptied."""
    database = Database(url=postgres_url())
    migrate(database=database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with our schema, of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "instep.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        database = Database(url=f"sqlite:///{path}")
        # No test cuts the power; the server of the other kind runs without fsync as well.
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        yield database
        database.close()
        return
    server: Database = request.getfixturevalue("migrated_server")
    with server.writing() as session:
        # A few rows are deleted sooner than TRUNCATE makes new files.
        session.execute(text("; ".join(f"DELETE FROM {table}" for table in reversed(Base.metadata.sorted_tables))))  # noqa: S608 - our own tables
    yield server


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def house(database: Database, clock: Clock, environ: dict[str, str]) -> House:
    """A core with an empty store, and the vendors behind it."""
    settings: Settings = from_environment(environ=environ)
    xero, pipedrive = xero_side.FakeXero(clock), pipedrive_side.FakePipedrive()
    web = Web({xero_side.HOST: xero, pipedrive_side.HOST: pipedrive})
    waker, pipedrive_oauth, xero_oauth = CountingWaker(), FakePipedriveOAuth(), FakeXeroOAuth()
    core = Core(
        settings=settings,
        database=database,
        vault=Vault(keys=settings.token_keys),
        transport=web,
        pipedrive_oauth=pipedrive_oauth,
        xero_oauth=xero_oauth,
        governor=OpenGate(),
        waker=waker,
        now=clock,
    )
    house = House(core, clock, waker, web, xero, pipedrive, pipedrive_oauth, xero_oauth)
    house.add_chores()
    return house


@pytest.fixture
def core(house: House) -> Core:
    """The core of an empty house."""
    return house.core


@pytest.fixture
def home(house: House) -> House:
    """A house with a company, its admin, a deal, and the organisation that it is connected to."""
    house.add_company()
    house.add_user()
    house.add_grant()
    house.add_organisation()
    house.connect()
    house.add_deal()
    return house
