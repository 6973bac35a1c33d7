"""The clock: wakes a worker for whatever has come due. It holds nothing; two of them do no harm."""

import signal
import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from sync.core import Core
from sync.operations.work_off import is_work_due

log = structlog.get_logger()

_TICK_SECONDS = 1.0


def run_clock(core: Core) -> None:
    """Tick until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        tick(core)
        stop.wait(_TICK_SECONDS)


def tick(core: Core) -> None:
    """Wake a worker if work is due."""
    try:
        if is_work_due(core):
            core.waker.wake()
    except SQLAlchemyError as err:
        log.warning("database_away", reason=type(err).__name__)
