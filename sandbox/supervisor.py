"""Starts programs in their order, watches them, starts them again when they die."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.environment import ENVIRON
from sandbox.guard import Guard
from sandbox.guardian import MARK
from sandbox.probe import answers

_LIVED_WELL = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 10.0
_TRIES_AT_START = 3
_TAIL = 20


@dataclass(frozen=True)
class Program:
    """One process of the sandbox, as data."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    #: Ready when this address answers; without one, as soon as it runs.
    probe: str = ""
    #: Runs to its end once; ready when that was a success.
    once: bool = False
    #: Programs that must be ready before the first start.
    after: tuple[str, ...] = ()
    #: Programs that must be ready before this one is asked whether it is; it may load meanwhile.
    asked_after: tuple[str, ...] = ()
    #: app or base; base is ended last.
    kind: str = "app"


class GaveUp(Exception):
    """A program cannot be started; the message holds the end of its log."""


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    ready: bool = False
    deaths: int = 0
    not_before: float = 0.0


class Supervisor:
    """A table of programs, and one tick that brings the world closer to it."""

    def __init__(self, programs: Sequence[Program], *, data: Path, guard: Guard, say: Callable[[str], None]) -> None:
        self._children = {program.name: _Child(program) for program in programs}
        self._data, self._guard, self._say = data, guard, say
        self._was_ready = False
        (data / "logs").mkdir(exist_ok=True)

    def tick(self) -> bool:
        """This will do what is due, without waiting, and say whether everything is ready.

        :raises GaveUp: when a program fails again and again before everything was ready once.
        """
        self._guard.ensure()
        for child in self._children.values():
            self._look_at(child)
        ready = all(child.ready for child in self._children.values())
        if ready and not self._was_ready:
            self._was_ready = True
            self.write_state()
        return ready

    def not_ready(self) -> list[str]:
        """This will name the programs that everything waits for."""
        return [name for name, child in self._children.items() if not child.ready]

    def reap(self) -> None:
        """This will collect children that have ended, and start nothing."""
        for child in self._children.values():
            if child.process:
                child.process.poll()

    def write_state(self) -> None:
        """This will write down the process ids for whoever wants to watch or to kill."""
        running = {name: child.process.pid for name, child in self._children.items() if child.process}
        draft = self._data / "processes.json.new"
        draft.write_text(json.dumps({"ready": self._was_ready, "processes": running}))
        draft.replace(self._data / "processes.json")

    def _look_at(self, child: _Child) -> None:
        if child.process is None:
            if not (child.ready and child.program.once) and self._may_start(child):
                self._start(child)
        elif (code := child.process.poll()) is not None:
            self._bury(child, code)
        elif not child.ready and not child.program.once and self._are_ready(child.program.asked_after):
            child.ready = not child.program.probe or answers(child.program.probe)

    def _may_start(self, child: _Child) -> bool:
        # The order is for the first start: a dead worker need not wait for a dead web.
        in_order = bool(child.started) or self._are_ready(child.program.after)
        return in_order and time.monotonic() >= child.not_before

    def _are_ready(self, names: Sequence[str]) -> bool:
        return all(self._children[name].ready for name in names)

    def _start(self, child: _Child) -> None:
        program = child.program
        env = {**ENVIRON, **program.env, MARK: self._guard.mark, "PYTHONUNBUFFERED": "1", "SPT_NOENV": "1"}
        with self._log(program.name).open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - a row of our own table
                program.command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).resolve().parents[1],
                start_new_session=True,
            )
        self._guard.watch(child.process.pid, kind=program.kind)
        child.started = time.monotonic()
        self.write_state()

    def _bury(self, child: _Child, code: int) -> None:
        """This will clear away a child that ended, and plan the next one."""
        program, group = child.program, child.process.pid if child.process else 0
        _kill_group(group)
        self._guard.forget(group)
        child.process = None
        child.ready = program.once and code == 0
        if not child.ready:
            self._plan_again(child, code)

    def _plan_again(self, child: _Child, code: int) -> None:
        lived = time.monotonic() - child.started
        # One that somebody else killed may have been well.
        child.deaths = 1 if lived >= _LIVED_WELL or code == -signal.SIGKILL else child.deaths + 1
        name = child.program.name
        if child.program.once or (not self._was_ready and child.deaths >= _TRIES_AT_START):
            raise GaveUp(f"{name} ended with {code}.\n{self._tail(name)}")
        pause = 0.0 if child.deaths == 1 else min(_FIRST_PAUSE * 2 ** (child.deaths - 2), _LONGEST_PAUSE)
        child.not_before = time.monotonic() + pause
        self._say(f"{name} ended with {code} after {lived:.1f} s; starting it again.\n{self._tail(name)}".rstrip())

    def _log(self, name: str) -> Path:
        return self._data / "logs" / f"{name}.log"

    def _tail(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()[-_TAIL:]
        return "\n".join(f"{name} | {line}" for line in lines)


def _kill_group(group: int) -> None:
    # What a dead parent leaves behind may still hold its port.
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        return
