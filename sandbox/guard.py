"""The launcher's side of the guardian."""

import contextlib
import subprocess
import sys
from pathlib import Path

from sandbox import guardian

_PATIENCE = 10


class Guard:
    """Keeps one guardian process alive and tells it which groups to end."""

    def __init__(self, *, mark: str, remove: Path | None) -> None:
        self.mark = mark
        self._remove = remove
        self._groups: dict[int, str] = {}
        self._process = self._start()

    def watch(self, group: int, *, kind: str) -> None:
        """This will have a process group ended with the launcher; `kind` is app or base, base is ended last."""
        self._groups[group] = kind
        self._tell(f"+{kind} {group}")

    def forget(self, group: int) -> None:
        """This will leave a group alone that has ended by itself: its number may be given to strangers."""
        self._groups.pop(group, None)
        self._tell(f"-{group}")

    def ensure(self) -> None:
        """This will start another guardian when somebody has killed ours."""
        if self._process.poll() is not None:
            self._process = self._start()
            for group, kind in self._groups.items():
                self._tell(f"+{kind} {group}")

    def release(self) -> subprocess.Popen[str]:
        """This will let the guardian do its work now, and return it to be waited for."""
        self.ensure()
        if self._process.stdin:
            self._process.stdin.close()
        return self._process

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.write(line + "\n")
                self._process.stdin.flush()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-S", guardian.__file__, self.mark, str(self._remove or "")]
        # A session of its own: Ctrl-C in the terminal must not reach it.
        # S603: the command is this Python and a module of ours.
        return subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603
