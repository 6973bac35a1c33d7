"""The jobs: each calls one operation. RQ finds them by name in the worker's process."""

import threading
import uuid

import structlog

from sync.core import Core
from sync.operations import work_off as work
from sync.operations.pauses import Pauses

_process: dict[str, Core] = {}
#: Set when this process is told to end: what is in flight ends, and nothing is begun.
stopping = threading.Event()
#: What failed waits, whichever job comes next.
_pauses = Pauses()


def adopt(core: Core) -> None:
    """Give the jobs of this process their core, once, when the worker starts."""
    _process["core"] = core


def work_off(**_ignored: object) -> None:
    """Do everything that waits in the database."""
    with structlog.contextvars.bound_contextvars(job_id=uuid.uuid4().hex[:12], job="work_off"):
        work.work_off(_process["core"], stopping=stopping, pauses=_pauses)
