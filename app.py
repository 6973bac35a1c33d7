"""Wiring: the web application for a WSGI server, and the command line."""

import sys
import uuid

import structlog
from flask import Flask, request

import marketplace
import webhooks
from sync.composition import build_core
from sync.logs import configure_logging
from sync.settings import from_environment


def create_app() -> Flask:
    """Make the web application from the environment.

    :raises SettingsInvalid: with everything that must be set first.
    """
    configure_logging()
    core = build_core(from_environment())
    app = Flask("marketplace")
    app.before_request(_bind_request)
    app.extensions["instep"] = core
    marketplace.register(app, core)
    webhooks.register(app, core)
    return app


def _bind_request() -> None:
    """Give every log line of a request its id; the proxy's, where it sends one that looks like an id."""
    given = request.headers.get("X-Request-Id", "")
    request_id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex[:12]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


if __name__ == "__main__":
    from sync.commands import main  # Here, because it loads Alembic, which no web process needs.

    sys.exit(main(sys.argv[1:]))
