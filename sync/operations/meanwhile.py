"""Ask several things at once, because a person is waiting."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


def ask_meanwhile(*, pool: ThreadPoolExecutor, ask: Callable[[], T]) -> Future[T]:
    """Ask in another thread, whose log lines carry this request's id as well."""
    return pool.submit(copy_context().run, ask)
