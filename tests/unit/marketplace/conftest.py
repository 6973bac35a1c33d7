"""The pages on a core with a store of its own and no vendor behind it: a call that leaves the process fails the test."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

import marketplace
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.transport import Transport
from sync.clients.xero.oauth import XeroOAuth
from sync.core import Core
from sync.domain.secret import Secret
from sync.settings import Settings, from_environment
from sync.store.company import Company, Installation
from sync.store.database import Database
from sync.store.invoices import DealAccess, DealRow
from sync.store.vault import Vault
from tests.conftest import ENVIRON
from tests.unit.fakes.core import OpenGate

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
COMPANY, USER, DEAL = 7001, 11, 42
CLIENT_ID, CLIENT_SECRET = ENVIRON["PIPEDRIVE_CLIENT_ID"], ENVIRON["PIPEDRIVE_CLIENT_SECRET"]


class NoWaker:
    """Nobody works here."""

    def wake(self) -> None:
        """Stay asleep."""


@pytest.fixture(scope="session")
def settings(environ: dict[str, str]) -> Settings:
    """What the operator set."""
    return from_environment(environ=environ)


@pytest.fixture(scope="session")
def settled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one company, two users and one deal that both may see; every test gets a copy."""
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("store")))
    database = Database(url=f"sqlite:///{path}")
    _settle(database)
    database.close()
    return path


@pytest.fixture
def core(settings: Settings, settled: Path, tmp_path: Path) -> Iterator[Core]:
    """A core over its own copy of the settled store."""
    database = Database(url=f"sqlite:///{shutil.copy(settled, tmp_path)}")
    yield Core(
        settings=settings,
        database=database,
        vault=Vault(keys=settings.token_keys),
        transport=Transport(user_agent="instep-tests"),
        pipedrive_oauth=PipedriveOAuth(
            client_id=CLIENT_ID,
            client_secret=Secret(CLIENT_SECRET),
            redirect_uri="https://instep.example/pipedrive/callback",
        ),
        xero_oauth=XeroOAuth(
            client_id="xero-client",
            client_secret=Secret("xero-secret"),
            redirect_uri="https://instep.example/xero/callback",
            scopes=("openid",),
        ),
        governor=OpenGate(),
        waker=NoWaker(),
        now=lambda: NOW,
    )
    database.close()


@pytest.fixture
def app(core: Core) -> Flask:
    """The app with nothing but the pages."""
    app = Flask("marketplace")
    marketplace.register(app, core)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that asks over https."""
    app.config["PREFERRED_URL_SCHEME"] = "https"
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


@pytest.fixture
def signed() -> Callable[..., str]:
    """Sign tokens as Pipedrive does."""

    def sign(*, user_id: int = USER, secret: str = CLIENT_SECRET, lifetime: int = 300) -> str:
        claims = {"userId": user_id, "companyId": COMPANY, "iat": int(time.time()), "exp": int(time.time()) + lifetime}
        return jwt.encode(claims, secret, algorithm="HS256")

    return sign


@pytest.fixture
def frame_query(signed: Callable[..., str]) -> dict[str, str]:
    """What Pipedrive adds to the address of a framed page."""
    return {
        "id": "runtime-1",
        "resource": "deal",
        "view": "details",
        "userId": str(USER),
        "companyId": str(COMPANY),
        "selectedIds": str(DEAL),
        "theme": "dark",
        "token": signed(),
    }


@pytest.fixture
def bearer(signed: Callable[..., str]) -> dict[str, str]:
    """The header that our script sends."""
    return {"Authorization": f"Bearer {signed()}"}


def _settle(database: Database) -> None:
    with database.writing() as session:
        session.add(
            Company(
                company_id=COMPANY,
                name="Nordlicht",
                default_currency="EUR",
                api_domain="https://nordlicht.pipedrive.com",
                created_at=NOW,
                preferences={},
            )
        )
        session.flush()
        for user_id, language, locale in ((USER, "en", "en_GB"), (USER + 1, "fr", "fr_FR")):
            session.add(
                Installation(
                    company_id=COMPANY,
                    user_id=user_id,
                    user_name="Ada",
                    email="ada@nordlicht.example",
                    is_admin=True,
                    language=language,
                    locale=locale,
                    scope="base",
                    installed_at=NOW,
                    access_token="",
                    refresh_token="",
                    expires_at=NOW,
                    refreshed_at=NOW,
                )
            )
            session.add(DealAccess(company_id=COMPANY, user_id=user_id, deal_id=DEAL, checked_at=NOW))
        session.add(
            DealRow(
                company_id=COMPANY,
                deal_id=DEAL,
                title="Lighthouse",
                currency="EUR",
                owner_id=USER,
                status="open",
                updated_at=NOW,
                fetched_at=NOW,
                written={},
            )
        )
