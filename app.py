"""Wiring: the web application for a WSGI server, and the command line."""

import sys

from flask import Flask

import marketplace
import webhooks
from sync.commands import main
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
    app.extensions["instep"] = core
    marketplace.register(app, core)
    webhooks.register(app, core)
    return app


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
