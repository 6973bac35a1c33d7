"""The last one out: ends every process of a sandbox when its launcher is gone, however it went.

Started by path as a small process of its own, with the standard library only. Its standard input is a pipe that only the
launcher holds: the end of the pipe is the end of the launcher, SIGKILL included. Lines say which process groups to
watch (`+app 123`, `+base 124`, `-123`). On Linux everything that carries the mark in its environment counts as well:
a job that made itself a session is in no group of ours.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "SANDBOX_RUN"
_PROC = Path("/proc")
_APP_PATIENCE, _BASE_PATIENCE, _KILL_PATIENCE = 1.5, 0.7, 1.5


def read_groups(lines: Iterable[str]) -> dict[int, str]:
    """This will follow the launcher's lines to their end, and return the groups that are left: id to kind."""
    groups: dict[int, str] = {}
    for line in lines:
        if line.startswith("-"):
            groups.pop(int(line[1:]), None)
        else:
            kind, _, group = line[1:].partition(" ")
            groups[int(group)] = kind
    return groups


def alive(*, mark: str, groups: Iterable[int]) -> list[int]:
    """This will return what `os.kill` shall hit: living processes, or groups as negative numbers without /proc."""
    wanted = set(groups)
    if not _PROC.is_dir():
        return [-group for group in wanted if _exists(-group)]
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _is_ours(entry, mark, wanted)]


def _is_ours(process: Path, mark: str, groups: set[int]) -> bool:
    try:
        # pid (name) state ppid pgrp …: the name may hold spaces and brackets.
        state, _, group = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[:3]
        if state in "ZX":
            return False
        return int(group) in groups or f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return False


def _exists(target: int) -> bool:
    try:
        os.kill(target, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(targets: Iterable[int], number: signal.Signals) -> None:
    for target in targets:
        try:
            os.kill(target, number)
        except OSError:
            continue


def _until_gone(*, mark: str, groups: Iterable[int], patience: float) -> None:
    deadline = time.monotonic() + patience
    while alive(mark=mark, groups=groups) and time.monotonic() < deadline:
        time.sleep(0.02)


def end(*, mark: str, groups: dict[int, str]) -> None:
    """This will ask the app to end, then what it leans on, then kill what is left."""
    app = [group for group, kind in groups.items() if kind == "app"]
    for wave, patience in ((app, _APP_PATIENCE), (list(groups), _BASE_PATIENCE)):
        # A mark that nothing carries: asked to end are only the groups, so that a worker ends its own job.
        _signal(alive(mark="-", groups=wave), signal.SIGTERM)
        _until_gone(mark="-", groups=wave, patience=patience)
    deadline = time.monotonic() + _KILL_PATIENCE
    while (left := alive(mark=mark, groups=groups)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        time.sleep(0.02)


def main(mark: str, directory: str) -> None:
    """This will wait for the launcher's end, then end its processes and remove its directory, if it has a temporary one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(mark=mark, groups=read_groups(sys.stdin))
    if directory:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
