"""Both simulators on real sockets, each behind a recorder."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from flask import Flask

from sandbox.pipedrive.app import create_app as create_pipedrive
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.server import make
from sandbox.xero.app import create_app as create_xero
from sandbox.xero.config import XeroConfig
from tests.contract.exchanges import Recorder

ROOT = Path(__file__).parents[2]
CLIENT_ID, CLIENT_SECRET = "an-app", "the secret of an app, long enough"
PIPEDRIVE_BACK, XERO_BACK = "http://localhost:8400/pipedrive/callback", "http://localhost:8400/xero/callback"


@dataclass
class Stand:
    """One simulator, served."""

    vendor: str
    url: str
    app: Flask
    recorder: Recorder
    #: Which scopes each access token has that was handed out here.
    granted: dict[str, frozenset[str]] = field(default_factory=dict)

    def control(self, path: str, /, **fields: Any) -> dict[str, Any]:
        """Ask the control API for something."""
        answer = requests.post(f"{self.url}/control/{path}", json=fields, timeout=30)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def hand_out(self, **asked: Any) -> dict[str, Any]:
        """Install or connect without a person."""
        tokens = self.control("tokens", **asked)
        self.granted[tokens["access_token"]] = frozenset(tokens["scope"].replace(",", " ").split())
        return tokens


def unhurry(vendor: str, control: Callable[[str, dict[str, Any]], object]) -> None:
    """Set limits that nobody meets by chance."""
    if vendor == "xero":
        control("conditions", {"limits": {"minute": 100_000, "appminute": 100_000, "day": 100_000}})
    else:
        control("settings", {"daily_tokens": 10_000_000, "burst_requests": 100_000})


def build(vendor: str, *, port: int = 0, webhook_url: str | None = None) -> Flask:
    """Make a simulator without serving it."""
    url = f"http://127.0.0.1:{port}"
    return _pipedrive(port, url) if vendor == "pipedrive" else _xero(port, url, webhook_url)


def start(vendor: str, *, webhook_url: str | None = None) -> Stand:
    """Serve a simulator; its threads end with the process."""
    port = _free_port()
    url, app = f"http://127.0.0.1:{port}", build(vendor, port=port, webhook_url=webhook_url)
    recorder = Recorder(vendor, app.wsgi_app)
    app.wsgi_app = recorder  # type: ignore[method-assign]  # how WSGI is wrapped
    serve(app, port)
    stand = Stand(vendor, url, app, recorder)
    unhurry(vendor, lambda path, fields: stand.control(path, **fields))
    return stand


def serve(app: Flask, port: int = 0) -> str:
    """Serve an application on a thread and give its address."""
    server = make(app, port=port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _pipedrive(port: int, url: str) -> Flask:
    return create_pipedrive(
        PipedriveConfig(
            port=port,
            base_url=url,
            app_url="http://localhost:8400",
            manifest=ROOT / "manifests" / "pipedrive.toml",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            jwt_secret=CLIENT_SECRET,
        )
    )


def _xero(port: int, url: str, webhook_url: str | None) -> Flask:
    return create_xero(
        XeroConfig(
            port=port,
            base_url=url,
            redirect_urls=(XERO_BACK,),
            webhook_url=webhook_url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            webhook_key="a-webhook-key==",
        )
    )
