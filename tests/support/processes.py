"""Looking at processes from outside."""

from collections.abc import Iterable

import psutil

from tests.support.waiting import wait_until


def family(pid: int) -> list[psutil.Process]:
    """This will return a process and everything that descends from it."""
    head = psutil.Process(pid)
    return [head, *head.children(recursive=True)]


def find(pid: int, word: str) -> list[psutil.Process]:
    """This will return the living ones of a process's family whose command line holds the word."""
    return [process for process in family(pid) if is_alive(process) and word in " ".join(process.cmdline())]


def is_alive(process: psutil.Process) -> bool:
    """This will say whether a process still runs; one that is only not yet buried by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: Iterable[psutil.Process], *, seconds: float) -> None:
    """This will return when none of the processes runs any more.

    :raises AssertionError: when one outlives the deadline.
    """
    watched = list(processes)
    wait_until(lambda: not any(map(is_alive, watched)), seconds=seconds, what=f"end of {watched}")
