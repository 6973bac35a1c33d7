"""Wiring: the web application for a WSGI server, and the command line."""

import sys
import uuid
from typing import TYPE_CHECKING

import structlog

from sync.composition import build_core
from sync.governor.limits import Callers
from sync.logs import configure_logging
from sync.settings import from_environment

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """Make the web application from the environment.

    :raises SettingsInvalid: with everything that must be set first.
    """
    # Here, because worker and clock need no pages, and would keep them in memory all the same.
    import flask  # noqa: PLC0415 - see above

    import marketplace  # noqa: PLC0415 - see above
    import webhooks  # noqa: PLC0415 - see above

    configure_logging()
    core = build_core(from_environment(), callers=Callers.PEOPLE)
    app = flask.Flask("marketplace")
    app.before_request(lambda: _bind_request(flask.request.headers.get("X-Request-Id", "")))
    app.extensions["instep"] = core
    marketplace.register(app, core)
    webhooks.register(app, core)
    return app


def _bind_request(given: str) -> None:
    """Give every log line of a request its id; the proxy's, where it sends one that looks like an id."""
    request_id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex[:12]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


if __name__ == "__main__":
    from sync.commands import main  # Here, because it loads RQ's worker, which no web process needs.

    sys.exit(main(sys.argv[1:], make_web=create_app))
