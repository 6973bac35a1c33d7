"""The launcher with stand-ins for the app: real processes, real signals."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import launcher
from tests.support.processes import family, find, is_alive, wait_until_gone
from tests.support.waiting import wait_until


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """This will give a directory that the guardian may remove."""
    (directory := tmp_path / "data").mkdir()
    return directory


@pytest.fixture
def standin(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """This will start the stand-in and return it when everything runs."""
    command = [sys.executable, "-m", "tests.unit.sandbox.standin", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout is not None
        assert process.stdout.readline() == "Everything is running.\n"
        yield process
        process.kill()


def wait_for_the_fork(pid: int) -> list[psutil.Process]:
    # launcher, guardian, valkey, worker, the worker's fork, clock
    return wait_until(lambda: found if len(found := family(pid)) >= 6 else None, seconds=5, what="six processes")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(standin: "subprocess.Popen[str]", data: Path, number: signal.Signals) -> None:
    processes = wait_for_the_fork(standin.pid)

    standin.send_signal(number)

    standin.wait(5)
    wait_until_gone(processes, seconds=5)
    wait_until(lambda: not data.exists(), seconds=1, what="the data are removed")


def test_a_killed_guardian_is_replaced(standin: "subprocess.Popen[str]") -> None:
    first = wait_for_the_fork(standin.pid)
    (guardian,) = find(standin.pid, "guardian.py")
    guardian.kill()
    wait_until(lambda: not is_alive(guardian) and find(standin.pid, "guardian.py"), seconds=5, what="another guardian")
    everything = family(standin.pid)
    os.kill(standin.pid, signal.SIGKILL)

    standin.wait(5)
    wait_until_gone([*first, *everything], seconds=5)


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        code = launcher.run(["--port", str(port - 1), "--data", str(tmp_path)])

    assert code == 1
    assert f"port {port}. Choose others with --port BASE." in capsys.readouterr().err


def test_one_directory_serves_one_sandbox(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with launcher.data_directory(tmp_path):
        code = launcher.run(["--data", str(tmp_path)])

    assert code == 1
    assert "Another sandbox is using" in capsys.readouterr().err
