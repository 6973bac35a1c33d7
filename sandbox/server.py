"""The HTTP/1.1 server under both simulated vendors: threads, keep-alive, loopback only."""

import contextlib
import io
import socket
from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

HOST = "127.0.0.1"
_MAX_BODY = 64 * 1024 * 1024
_BODYLESS = frozenset({204, 304})


class _Handler(WSGIRequestHandler):
    """Answers with one write and keeps the connection, which Werkzeug's own handler always closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def run_wsgi(self) -> None:
        """This will answer one request; the whole body is read first, so that the next request starts clean."""
        environ = self.make_environ()
        if not self._load_body(environ):
            self.close_connection = True
            self._answer("400 Bad Request", [("Content-Length", "0")], b"")
            return
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        self._answer(status, list(headers), b"".join(chunks))

    def _load_body(self, environ: dict[str, Any]) -> bool:
        """This will replace the socket as the application's input by the body's bytes; False when they do not come."""
        if not environ.get("wsgi.input_terminated"):
            length = environ.get("CONTENT_LENGTH") or "0"
            if not length.isdigit() or int(length) > _MAX_BODY:
                return False
            environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
            return True
        body = environ["wsgi.input"].read()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return True

    def _answer(self, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for key, value in headers:
            if key.lower() != "content-length":
                self.send_header(key, value)
        if int(code) not in _BODYLESS:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and int(code) not in _BODYLESS:
            self.wfile.write(body)
        self.wfile.flush()

    def finish(self) -> None:
        """This will close the connection, also one that a fault has hung up with bytes still to send."""
        with contextlib.suppress(OSError):
            super().finish()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """This will stay silent: every call is in the control log."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = True


def make(app: Flask, *, port: int) -> ThreadedWSGIServer:
    """This will bind the port (0: any free one) and return the server, not yet serving.

    :raises OSError: when the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        # Bound here, because Werkzeug turns a taken port into sys.exit.
        listener.bind((HOST, port))
        listener.listen(_Server.request_queue_size)
        server = _Server(HOST, listener.getsockname()[1], app, handler=_Handler, fd=listener.fileno())
    finally:
        listener.close()
    return server


def serve(app: Flask, *, port: int) -> None:
    """This will serve until the process is told to end."""
    make(app, port=port).serve_forever()


def hang_up(connection: socket.socket) -> None:
    """This will end a connection under the feet of a client that waits for an answer."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
