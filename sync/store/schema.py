"""Which schema this code was written for; kept apart from Alembic, which only a migration needs to load."""

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from sync.store.database import Database

#: The newest revision under `migrations/versions`.
HEAD = "0006"


def is_current(*, database: Database) -> bool:
    """Whether the schema is the one that this code was written for; an empty database's is not."""
    try:
        with database.engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError:
        return False
    return found == HEAD
