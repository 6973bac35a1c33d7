"""The worker process: RQ's own worker, in one process, on our one queue."""

import ctypes
import os
import sys
import threading
import time

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker

from sync.core import Core
from sync.jobs.queue import QUEUE, connect
from sync.jobs.tasks import adopt, stopping
from sync.operations.lease import give_all_back

log = structlog.get_logger()

_LOOK_AGAIN_SECONDS = 0.5
#: How long a worker may be silent before RQ takes it for dead.
_WORKER_TTL_SECONDS = 30
#: How long turns in flight may take to end; a supervisor kills ten seconds after it has asked.
_WIND_UP_SECONDS = 5.0
_GIVE_BACK_SECONDS = 2.0
#: https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
_M_ARENA_MAX, _ARENAS = -8, 2
#: Between two statements of a transaction a thread must not wait for each of the others to have used up Python's own
#: five milliseconds: all the other writers wait for it.
_SWITCH_SECONDS = 0.0005


def run_worker(core: Core) -> None:
    """Work until told to stop; while Redis is away, wait for it.

    No fork for each job (SimpleWorker): it would cost ten milliseconds and every warm connection, and a killed job loses
    nothing, because the database knows what is left.
    """
    _share_heaps()
    sys.setswitchinterval(_SWITCH_SECONDS)
    adopt(core)
    while not _work_until_redis_goes(core):
        time.sleep(_LOOK_AGAIN_SECONDS)


def _share_heaps() -> None:
    """Have the threads share heaps: with one for each, as glibc gives them, they keep 20 MB that nobody uses."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def _work_until_redis_goes(core: Core) -> bool:
    """Run RQ's worker; True when it was told to stop."""
    try:
        connect(url=core.settings.redis_url).ping()
        # Blocking reads need a client without our half-second time-out.
        connection = Redis.from_url(core.settings.redis_url)
        worker = _Worker([QUEUE], connection=connection, serializer="json", worker_ttl=_WORKER_TTL_SECONDS)
        worker.work(logging_level="WARNING")
    except RedisError as err:
        log.warning("redis_away", reason=type(err).__name__)
        return False
    return True


class _Worker(SimpleWorker):
    """RQ's worker, whose one endless job hears of it when the process is told to end."""

    def handle_warm_shutdown_request(self) -> None:
        """Have the turns end: in a thread, because a signal's handler may set no event that the main thread waits for."""
        threading.Thread(target=_wind_up, name="wind-up", daemon=True).start()


def _wind_up() -> None:
    stopping.set()
    time.sleep(_WIND_UP_SECONDS)
    # Somebody is waiting for a vendor still. What he brings is not written any more, and is fetched again.
    log.warning("ended_in_the_middle")
    giving = threading.Thread(target=give_all_back, name="giving-back", daemon=True)
    giving.start()
    # Where the database is away, too, the leases end by themselves.
    giving.join(_GIVE_BACK_SECONDS)
    os._exit(0)
