"""The one place where the parts are put together."""

from datetime import UTC, datetime

import manifests
from sync.clients.pipedrive.oauth import PipedriveOAuth
from sync.clients.transport import Transport
from sync.clients.xero.oauth import XeroOAuth
from sync.core import Core
from sync.domain.secret import Secret
from sync.governor.limits import Callers
from sync.governor.redis_governor import RedisGovernor
from sync.jobs.queue import RqWaker
from sync.settings import Settings
from sync.store.database import Database
from sync.store.deliveries import PATIENCE_SECONDS
from sync.store.vault import Vault

#: Xero waits five seconds for a receiver, a person hardly longer; what a worker has done already it had better note.
_PATIENCE_SECONDS = {Callers.PEOPLE: PATIENCE_SECONDS, Callers.BACKGROUND: 30.0}


def build_core(settings: Settings, *, callers: Callers) -> Core:
    """Make a core from checked settings, for people or for background work; no connection is opened yet."""
    return Core(
        settings=settings,
        database=Database(url=settings.database_url, patience_seconds=_PATIENCE_SECONDS[callers]),
        vault=Vault(keys=settings.token_keys),
        transport=Transport(user_agent=f"Instep (+{settings.base_url})"),
        pipedrive_oauth=PipedriveOAuth(
            oauth_url=settings.pipedrive_oauth_url,
            client_id=settings.pipedrive_client_id,
            client_secret=Secret(settings.pipedrive_client_secret),
            redirect_uri=settings.base_url + manifests.pipedrive().callback_path,
        ),
        xero_oauth=XeroOAuth(
            login_url=settings.xero_login_url,
            identity_url=settings.xero_identity_url,
            client_id=settings.xero_client_id,
            client_secret=Secret(settings.xero_client_secret),
            redirect_uri=settings.base_url + manifests.xero().redirect_path,
            scopes=[scope.name for scope in manifests.xero().scopes],
        ),
        governor=RedisGovernor(redis_url=settings.redis_url, callers=callers),
        waker=RqWaker(redis_url=settings.redis_url),
        now=lambda: datetime.now(UTC),
    )
