"""The environment that the app and both vendors are started with: addresses that fit together, secrets of this machine."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The sandbox has no Settings of its own; this is its one look at the environment.
ENVIRON: Mapping[str, str] = os.environ  # noqa: TID251 - what the launcher hands on to its processes

MANIFESTS = Path(__file__).resolve().parents[1] / "manifests"

_DEFAULTS = {
    "PIPEDRIVE_CLIENT_ID": "sandbox-pipedrive-client",
    "PIPEDRIVE_CLIENT_SECRET": "sandbox-pipedrive-secret-not-for-real-use",
    "XERO_CLIENT_ID": "sandbox-xero-client",
    "XERO_CLIENT_SECRET": "sandbox-xero-secret-not-for-real-use",
    "XERO_WEBHOOK_KEY": "sandbox-xero-webhook-key-not-for-real-use",
}
_GENERATED = ("INSTEP_SECRET_KEY", "PIPEDRIVE_CLIENT_SECRET", "XERO_CLIENT_SECRET", "XERO_WEBHOOK_KEY")


def setting(name: str) -> str:
    """This will return a vendor's setting from the environment, or the value that everybody may know."""
    return ENVIRON.get(name) or _DEFAULTS[name]


@dataclass(frozen=True)
class Addresses:
    """Where everything listens: three ports in a row on loopback."""

    base_port: int

    @property
    def app(self) -> str:
        """This will return the app's address: `localhost`, so that frames are cross-site as in life."""
        return f"http://localhost:{self.base_port}"

    @property
    def pipedrive(self) -> str:
        """This will return the simulated Pipedrive's address."""
        return f"http://127.0.0.1:{self.base_port + 1}"

    @property
    def xero(self) -> str:
        """This will return the simulated Xero's address."""
        return f"http://127.0.0.1:{self.base_port + 2}"


def load_secrets(data: Path) -> dict[str, str]:
    """This will return this data directory's secrets, made up on first use: its tokens can be read with no others."""
    path = data / "secrets.json"
    if not path.exists():
        made_up = {name: secrets.token_urlsafe(32) for name in _GENERATED}
        made_up["INSTEP_TOKEN_KEYS"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        path.touch(mode=0o600)
        path.write_text(json.dumps(made_up))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def app_environment(*, data: Path, addresses: Addresses, redis_url: str) -> dict[str, str]:
    """This will return all settings by name; what the caller's environment sets wins, save for the addresses."""
    ours = {
        **_DEFAULTS,
        **load_secrets(data),
        "INSTEP_DATABASE_URL": f"sqlite:///{data / 'instep.sqlite3'}",
        "INSTEP_REDIS_URL": redis_url,
    }
    chosen = {name: ENVIRON.get(name) or value for name, value in ours.items()}
    chosen["PIPEDRIVE_JWT_SECRET"] = ENVIRON.get("PIPEDRIVE_JWT_SECRET") or chosen["PIPEDRIVE_CLIENT_SECRET"]
    return {
        **chosen,
        "INSTEP_BASE_URL": addresses.app,
        "PIPEDRIVE_OAUTH_URL": addresses.pipedrive,
        "XERO_LOGIN_URL": addresses.xero,
        "XERO_IDENTITY_URL": addresses.xero,
        "XERO_API_URL": addresses.xero,
    }
