"""The receivers on a core with a real database, and what the two platforms send."""

import base64
import hashlib
import hmac

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import webhooks
from sync.core import Core
from sync.store.company import PipedriveWebhook
from tests.unit.fakes.house import ADMIN, COMPANY, House, digest

KEY, USERNAME, PASSWORD = "key-of-the-subscription", "user", "pässword"
XERO, PIPEDRIVE = "/webhooks/xero", f"/webhooks/pipedrive/{KEY}"


def receivers_of(core: Core) -> FlaskClient:
    """Mount the receivers."""
    app = Flask("webhooks")
    webhooks.register(app, core)
    return app.test_client()


def sign(body: bytes, *, key: str = "xero-webhook-key") -> str:
    """Sign raw bytes as Xero does."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def from_xero(client: FlaskClient, body: bytes, *, signature: str | None = None) -> TestResponse:
    """Deliver as Xero does."""
    headers = {"x-xero-signature": sign(body) if signature is None else signature}
    return client.post(XERO, data=body, headers=headers, content_type="application/json")


def from_pipedrive(
    client: FlaskClient, body: bytes, *, path: str = PIPEDRIVE, username: str = USERNAME, password: str = PASSWORD
) -> TestResponse:
    """Deliver as Pipedrive does."""
    return client.post(path, data=body, auth=(username, password), content_type="application/json")


def subscribe(house: House) -> None:
    """A company with one subscription."""
    house.add_company()
    house.add_user()
    house.add(
        PipedriveWebhook(
            key=KEY,
            company_id=COMPANY,
            user_id=ADMIN,
            action="*",
            entity="deal",
            username=USERNAME,
            password_hash=digest(PASSWORD),
        )
    )


@pytest.fixture
def client(house: House) -> FlaskClient:
    """The receivers of a company with one subscription."""
    subscribe(house)
    return receivers_of(house.core)
