"""The supervisor with small programs, each a real process."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.guard import Guard
from sandbox.supervisor import GaveUp, Program, Supervisor
from tests.support.processes import is_alive
from tests.support.waiting import wait_until
from tests.unit.sandbox.standin import python

SLEEP = python("import time; time.sleep(600)")
Make = Callable[..., Supervisor]


@pytest.fixture
def said() -> list[str]:
    """This will collect what a person would read."""
    return []


@pytest.fixture
def supervise(tmp_path: Path, said: list[str]) -> Iterator[Make]:
    """This will make supervisors, and end their programs with the test."""
    guard = Guard(mark=os.urandom(8).hex(), remove=None)
    made: list[Supervisor] = []

    def make(*programs: Program) -> Supervisor:
        made.append(Supervisor(programs, data=tmp_path, guard=guard, say=said.append))
        return made[-1]

    yield make
    guardian = guard.release()

    def ended() -> bool:
        for one in made:
            one.reap()
        return guardian.poll() is not None

    wait_until(ended, seconds=5, what="the end")


def run(supervisor: Supervisor) -> None:
    wait_until(supervisor.tick, seconds=10, what="ready")


def pid(tmp_path: Path, name: str) -> int:
    processes: dict[str, int] = json.loads((tmp_path / "processes.json").read_text())["processes"]
    return processes.get(name, 0)


def test_a_program_waits_for_those_it_needs(supervise: Make, tmp_path: Path) -> None:
    note = tmp_path / "note"
    first = Program("first", python(f"open({str(note)!r}, 'w').write('done')"), once=True)
    second = Program("second", python(f"print(open({str(note)!r}).read(), flush=True); {SLEEP[2]}"), after=("first",))

    run(supervise(second, first))

    log = tmp_path / "logs" / "second.log"
    wait_until(lambda: log.read_text() == "done\n", seconds=5, what="the second program's line")


def test_a_program_may_load_before_it_is_asked(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(
        Program("web", SLEEP, asked_after=("migrate",)),
        Program("migrate", python("import time; time.sleep(0.2)"), once=True),
    )

    supervisor.tick()

    assert pid(tmp_path, "web")
    assert supervisor.not_ready() == ["web", "migrate"]
    run(supervisor)


def test_a_killed_program_is_started_again_and_announced(supervise: Make, tmp_path: Path, said: list[str]) -> None:
    supervisor = supervise(Program("worker", SLEEP))
    run(supervisor)
    first = pid(tmp_path, "worker")

    os.kill(first, signal.SIGKILL)

    wait_until(
        lambda: supervisor.tick() and pid(tmp_path, "worker") not in (0, first), seconds=5, what="another worker"
    )
    assert said[0].startswith("worker ended with -9")


def test_the_order_is_for_the_first_start_only(supervise: Make, tmp_path: Path) -> None:
    supervisor = supervise(Program("web", SLEEP), Program("worker", SLEEP, after=("web",)))
    run(supervisor)
    first = pid(tmp_path, "worker")
    supervisor.tick()
    for name in ("web", "worker"):
        os.kill(pid(tmp_path, name), signal.SIGKILL)

    wait_until(
        lambda: supervisor.tick() and pid(tmp_path, "worker") not in (0, first), seconds=5, what="another worker"
    )


def test_one_that_never_starts_is_given_up_with_its_last_words(supervise: Make) -> None:
    supervisor = supervise(Program("web", python("raise SystemExit('no such setting')"), probe="http://127.0.0.1:9/"))

    with pytest.raises(GaveUp, match=r"web ended with 1\.\nweb \| no such setting"):
        run(supervisor)


def test_a_failed_migration_is_final(supervise: Make, said: list[str]) -> None:
    supervisor = supervise(Program("migrate", python("raise SystemExit('locked')"), once=True))

    with pytest.raises(GaveUp, match=r"migrate \| locked"):
        run(supervisor)

    assert said == []


def test_what_a_dead_program_leaves_behind_is_killed(supervise: Make, tmp_path: Path) -> None:
    note = tmp_path / "child"
    parent = f"import os, time\nif os.fork() == 0:\n open({str(note)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    supervisor = supervise(Program("web", python(parent)))
    run(supervisor)
    wait_until(lambda: note.exists() and note.read_text(), seconds=5, what="the child")
    child = psutil.Process(int(note.read_text()))

    os.kill(pid(tmp_path, "web"), signal.SIGKILL)

    wait_until(lambda: supervisor.tick() and not is_alive(child), seconds=5, what="the child's end")
