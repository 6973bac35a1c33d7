"""Everything that an operator may set, read from the environment once and checked before anything starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

PIPEDRIVE_OAUTH_URL = "https://oauth.pipedrive.com"
XERO_LOGIN_URL = "https://login.xero.com"
XERO_IDENTITY_URL = "https://identity.xero.com"
XERO_API_URL = "https://api.xero.com"

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_REQUIRED = (
    "INSTEP_BASE_URL",
    "INSTEP_SECRET_KEY",
    "INSTEP_TOKEN_KEYS",
    "PIPEDRIVE_CLIENT_ID",
    "PIPEDRIVE_CLIENT_SECRET",
    "XERO_CLIENT_ID",
    "XERO_CLIENT_SECRET",
    "XERO_WEBHOOK_KEY",
)


class SettingsInvalid(Exception):
    """The environment cannot be used; `problems` holds one sentence for each thing that must be mended."""

    def __init__(self, *, problems: tuple[str, ...]) -> None:
        super().__init__("Instep cannot start:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, repr=False)
class Settings:
    """The checked settings; their `repr` is empty because half of them are secrets."""

    base_url: str
    database_url: str
    redis_url: str
    secret_key: str
    token_keys: tuple[str, ...]
    pipedrive_client_id: str
    pipedrive_client_secret: str
    pipedrive_jwt_secret: str
    pipedrive_oauth_url: str
    xero_client_id: str
    xero_client_secret: str
    xero_webhook_key: str
    xero_login_url: str
    xero_identity_url: str
    xero_api_url: str
    #: What whoever collects the figures must show; empty: nobody may.
    metrics_token: str

    @property
    def frame_ancestors(self) -> str:
        """The only pages that may frame us: Pipedrive's, or the stand-in's exact origin (D27)."""
        if self.pipedrive_oauth_url == PIPEDRIVE_OAUTH_URL:
            return "https://*.pipedrive.com"
        parts = urlsplit(self.pipedrive_oauth_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def xero_web_url(self) -> str:
        """Where people see Xero's own pages: go.xero.com, or the stand-in's origin."""
        if self.xero_login_url == XERO_LOGIN_URL:
            return "https://go.xero.com"
        parts = urlsplit(self.xero_login_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_https(self) -> bool:
        """Whether cookies may be `__Host-` and Secure."""
        return self.base_url.startswith("https://")


def from_environment(*, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    :raises SettingsInvalid: with every problem at once.
    """
    given = os.environ if environ is None else environ  # noqa: TID251 - the one place that reads the environment
    values = {name: value.strip() for name, value in given.items()}
    problems = [f"{name} is not set." for name in _REQUIRED if not values.get(name, "").strip("/, ")]
    settings = _build(values)
    problems += _url_problems(settings) + _key_problems(settings)
    if problems:
        raise SettingsInvalid(problems=tuple(problems))
    if _any_plain_loopback_vendor(settings):
        # oauthlib refuses http:// outright; a vendor on this machine's loopback is the sandbox.
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # noqa: TID251 - read by a library, not by us
    return settings


def _build(values: Mapping[str, str]) -> Settings:
    return Settings(
        base_url=values.get("INSTEP_BASE_URL", "").rstrip("/"),
        database_url=values.get("INSTEP_DATABASE_URL") or "sqlite:///instep.sqlite3",
        redis_url=values.get("INSTEP_REDIS_URL") or "redis://127.0.0.1:6379/0",
        secret_key=values.get("INSTEP_SECRET_KEY", ""),
        token_keys=tuple(key.strip() for key in values.get("INSTEP_TOKEN_KEYS", "").split(",") if key.strip()),
        pipedrive_client_id=values.get("PIPEDRIVE_CLIENT_ID", ""),
        pipedrive_client_secret=values.get("PIPEDRIVE_CLIENT_SECRET", ""),
        pipedrive_jwt_secret=values.get("PIPEDRIVE_JWT_SECRET") or values.get("PIPEDRIVE_CLIENT_SECRET", ""),
        pipedrive_oauth_url=(values.get("PIPEDRIVE_OAUTH_URL") or PIPEDRIVE_OAUTH_URL).rstrip("/"),
        xero_client_id=values.get("XERO_CLIENT_ID", ""),
        xero_client_secret=values.get("XERO_CLIENT_SECRET", ""),
        xero_webhook_key=values.get("XERO_WEBHOOK_KEY", ""),
        xero_login_url=(values.get("XERO_LOGIN_URL") or XERO_LOGIN_URL).rstrip("/"),
        xero_identity_url=(values.get("XERO_IDENTITY_URL") or XERO_IDENTITY_URL).rstrip("/"),
        xero_api_url=(values.get("XERO_API_URL") or XERO_API_URL).rstrip("/"),
        metrics_token=values.get("INSTEP_METRICS_TOKEN", ""),
    )


def _url_problems(settings: Settings) -> list[str]:
    problems = []
    for name, url in {
        "INSTEP_BASE_URL": settings.base_url,
        "PIPEDRIVE_OAUTH_URL": settings.pipedrive_oauth_url,
        "XERO_LOGIN_URL": settings.xero_login_url,
        "XERO_IDENTITY_URL": settings.xero_identity_url,
        "XERO_API_URL": settings.xero_api_url,
    }.items():
        if url and not _is_usable(url):
            problems.append(f"{name} must be a plain https:// address (http:// only on this machine's loopback).")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        problems.append("INSTEP_DATABASE_URL must start with sqlite:/// or postgresql://.")
    if not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        problems.append("INSTEP_REDIS_URL must start with redis://, rediss:// or unix://.")
    return problems


def _key_problems(settings: Settings) -> list[str]:
    problems = []
    if settings.secret_key and len(settings.secret_key) < 32:
        problems.append("INSTEP_SECRET_KEY must have at least 32 characters.")
    for position, key in enumerate(settings.token_keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(f"INSTEP_TOKEN_KEYS: key {position} is not a Fernet key (32 bytes in url-safe base64).")
    return problems


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_more = parts.port == 0 or "@" in parts.netloc or parts.query or parts.fragment
    except ValueError:
        return False
    if has_more:
        return False
    return (parts.scheme == "https" and bool(parts.netloc)) or _is_plain_loopback(url)


def _is_plain_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _any_plain_loopback_vendor(settings: Settings) -> bool:
    urls = (settings.pipedrive_oauth_url, settings.xero_login_url, settings.xero_identity_url, settings.xero_api_url)
    return any(_is_plain_loopback(url) for url in urls)
