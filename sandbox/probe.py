"""Questions to a process of ours: do you answer yet?"""

import contextlib
import http.client
import socket
from urllib.parse import unquote, urlsplit

_TIMEOUT = 0.5


def answers(url: str) -> bool:
    """This will say whether the address gives a good answer now: 2xx for http, PONG for redis."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return _pong(url) if url.startswith("redis:") else _ok(url)
    return False


def is_taken(port: int) -> bool:
    """This will say whether somebody else listens on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _ok(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=_TIMEOUT)
    with contextlib.closing(connection):
        # The name is kept: an app may answer only to its own.
        connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
        return 200 <= connection.getresponse().status < 300


def _pong(url: str) -> bool:
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 6379), timeout=_TIMEOUT) as server:
        server.sendall(f"AUTH {unquote(parts.password or '')}\r\nPING\r\n".encode())
        with server.makefile("rb") as replies:
            return replies.readline() == b"+OK\r\n" and replies.readline() == b"+PONG\r\n"
