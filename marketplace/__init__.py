"""The edge for people: pages inside Pipedrive, pages at the top level, and nothing that decides anything."""

from datetime import timedelta

from flask import Flask
from flask_compress import Compress

from marketplace.all_invoices import all_invoices, all_invoices_work
from marketplace.assets import close_file, load_bundles
from marketplace.failures import show_failures
from marketplace.i18n import localise
from marketplace.install import install, sharing, uninstall
from marketplace.panel import panel, panel_news
from marketplace.panel_actions import documents, panel_actions
from marketplace.preferences import preferences
from marketplace.public import public
from marketplace.rules import rules
from marketplace.security import protect
from marketplace.setup import setup, xero
from marketplace.standing import standing
from marketplace.vocabulary import teach
from marketplace.window import tickets, window, window_work
from sync.core import Core

BLUEPRINTS = (
    public,
    install,
    sharing,
    uninstall,
    setup,
    preferences,
    standing,
    rules,
    xero,
    panel,
    panel_news,
    panel_actions,
    documents,
    all_invoices,
    all_invoices_work,
    window,
    window_work,
    tickets,
)

_VISIT = timedelta(hours=2)


def register(app: Flask, core: Core) -> None:
    """Put the pages into the app; `Flask("marketplace")` finds templates, static files and translations here."""
    app.extensions["instep"] = core
    app.secret_key = core.settings.secret_key
    is_https = core.settings.is_https
    app.config.update(
        # https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
        SESSION_COOKIE_NAME="__Host-instep" if is_https else "instep",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=_VISIT,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        # A tenth smaller than at the default 4, for a millisecond.
        COMPRESS_BR_LEVEL=6,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    load_bundles(app)
    localise(app)
    teach(app)
    protect(app)
    Compress(app)
    app.after_request(close_file)
    show_failures(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
