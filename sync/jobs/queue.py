"""RQ's part: one queue, one job that says "there is work". The truth is in the database (D14)."""

import threading
import time

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from sync.jobs.tasks import work_off

log = structlog.get_logger()

QUEUE = "instep"
#: redis-py's own defaults wait for seconds when Redis is down; nobody here may.
_SECONDS = 0.5
#: No time-out: it would end in an exception in the middle of any tenant's work. Every call has one of its own.
_JOB_SECONDS = -1
#: Wake-ups of a burst are told as one.
_PAUSE_SECONDS = 0.02


def connect(*, url: str) -> Redis:
    """Make a client that fails at once when Redis is down."""
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)


def is_redis_alive(*, url: str) -> bool:
    """Ask Redis whether it lives."""
    try:
        return bool(connect(url=url).ping())
    except RedisError:
        return False


class RqWaker:
    """Enqueues the one job from a thread of its own, so that no request waits for Redis."""

    def __init__(self, *, redis_url: str) -> None:
        self._queue = Queue(QUEUE, connection=connect(url=redis_url), serializer="json")
        self._wanted = threading.Event()
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Say that there is work; return at once, and never raise."""
        self._wanted.set()
        if self._thread is None:
            with self._started:
                if self._thread is None:
                    # Started by the first call: a server may fork after the app was made.
                    self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self.announce()
            except Exception:
                # The thread must go on: without it nobody of this process would be woken before the clock's next tick.
                log.exception("wake_up_failed")
            time.sleep(_PAUSE_SECONDS)

    def announce(self) -> None:
        """Enqueue the job unless it waits already; a Redis that is down is left to the clock."""
        try:
            if not self._queue.count:
                self._queue.enqueue(work_off, job_timeout=_JOB_SECONDS, result_ttl=0, failure_ttl=3600)
        except RedisError as err:
            log.warning("wake_up_lost", reason=type(err).__name__)
