"""What operators type: `python -m app COMMAND`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError

from sync.composition import build_core
from sync.core import Core
from sync.jobs.clock import run_clock
from sync.jobs.worker import run_worker
from sync.logs import configure_logging
from sync.settings import SettingsInvalid, from_environment
from sync.store.migrate import migrate


def _migrate(core: Core) -> None:
    migrate(database=core.database)


_COMMANDS: dict[str, tuple[Callable[[Core], None], str]] = {
    "migrate": (_migrate, "bring the database to the newest schema"),
    "worker": (run_worker, "work off what waits"),
    "clock": (run_clock, "wake a worker for whatever comes due"),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Instep's processes.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, words) in _COMMANDS.items():
        commands.add_parser(name, help=words)
    chosen = parser.parse_args(arguments).command
    configure_logging()
    try:
        settings = from_environment()
    except SettingsInvalid as err:
        sys.stderr.write(f"{err}\n")
        return 2
    run, _ = _COMMANDS[chosen]
    try:
        run(build_core(settings))
    except OperationalError as err:
        sys.stderr.write(f"The database cannot be used: {err.orig}\n")
        return 1
    return 0
