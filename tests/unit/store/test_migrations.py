"""The migrations make the schema that the models describe, and can be taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

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
    config = script()

    with bare.writing() as session:
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "base")

    assert tables(bare) == {"alembic_version"}
    migrate(database=bare)
    assert is_current(database=bare)


def test_the_code_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(script()).get_current_head() == HEAD


def test_what_belongs_to_a_company_says_so() -> None:
    shared = {"xero_grant", "organisation", "invoice", "event", "ticket"}

    for table in Base.metadata.tables.values():
        assert table.name in shared or not table.c["company_id"].nullable, table.name


def tables(database: Database) -> set[str]:
    """The names of the tables that are there."""
    return set(inspect(database.engine).get_table_names())


def script() -> Config:
    """Where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(files("sync.store").joinpath("migrations")))
    return config
