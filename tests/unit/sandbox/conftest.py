"""A small vendor on a real socket, and a real receiver for deliveries."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import urllib3
from flask import Flask, request
from flask.typing import ResponseReturnValue

from sandbox import server
from sandbox.control import Clock, Control
from sandbox.courier import Courier


@dataclass
class Vendor:
    """A vendor with one page, /echo, under the control of the module under test."""

    url: str
    control: Control
    app: Flask
    resets: list[str]

    def call(self, method: str, path: str, **options: object) -> urllib3.BaseHTTPResponse:
        """This will send one request over a connection of its own."""
        with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=10)) as http:
            return http.request(method, self.url + path, redirect=False, **options)  # type: ignore[arg-type]  # any option of urllib3's


@dataclass
class Mailbox:
    """What arrived at a receiver, in order."""

    url: str
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> list[bytes]:
        """This will return the bodies as soon as so many have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.bodies) >= count, timeout=10), self.bodies
            return list(self.bodies)


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """This will give a function that serves an app on a free port until the test ends."""
    servers = []

    def start(app: Flask) -> str:
        running = server.make(app, port=0)
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(running)
        return f"http://127.0.0.1:{running.port}"

    yield start
    for running in servers:
        running.shutdown()


@pytest.fixture
def vendor(serve: Callable[[Flask], str]) -> Vendor:
    """This will serve a vendor that answers /echo with what it got."""
    app, resets = Flask(__name__), []

    def tokens(asked: dict[str, object]) -> dict[str, object]:
        return {"access_token": "a", "asked": asked}

    def echo() -> ResponseReturnValue:
        return {"body": request.get_data(as_text=True), "form": request.form}

    control = Control(name="Vendor", clock=Clock(), reset=lambda: resets.append("reset"), tokens=tokens)
    control.install(app)
    app.add_url_rule("/echo", "echo", echo, methods=["GET", "POST"])
    return Vendor(url=serve(app), control=control, app=app, resets=resets)


@pytest.fixture
def mailbox(serve: Callable[[Flask], str]) -> Mailbox:
    """This will serve a receiver of webhooks."""
    app, box = Flask(__name__), Mailbox(url="")

    def receive() -> ResponseReturnValue:
        with box.arrived:
            box.bodies.append(request.get_data())
            box.arrived.notify_all()
        return "", box.status

    app.add_url_rule("/hook", "receive", receive, methods=["POST"])
    box.url = serve(app) + "/hook"
    return box


@pytest.fixture
def courier(vendor: Vendor) -> Iterator[Courier]:
    """This will give a courier that lives by the vendor's clock and faults."""
    courier = Courier(clock=vendor.control.clock, control=vendor.control)
    yield courier
    courier.stop()
