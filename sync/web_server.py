"""The web processes: granian's, forked from one that has loaded everything, so that they share it."""

import argparse
import gc

from sync.logs import WEB_LOGS


def add_options(parser: argparse.ArgumentParser) -> None:
    """Name what an operator may choose."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8400, help="the port to listen at (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="how many (default: %(default)s)")
    # Two megabytes more than eight of them. Half of them may wait for a slow vendor while the rest answers the machines, whose
    # deliveries wait for the disk together: the more of them wait, the fewer commits.
    parser.add_argument("--threads", type=int, default=16, help="of each process (default: %(default)s)")
    parser.add_argument("--grace", type=int, default=25, help="seconds to finish at the end (default: %(default)s)")


def serve(target: str, *, options: argparse.Namespace) -> None:
    """Serve what the factory at `target` makes, until told to stop.

    Two processes that each loaded everything for themselves took 74 MB each; of what was there before they were forked
    they keep their own 23. Where a system cannot fork, each loads for itself.
    """
    # Here, because worker and clock read their options by this module, too, and have no use for the server.
    from granian import Granian  # noqa: PLC0415 - see above
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - see above

    # Left out of collections, or the first of them would write to, and so copy, everything that is shared.
    # https://docs.python.org/3/library/gc.html#gc.freeze
    gc.collect()
    gc.freeze()
    Granian(
        target,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=options.processes,
        blocking_threads=options.threads,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=options.grace,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        log_dictconfig=WEB_LOGS,
    ).serve()
