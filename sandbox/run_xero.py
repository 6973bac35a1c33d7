"""`python -m sandbox xero`: the simulated Xero alone."""

import argparse
from collections.abc import Sequence

from sandbox.environment import ENVIRON, setting
from sandbox.vendor import serve_vendor
from sandbox.xero.app import create_app
from sandbox.xero.config import XeroConfig


def run(argv: Sequence[str]) -> int:
    """This will serve Xero until the process is told to end."""
    app_url = (ENVIRON.get("INSTEP_BASE_URL") or "http://localhost:8400").rstrip("/")
    parser = argparse.ArgumentParser(prog="python -m sandbox xero")
    parser.add_argument("--port", type=int, default=8402)
    parser.add_argument(
        "--redirect-url", action="append", help=f"may be given again (default: {app_url}/xero/callback)"
    )
    parser.add_argument("--webhook-url", help="where signed webhooks go (default: nowhere)")
    options = parser.parse_args(argv)
    config = XeroConfig(
        port=options.port,
        base_url=f"http://127.0.0.1:{options.port}",
        redirect_urls=tuple(options.redirect_url or (f"{app_url}/xero/callback",)),
        webhook_url=options.webhook_url,
        client_id=setting("XERO_CLIENT_ID"),
        client_secret=setting("XERO_CLIENT_SECRET"),
        webhook_key=setting("XERO_WEBHOOK_KEY"),
    )
    return serve_vendor(lambda: create_app(config), name="Xero", port=options.port)
