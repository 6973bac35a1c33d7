"""The migrations make the schema that the models describe, and can be taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.orm import Session

from sync.store.database import Database
from sync.store.migrate import migrate
from sync.store.models import Base
from sync.store.schema import HEAD, is_current
from tests.support.postgres import postgres_url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    url = f"sqlite:///{tmp_path / 'bare.sqlite3'}" if request.param == "sqlite" else postgres_url()
    database = Database(url=url)
    yield database
    database.close()


def test_the_migrated_schema_is_the_one_that_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, Base.metadata) == []


def test_a_database_is_current_once_it_was_migrated(bare: Database) -> None:
    assert not is_current(database=bare)

    migrate(database=bare)

    assert is_current(database=bare)


def test_migrating_again_changes_nothing(bare: Database) -> None:
    migrate(database=bare)
    before = tables(bare)

    migrate(database=bare)

    assert tables(bare) == before


def test_two_releases_that_start_at_once_both_find_the_schema(bare: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        for started in [pool.submit(migrate, database=bare) for _ in range(2)]:
            started.result(timeout=30)

    assert is_current(database=bare)


def test_every_migration_can_be_taken_back(bare: Database) -> None:
    migrate(database=bare)

    with bare.writing() as session:
        command.downgrade(script(session), "base")

    assert tables(bare) == {"alembic_version"}
    migrate(database=bare)
    assert is_current(database=bare)


def test_what_was_chosen_for_xero_is_copied_to_the_organisation_and_back(bare: Database) -> None:
    to_revision(bare, "0001")
    chosen = {"due_days": 7, "default_account": "200", "line_amount_types": "Inclusive"}
    put_in(bare, preferences=chosen)

    to_revision(bare, "0002")

    assert read(bare, "SELECT account_code, line_amount_types, create_as FROM organisation_defaults") == [
        ("200", "Inclusive", "draft")
    ]
    assert preferences_of(bare) == chosen, "the version before may still run"
    with bare.writing() as session:
        session.execute(text("UPDATE organisation_defaults SET account_code = '210'"))
    with bare.writing() as session:
        command.downgrade(script(session), "0001")
    assert preferences_of(bare) == chosen | {"default_account": "210"}


def test_the_code_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(script()).get_current_head() == HEAD


def test_what_belongs_to_a_company_says_so() -> None:
    shared = {"xero_grant", "organisation", "invoice", "event", "ticket", "chore"}

    for table in Base.metadata.tables.values():
        assert table.name in shared or not table.c["company_id"].nullable, table.name


def tables(database: Database) -> set[str]:
    """The names of the tables that are there."""
    return set(inspect(database.engine).get_table_names())


def script(session: Session | None = None) -> Config:
    """Where the migrations are, and on which connection they run."""
    config = Config()
    config.set_main_option("script_location", str(files("sync.store").joinpath("migrations")))
    if session is not None:
        config.attributes["connection"] = session.connection()
    return config


def to_revision(database: Database, revision: str) -> None:
    """Bring the schema up to a revision."""
    with database.writing() as session:
        command.upgrade(script(session), revision)


def put_in(database: Database, *, preferences: dict[str, object]) -> None:
    """A company that is connected to an organisation, as revision 0001 keeps it."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    tables = MetaData()
    tables.reflect(database.engine)
    rows: dict[str, dict[str, object]] = {
        "company": {"company_id": 7, "name": "Acme", "default_currency": "EUR", "api_domain": "", "created_at": now}
        | {"tend_tries": 0, "preferences": preferences},
        "organisation": {"organisation_id": "o", "tenant_id": "t", "name": "Maple", "short_code": ""}
        | {"base_currency": "EUR", "timezone": "UTC", "reference": {}},
        "xero_grant": {"grant_id": "g", "xero_userid": "x", "user_name": "", "scope": "", "state": "active"}
        | {"access_token": "", "refresh_token": "", "expires_at": now, "refreshed_at": now},
        "connection": {"key": "k", "company_id": 7, "organisation_id": "o", "grant_id": "g", "xero_connection_id": "c"}
        | {"actions": [], "state": "active", "connected_by": 1, "connected_at": now},
    }
    with database.engine.begin() as connection:
        for name, values in rows.items():
            connection.execute(tables.tables[name].insert().values(**values))


def preferences_of(database: Database) -> dict[str, object]:
    """What the one company prefers."""
    with database.reading() as session:
        return dict(session.scalars(select(Base.metadata.tables["company"].c.preferences)).one())


def read(database: Database, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
