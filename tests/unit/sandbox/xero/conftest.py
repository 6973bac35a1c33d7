from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from sandbox.xero.app import create_app
from sandbox.xero.config import XeroConfig
from tests.unit.sandbox.xero.caller import REDIRECT, Caller


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    config = XeroConfig(
        port=8402,
        base_url="http://127.0.0.1:8402",
        redirect_urls=(REDIRECT, "http://127.0.0.1:8400/xero/callback"),
        webhook_url=None,
        client_id="an-app",
        client_secret="its-secret",
        webhook_key="a-key==",
    )
    with create_app(config).test_client() as client:
        yield client


@pytest.fixture
def xero(client: FlaskClient) -> Caller:
    return Caller(client)
