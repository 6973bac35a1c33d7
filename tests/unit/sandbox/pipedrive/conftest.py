"""A Pipedrive to talk to, without a socket, and the tokens of its people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from sandbox.pipedrive.app import create_app
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.pipedrive.desk import Desk

ADMIN, SEES_ALL, SEES_OWN = 12001, 12002, 12003
CALLBACK = "http://localhost:8400/pipedrive/callback"
CLIENT = ("client-1", "secret-1")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    headers: Headers
    text: str
    json: Any

    @property
    def location(self) -> str:
        """Return where it sends to."""
        return self.headers["Location"]


@dataclass(frozen=True)
class Browser:
    """Someone with a cookie jar."""

    client: FlaskClient

    def open(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request."""
        answer = self.client.open(path, method=method, **options)
        return Answer(answer.status_code, answer.headers, answer.text, answer.get_json(silent=True))

    def get(self, path: str, **options: Any) -> Answer:
        """Fetch."""
        return self.open("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        """Send."""
        return self.open("POST", path, **options)


@dataclass(frozen=True)
class Pipedrive:
    """The whole vendor, called as an app would."""

    browser: Browser
    desk: Desk

    def tokens(self, *, user_id: int = ADMIN, scope: str | None = None) -> dict[str, Any]:
        """Install for a user and return the token answer."""
        asked: dict[str, Any] = {"user_id": user_id} | ({"scope": scope} if scope else {})
        issued: dict[str, Any] = self.browser.post("/control/tokens", json=asked).json
        return issued

    def caller(self, *, user_id: int = ADMIN, scope: str | None = None) -> "Caller":
        """Return someone who holds an access token."""
        return Caller(self.browser, self.tokens(user_id=user_id, scope=scope)["access_token"])

    def later(self, seconds: float) -> None:
        """Let time pass."""
        assert self.browser.post("/control/clock", json={"advance": seconds}).status_code == 200

    def set(self, **settings: int) -> None:
        """Turn the sandbox's switches."""
        assert self.browser.post("/control/settings", json=settings).status_code == 200


@dataclass(frozen=True)
class Caller:
    """An app with one access token."""

    browser: Browser
    access_token: str

    def __call__(self, method: str, path: str, json: Any = None) -> Answer:
        """Call the API."""
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.browser.open(method, path, json=json, headers=headers)


@pytest.fixture(scope="session")
def config() -> PipedriveConfig:
    """Say what was typed into Developer Hub."""
    return PipedriveConfig(
        port=0,
        base_url="http://127.0.0.1:8401",
        app_url="http://localhost:8400",
        manifest=Path(__file__).parents[4] / "manifests" / "pipedrive.toml",
        client_id=CLIENT[0],
        client_secret=CLIENT[1],
        jwt_secret="a secret of at least thirty-two bytes",
    )


@pytest.fixture(scope="session")
def flask_app(config: PipedriveConfig) -> Iterator[Flask]:
    """Build one Pipedrive for all: most of the time goes into its routes."""
    flask_app = create_app(config)
    yield flask_app
    flask_app.extensions["pipedrive"].close()


@pytest.fixture
def pipedrive(flask_app: Flask) -> Pipedrive:
    """Put Pipedrive back to its seed."""
    desk: Desk = flask_app.extensions["pipedrive"]
    desk.control.reset()
    return Pipedrive(Browser(flask_app.test_client()), desk)


@pytest.fixture
def api(pipedrive: Pipedrive) -> Caller:
    """Hold a token of the admin."""
    return pipedrive.caller()


@pytest.fixture
def field_code(api: Caller) -> Callable[..., str]:
    """Give a maker of deal fields."""

    def create(field_type: str = "varchar", **more: Any) -> str:
        made = api("POST", "/api/v2/dealFields", {"field_name": "Made here", "field_type": field_type, **more})
        assert made.status_code == 200, made.json
        code: str = made.json["data"]["field_code"]
        return code

    return create
