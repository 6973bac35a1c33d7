"""What operators type: `python -m app COMMAND`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError

from sync import commands_inbox, commands_status
from sync.composition import build_core
from sync.core import Core
from sync.governor.limits import Callers
from sync.jobs.clock import run_clock
from sync.jobs.worker import run_worker
from sync.logs import configure_logging
from sync.settings import SettingsInvalid, from_environment
from sync.web_server import add_options, serve


def _migrate(core: Core) -> None:
    from sync.store.migrate import migrate  # noqa: PLC0415 - Alembic is large, and no other process needs it

    migrate(database=core.database)


_COMMANDS: dict[str, tuple[Callable[[Core], None], str]] = {
    "migrate": (_migrate, "bring the database to the newest schema"),
    "worker": (run_worker, "work off what waits"),
    "clock": (run_clock, "wake a worker for whatever comes due"),
}


#: What operators look with: how each is told what to do, and how it does that.
_TOOLS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], Callable[[Core, argparse.Namespace], int], str]] = {
    "inbox": (commands_inbox.add_options, commands_inbox.run, "see what the webhooks brought, or work it off again"),
    "status": (commands_status.add_options, commands_status.run, "say what is parked, failing or behind"),
}


def main(arguments: Sequence[str], *, make_web: Callable[[], object]) -> int:
    """Run one command; gives the exit status. `make_web` makes the web application of a process, at `app:create_app`."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Instep's processes.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, words) in _COMMANDS.items():
        commands.add_parser(name, help=words)
    add_options(commands.add_parser("web", help="answer people and webhooks"))
    for name, (add, _, words) in _TOOLS.items():
        add(commands.add_parser(name, help=words))
    options = parser.parse_args(arguments)
    configure_logging()
    try:
        settings = from_environment()
    except SettingsInvalid as err:
        sys.stderr.write(f"{err}\n")
        return 2
    if options.command == "web":
        make_web()
        serve("app:create_app", options=options)
        return 0
    try:
        return _run(build_core(settings, callers=Callers.BACKGROUND), options)
    except OperationalError as err:
        sys.stderr.write(f"The database cannot be used: {err.orig}\n")
        return 1


def _run(core: Core, options: argparse.Namespace) -> int:
    if options.command in _TOOLS:
        _, run, _ = _TOOLS[options.command]
        return run(core, options)
    work, _ = _COMMANDS[options.command]
    work(core)
    return 0
