"""A person ends the sandbox, kindly or not: no process of it is left, no port is held."""

import signal
from functools import partial

import psutil
import pytest

from sandbox.probe import is_taken
from tests.support.processes import family, is_alive, wait_until_gone
from tests.support.stack import Stack
from tests.support.waiting import wait_until

_PROMISED = 5


def ports(stack: Stack) -> range:
    return range(stack.base_port, stack.base_port + 3)


def _is_another(stack: Stack, name: str, killed: int) -> bool:
    return stack.process(name) != killed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left(number: signal.Signals) -> None:
    with Stack() as stack:
        assert stack.launcher is not None
        processes = family(stack.launcher.pid)

        stack.launcher.send_signal(number)

        # Reaped by us as a shell would; everybody else is looked at from outside.
        stack.launcher.wait(_PROMISED)
        wait_until_gone(processes, seconds=_PROMISED)
        assert not [port for port in ports(stack) if is_taken(port)]


def test_a_second_start_on_the_same_data_works_after_a_kill() -> None:
    with Stack() as stack:
        assert stack.launcher is not None
        processes = family(stack.launcher.pid)
        stack.launcher.kill()
        stack.launcher.wait(_PROMISED)
        wait_until_gone(processes, seconds=_PROMISED)

        stack.start()

        assert stack.process("web")


def test_killed_processes_are_started_again() -> None:
    with Stack() as stack:
        killed = {name: stack.kill(name) for name in ("web", "worker", "clock", "valkey")}

        for name, pid in killed.items():
            wait_until(partial(_is_another, stack, name, pid), seconds=_PROMISED, what=f"another {name}")

        assert all(is_alive(psutil.Process(stack.process(name))) for name in killed)
