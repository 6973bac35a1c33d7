"""One command that starts everything, watches it, and leaves nothing behind."""

import argparse
import contextlib
import fcntl
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.environment import ENVIRON, Addresses, app_environment
from sandbox.guard import Guard
from sandbox.probe import is_taken
from sandbox.programs import table
from sandbox.supervisor import GaveUp, Program, Supervisor
from sandbox.valkey import NoServer, prepare

_TICK_AT_START, _TICK = 0.02, 0.1
_START_LIMIT = 60.0
_END_LIMIT = 10.0


class CannotStart(Exception):
    """Something outside of the sandbox is in the way."""


def run(argv: Sequence[str]) -> int:
    """This will run the sandbox until Ctrl-C or SIGTERM and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Instep, a Pipedrive and a Xero, on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=8400, metavar="BASE", help="the app's port; the vendors take the next two"
    )
    parser.add_argument("--data", type=Path, help="keep data and logs in this directory (default: a temporary one)")
    parser.add_argument("--workers", type=int, default=1, help="how many worker processes (default 1)")
    options = parser.parse_args(argv)
    try:
        with data_directory(options.data) as data:
            return _run(
                Addresses(options.port), data=data, temporary=options.data is None, workers=max(1, options.workers)
            )
    except (CannotStart, GaveUp, NoServer) as err:
        print(err, file=sys.stderr)  # noqa: T201 - a command speaks to its user
        return 1


@contextlib.contextmanager
def data_directory(asked: Path | None) -> Iterator[Path]:
    """This will give a directory to one sandbox only; the guardian removes a temporary one.

    :raises CannotStart: when another sandbox has it.
    """
    if asked is None:
        temporary = Path(tempfile.mkdtemp(prefix="instep-sandbox-")).resolve()
        try:
            yield temporary
        finally:
            # The guardian has done it, save where nothing was started.
            shutil.rmtree(temporary, ignore_errors=True)
        return
    asked.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (asked / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            raise CannotStart(f"Another sandbox is using {asked}.") from err
        yield asked.resolve()


def _run(addresses: Addresses, *, data: Path, temporary: bool, workers: int) -> int:
    _check_ports(addresses)
    valkey = None if ENVIRON.get("INSTEP_REDIS_URL") else prepare(data / "valkey")
    env = app_environment(data=data, addresses=addresses, redis_url=valkey.url if valkey else "")
    programs = table(addresses=addresses, env=env, valkey=valkey, workers=workers)
    supervise(
        programs,
        data=data,
        remove=data if temporary else None,
        announcement=_where_to_click(addresses, data=data, temporary=temporary),
    )
    return 0


def supervise(programs: Sequence[Program], *, data: Path, remove: Path | None, announcement: str) -> None:
    """This will keep the programs running until a signal asks to stop, then end them and remove a directory.

    :raises GaveUp: when they cannot be started.
    """
    stop = _Stop()
    guard = Guard(mark=secrets.token_hex(8), remove=remove)
    supervisor = Supervisor(programs, data=data, guard=guard, say=_say)
    try:
        _start(supervisor, stop)
        if not stop.asked:
            _say(announcement)
        while not stop.asked:
            supervisor.tick()
            time.sleep(_TICK)
    finally:
        _end(guard, supervisor)


class _Stop:
    """Remembers that somebody asked us to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True


def _check_ports(addresses: Addresses) -> None:
    taken = [str(port) for port in range(addresses.base_port, addresses.base_port + 3) if is_taken(port)]
    if taken:
        raise CannotStart(f"In use by another program: port {', '.join(taken)}. Choose others with --port BASE.")


def _start(supervisor: Supervisor, stop: _Stop) -> None:
    """This will start everything, as far apart as it must be.

    :raises GaveUp: when that fails.
    """
    deadline = time.monotonic() + _START_LIMIT
    while not stop.asked and not supervisor.tick():
        if time.monotonic() > deadline:
            raise GaveUp(f"Not ready after {_START_LIMIT:.0f} s: {', '.join(supervisor.not_ready())}.")
        time.sleep(_TICK_AT_START)


def _end(guard: Guard, supervisor: Supervisor) -> None:
    """This will let the guardian end everything: the same way as after a SIGKILL of ours."""
    _say("Stopping.")
    guardian = guard.release()
    deadline = time.monotonic() + _END_LIMIT
    while guardian.poll() is None and time.monotonic() < deadline:
        supervisor.reap()
        time.sleep(_TICK_AT_START)


def _where_to_click(addresses: Addresses, *, data: Path, temporary: bool) -> str:
    kept = "removed at the end" if temporary else "kept"
    return f"""\
Everything is running.

  Start here: install the app   {addresses.pipedrive}/marketplace
  A deal in Pipedrive           {addresses.pipedrive}/deal/1
  Xero                          {addresses.xero}/
  The app itself                {addresses.app}/
  Faults, clock, call logs      {addresses.pipedrive}/control/  {addresses.xero}/control/

  Data and logs ({kept}): {data}
  Ctrl-C ends all of it.
"""


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, flush=True)  # noqa: T201 - a command speaks to its user
