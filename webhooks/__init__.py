"""The edge for machines: one receiver a platform. Verify, commit the delivery, answer with an empty body."""

from flask import Flask

from sync.core import Core
from webhooks import health, metrics, pipedrive, xero
from webhooks.failures import handle_failures

#: Pipedrive's bodies carry a list of every user who may see the deal; Xero's carry at most a few hundred events.
LARGEST_BODY = 4 * 1024 * 1024


def register(app: Flask, core: Core) -> None:
    """Mount the receivers, the health checks and the figures; each says how it knows its caller."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    for blueprint in (xero.make_blueprint(core), pipedrive.make_blueprint(core)):
        handle_failures(blueprint)
        app.register_blueprint(blueprint)
    app.register_blueprint(health.make_blueprint(core))
    figures = metrics.make_blueprint(core)
    handle_failures(figures)
    app.register_blueprint(figures)
