"""The worker process: RQ's own worker, in one process, on our one queue."""

import time

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker

from sync.core import Core
from sync.jobs.queue import QUEUE, connect
from sync.jobs.tasks import adopt

log = structlog.get_logger()

_LOOK_AGAIN_SECONDS = 0.5
#: How long a worker may be silent before RQ takes it for dead.
_WORKER_TTL_SECONDS = 30


def run_worker(core: Core) -> None:
    """Work until told to stop; while Redis is away, wait for it.

    No fork for each job (SimpleWorker): it would cost ten milliseconds and every warm connection, and a killed job loses
    nothing, because the database knows what is left.
    """
    adopt(core)
    while not _work_until_redis_goes(core):
        time.sleep(_LOOK_AGAIN_SECONDS)


def _work_until_redis_goes(core: Core) -> bool:
    """Run RQ's worker; True when it was told to stop."""
    try:
        connect(url=core.settings.redis_url).ping()
        # Blocking reads need a client without our half-second time-out.
        connection = Redis.from_url(core.settings.redis_url)
        worker = SimpleWorker([QUEUE], connection=connection, serializer="json", worker_ttl=_WORKER_TTL_SECONDS)
        worker.work(logging_level="WARNING")
    except RedisError as err:
        log.warning("redis_away", reason=type(err).__name__)
        return False
    return True
