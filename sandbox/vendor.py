"""How one vendor is served, whichever it is."""

import sys
from collections.abc import Callable

from flask import Flask

from sandbox.probe import is_taken
from sandbox.server import serve


def serve_vendor(create: Callable[[], Flask], *, name: str, port: int) -> int:
    """This will serve until the process is told to end; a taken port is said in words."""
    if is_taken(port):
        # T201, here and below: a command speaks to its user.
        print(f"In use by another program: port {port}. Choose another with --port.", file=sys.stderr)  # noqa: T201
        return 1
    address = f"http://127.0.0.1:{port}"
    print(f"{name} is on {address}/, its control page on {address}/control/. Ctrl-C ends it.", flush=True)  # noqa: T201
    serve(create(), port=port)
    return 0
