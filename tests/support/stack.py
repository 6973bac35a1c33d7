"""The whole sandbox as a process, for tests that tell a story from outside.

with Stack() as stack:
    requests.get(stack.app_url)
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tests.support.processes import is_alive
from tests.support.waiting import wait_until

_ROOT = Path(__file__).resolve().parents[2]
_START_LIMIT, _END_LIMIT = 60.0, 15.0


class Stack:
    """`python -m sandbox` on free ports, with data in a directory of its own; `env` overrides the environment."""

    def __init__(self, *, env: Mapping[str, str] | None = None, data: Path | None = None, workers: int = 1) -> None:
        self.base_port = free_base_port()
        self.app_url = f"http://localhost:{self.base_port}"
        self.pipedrive_url = f"http://127.0.0.1:{self.base_port + 1}"
        self.xero_url = f"http://127.0.0.1:{self.base_port + 2}"
        self.data = data or Path(tempfile.mkdtemp(prefix="instep-stack-"))
        self._temporary = data is None
        self.database_url = (env or {}).get("INSTEP_DATABASE_URL") or f"sqlite:///{self.data / 'instep.sqlite3'}"
        self._env = dict(env or {})
        self._workers = workers
        self.launcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """This will start everything and return when it is ready; after a `stop` it starts on the same data."""
        self.data.mkdir(exist_ok=True)
        (self.data / "processes.json").unlink(missing_ok=True)
        with (self.data / "launcher.log").open("ab") as log:
            command = [sys.executable, "-m", "sandbox", "--port", str(self.base_port), "--data", str(self.data)]
            self.launcher = subprocess.Popen(  # noqa: S603 - our own words
                [*command, "--workers", str(self._workers)],
                env={**os.environ, **self._env},  # noqa: TID251 - what a process is given
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=_ROOT,
            )
        wait_until(self._is_ready, seconds=_START_LIMIT, what=f"the sandbox is ready; {self.logs()}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """This will end everything and remove the data, if they are in a temporary directory."""
        if self.launcher:
            self.launcher.send_signal(number)
            self.launcher.wait(_END_LIMIT)
        if self._temporary:
            shutil.rmtree(self.data, ignore_errors=True)

    @property
    def redis_url(self) -> str:
        """This will return the embedded Redis' address, password and all."""
        lines = (self.data / "valkey" / "valkey.conf").read_text().splitlines()
        settings = dict(line.split(" ", 1) for line in lines)
        return f"redis://:{settings['requirepass']}@127.0.0.1:{settings['port']}/0"

    def process(self, name: str) -> int:
        """This will return the process id of valkey, pipedrive, xero, web, worker or clock, as soon as it runs."""
        return wait_until(lambda: self._living(name), seconds=_END_LIMIT, what=f"{name} runs")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """This will signal one process, which the launcher starts again, and return the id that it had."""
        os.kill(pid := self.process(name), number)
        return pid

    def log(self, name: str) -> str:
        """This will return what one process has logged."""
        return (self.data / "logs" / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        """This will return the end of every log, for a failing test."""
        files = [self.data / "launcher.log", *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(f"{file.name}:\n{file.read_text(errors='replace')[-2000:]}" for file in files if file.exists())

    def _is_ready(self) -> bool:
        assert self.launcher is not None
        assert self.launcher.poll() is None, f"the launcher ended: {self.logs()}"
        return bool(self._state().get("ready"))

    def _living(self, name: str) -> int | None:
        """This will return the process id of one that runs, not of one that was killed and is not yet followed."""
        with contextlib.suppress(psutil.NoSuchProcess):
            pid = self._processes().get(name)
            return pid if pid and is_alive(psutil.Process(pid)) else None
        return None

    def _processes(self) -> dict[str, int]:
        processes: dict[str, int] = self._state().get("processes", {})
        return processes

    def _state(self) -> dict[str, Any]:
        with contextlib.suppress(FileNotFoundError):
            state: dict[str, Any] = json.loads((self.data / "processes.json").read_text())
            return state
        return {}


def free_base_port() -> int:
    """This will find three free ports in a row, below those that the system hands out for outgoing connections."""
    for base in random.sample(range(20_000, 32_000, 3), 200):
        if all(_is_free(port) for port in range(base, base + 3)):
            return base
    raise AssertionError("no three free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
