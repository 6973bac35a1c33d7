from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.xero.app import create_app
from sandbox.xero.config import XeroConfig
from tests.unit.sandbox.xero.caller import REDIRECT, Caller


@pytest.fixture(scope="session")
def app() -> Flask:
    config = XeroConfig(
        port=8402,
        base_url="http://127.0.0.1:8402",
        redirect_urls=(REDIRECT, "http://127.0.0.1:8400/xero/callback"),
        webhook_url=None,
        client_id="an-app",
        client_secret="its-secret",
        webhook_key="a-key==",
    )
    return create_app(config)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        client.post("/control/reset")
        yield client


@pytest.fixture
def xero(client: FlaskClient) -> Caller:
    return Caller(client)
