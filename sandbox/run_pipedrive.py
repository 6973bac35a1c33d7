"""`python -m sandbox pipedrive`: the simulated Pipedrive alone."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from sandbox.environment import ENVIRON, MANIFESTS, setting
from sandbox.pipedrive.app import create_app
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.vendor import serve_vendor


def run(argv: Sequence[str]) -> int:
    """This will serve Pipedrive until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m sandbox pipedrive")
    parser.add_argument("--port", type=int, default=8401)
    parser.add_argument("--app-url", default=ENVIRON.get("INSTEP_BASE_URL") or "http://localhost:8400")
    parser.add_argument(
        "--manifest", type=Path, default=MANIFESTS / "pipedrive.toml", help="what was typed into Developer Hub"
    )
    parser.add_argument("--webhook-url", help="accepted as for xero; here an app subscribes by POST /v1/webhooks")
    options = parser.parse_args(argv)
    secret = setting("PIPEDRIVE_CLIENT_SECRET")
    config = PipedriveConfig(
        port=options.port,
        base_url=f"http://127.0.0.1:{options.port}",
        app_url=options.app_url.rstrip("/"),
        manifest=options.manifest,
        client_id=setting("PIPEDRIVE_CLIENT_ID"),
        client_secret=secret,
        jwt_secret=ENVIRON.get("PIPEDRIVE_JWT_SECRET") or secret,
    )
    return serve_vendor(lambda: create_app(config), name="Pipedrive", port=options.port)
