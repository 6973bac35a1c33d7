"""A launcher with stand-ins for its programs: `python -m tests.unit.sandbox.standin DIRECTORY`."""

import sys
from pathlib import Path

from sandbox.launcher import supervise
from sandbox.supervisor import Program
from sandbox.valkey import prepare

#: Like an RQ worker with a job: a fork in a session of its own; this one is deaf to SIGTERM as well.
_FORKS = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""
_DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def python(code: str) -> tuple[str, ...]:
    """This will return the command that runs a piece of Python."""
    return (sys.executable, "-c", code)


def main(directory: str) -> None:
    """This will run until a signal comes."""
    data = Path(directory)
    valkey = prepare(data / "valkey")
    programs = [
        Program("valkey", valkey.command, probe=valkey.url, kind="base"),
        Program("migrate", python("print('migrated')"), once=True),
        Program("worker", python(_FORKS), after=("migrate", "valkey")),
        Program("clock", python(_DEAF), after=("migrate",)),
    ]
    supervise(programs, data=data, remove=data, announcement="Everything is running.")


if __name__ == "__main__":
    main(sys.argv[1])
