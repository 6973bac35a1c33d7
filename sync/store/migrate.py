"""Bring a database to the newest schema."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from sync.store.database import Database


def migrate(*, database: Database) -> None:
    """Run every migration that has not run yet."""
    if database.url.startswith("sqlite"):
        # Once and here: asked for on every connection it fails with "database is locked" at start-up.
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # union-attr: the driver's own connection is there as long as ours is open.
            connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]
    with database.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Two releases may start at once; the lock ends with the transaction.
            session.execute(text("SELECT pg_advisory_xact_lock(8400)"))
        config = _config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("sync.store").joinpath("migrations")))
    return config
