"""What the tests of the clients share: tokens without a database, and a vendor on a real socket."""

import json
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.clients.governor import Governor
from sync.clients.pipedrive.client import PipedriveClient
from sync.clients.pipedrive.payer import UserOfCompany
from sync.clients.transport import Transport
from sync.clients.xero.client import XeroClient
from sync.clients.xero.connections import XeroConnections
from tests.unit.fakes.core import OpenGate

XERO_API = "https://api.xero.com"
ACCOUNTING = f"{XERO_API}/api.xro/2.0"
COMPANY = "https://acme.pipedrive.com"


@dataclass
class Tokens:
    """A token source that remembers what it was asked to renew."""

    token: str = "token-1"
    renewals: list[str] = field(default_factory=list)

    def current(self) -> str:
        """Give the token."""
        return self.token

    def renewed(self, *, stale: str) -> str:
        """Give another token."""
        self.renewals.append(stale)
        self.token = f"token-{len(self.renewals) + 1}"
        return self.token


def a_transport() -> Transport:
    """Give a transport as the app makes it."""
    return Transport(user_agent="instep-test")


def a_xero_client(
    tokens: Tokens | None = None,
    *,
    api_url: str = XERO_API,
    transport: Transport | None = None,
    governor: Governor | None = None,
) -> XeroClient:
    """Give a client for one organisation."""
    return XeroClient(
        api_url=api_url,
        tenant_id="tenant-1",
        tokens=tokens or Tokens(),
        transport=transport or a_transport(),
        governor=governor or OpenGate(),
    )


def xero_connections(tokens: Tokens | None = None) -> XeroConnections:
    """Give the client of the connections."""
    return XeroConnections(api_url=XERO_API, tokens=tokens or Tokens(), transport=a_transport(), governor=OpenGate())


def a_pipedrive_client(
    tokens: Tokens | None = None,
    *,
    api_domain: str = COMPANY,
    transport: Transport | None = None,
    governor: Governor | None = None,
) -> PipedriveClient:
    """Give a client for one installation."""
    return PipedriveClient(
        api_domain=api_domain,
        user=UserOfCompany(company_id=7, user_id=8),
        tokens=tokens or Tokens(),
        transport=transport or a_transport(),
        governor=governor or OpenGate(),
    )


def answer(body: bytes, *, status: str = "200 OK", length: int | None = None, headers: str = "") -> bytes:
    """Write an HTTP answer; a `length` greater than the body makes it half-written."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode("ascii") + body


def data(content: object, **additional: object) -> str:
    """Write Pipedrive's envelope."""
    envelope: dict[str, object] = {"success": True, "data": content}
    if additional:
        envelope["additional_data"] = additional
    return json.dumps(envelope)


DROP = b""  # close without a byte
HOLD = None  # say nothing until the test is over


class ScriptedVendor:
    """A server that does one scripted thing with each connection, and keeps what it was sent."""

    def __init__(self, script: Sequence[bytes | None]) -> None:
        self.requests: list[bytes] = []
        self._script = list(script)
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """End it, waiting for its thread."""
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        for reply in self._script:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.requests.append(_received(connection))
                if reply is HOLD:
                    self._over.wait(timeout=30)
                else:
                    connection.sendall(reply)


def _received(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
