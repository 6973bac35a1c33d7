"""Whether the process lives, and whether it can do its work."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from sync.core import Core
from sync.jobs.queue import is_redis_alive
from sync.store.schema import is_current


def make_blueprint(core: Core) -> Blueprint:
    """Make the two health checks; they are public and say nothing that matters."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        """Say that the process answers."""
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Say whether database, Redis and migrations are as they should be."""
        checks = {"redis": is_redis_alive(url=core.settings.redis_url), **_database(core)}
        return jsonify(status="ok" if all(checks.values()) else "unavailable", checks=checks), (
            200 if all(checks.values()) else 503
        )

    return blueprint


def _database(core: Core) -> dict[str, bool]:
    try:
        return {"database": core.database.is_alive(), "migrations": is_current(database=core.database)}
    except SQLAlchemyError:
        return {"database": False, "migrations": False}
