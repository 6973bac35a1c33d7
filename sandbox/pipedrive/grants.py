"""Codes, tokens and installs: who let the app in, until when."""

import base64
import secrets
from dataclasses import dataclass, replace

from sandbox.pipedrive.world import Clock

# https://pipedrive.readme.io/docs/marketplace-oauth-authorization
CODE_SECONDS = 5 * 60
ACCESS_SECONDS = 60 * 60 - 1
REFRESH_SECONDS = 60 * 24 * 60 * 60


@dataclass(frozen=True)
class Code:
    """An authorization code on its way through the browser."""

    user_id: int
    redirect_uri: str
    ends: float
    used: bool = False


@dataclass(frozen=True)
class Access:
    """An access token."""

    user_id: int
    scopes: frozenset[str]
    ends: float


@dataclass(frozen=True)
class Consent:
    """One user's consent, which lives as long as its refresh token."""

    user_id: int
    scopes: tuple[str, ...]
    ends: float


@dataclass(frozen=True)
class Issued:
    """What the token endpoint hands out."""

    access_token: str
    refresh_token: str
    scopes: tuple[str, ...]


class GrantRefusedError(Exception):
    """A code or refresh token that is not good (any more)."""


class Grants:
    """Every token there is. Whoever calls holds the world's lock."""

    def __init__(self, *, clock: Clock, company_id: int) -> None:
        """Start with nobody who installed the app."""
        self._clock = clock
        self._company_id = company_id
        self.rotates = False
        self.reset()

    def reset(self) -> None:
        """Forget all."""
        self.rotates = False
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Access] = {}
        self._consents: dict[str, Consent] = {}

    def new_code(self, *, user_id: int, redirect_uri: str) -> str:
        """Make a code for a user who agreed."""
        code = f"{self._company_id:012x}{secrets.token_hex(14)}"
        self._codes[code] = Code(user_id, redirect_uri, self._clock.timestamp() + CODE_SECONDS)
        return code

    def exchange(self, *, code: str, redirect_uri: str, scopes: tuple[str, ...]) -> Issued:
        """Turn a code into tokens; from now on the app is installed for its user.

        :raises GrantRefusedError: for a code that is unknown, used, too old or was made for another address.
        """
        found = self._codes.get(code)
        if found is None or found.used:
            raise GrantRefusedError("authorization code is invalid or has already been used")
        if found.ends <= self._clock.timestamp():
            raise GrantRefusedError("authorization code has expired")
        if found.redirect_uri != redirect_uri:
            raise GrantRefusedError("redirect_uri does not match the one the code was issued for")
        self._codes[code] = replace(found, used=True)
        return self.install(user_id=found.user_id, scopes=scopes)

    def install(self, *, user_id: int, scopes: tuple[str, ...]) -> Issued:
        """Give a user's consent its tokens; nothing says that those of an earlier consent end."""
        refresh_token = f"{self._company_id}:{user_id}:{secrets.token_hex(20)}"
        self._consents[refresh_token] = Consent(user_id, scopes, self._clock.timestamp() + REFRESH_SECONDS)
        return Issued(self._new_access(user_id, scopes), refresh_token, scopes)

    def refresh(self, *, refresh_token: str) -> Issued:
        """Make a new access token; each use gives the refresh token another 60 days.

        :raises GrantRefusedError: for a refresh token that is unknown, revoked, exchanged or unused for 60 days.
        """
        now = self._clock.timestamp()
        consent = self._consents.get(refresh_token)
        if consent is None or consent.ends <= now:
            raise GrantRefusedError("refresh_token is invalid")
        if self.rotates:
            del self._consents[refresh_token]
            return self.install(user_id=consent.user_id, scopes=consent.scopes)
        self._consents[refresh_token] = replace(consent, ends=now + REFRESH_SECONDS)
        return Issued(self._new_access(consent.user_id, consent.scopes), refresh_token, consent.scopes)

    def revoke(self, token: str) -> int | None:
        """End a token; for a refresh token return the user for whom the app is uninstalled now."""
        consent = self._consents.get(token)
        if consent is None:
            self._access.pop(token, None)
            return None
        self.uninstall(consent.user_id)
        return consent.user_id

    def uninstall(self, user_id: int) -> bool:
        """End all of a user's tokens; False where the app was not installed."""
        installed = self.installed(user_id)
        self._consents = {token: consent for token, consent in self._consents.items() if consent.user_id != user_id}
        self._access = {token: access for token, access in self._access.items() if access.user_id != user_id}
        return installed

    def find_access(self, token: str) -> Access | None:
        """Find a living access token."""
        access = self._access.get(token)
        return access if access and access.ends > self._clock.timestamp() else None

    def installed(self, user_id: int) -> bool:
        """Tell whether a user has installed the app."""
        return any(consent.user_id == user_id for consent in self._consents.values())

    def installers(self) -> list[int]:
        """List the users who have installed the app."""
        return sorted({consent.user_id for consent in self._consents.values()})

    def _new_access(self, user_id: int, scopes: tuple[str, ...]) -> str:
        token = _opaque(self._company_id)
        self._access[token] = Access(user_id, frozenset(scopes), self._clock.timestamp() + ACCESS_SECONDS)
        return token


def _opaque(company_id: int) -> str:
    # Real ones are long and hold + / = and : , which breaks whoever forgets to encode them.
    beginning = b"\x01\x02\x01\x00\x78\xfe\x3e\x2f\x34\xd3\x2b\x5c" + company_id.to_bytes(6)
    head = base64.b64encode(beginning + secrets.token_bytes(89)).decode()
    tail = base64.b64encode(b"\xfb\xef\xbe\xff" + secrets.token_bytes(186)).decode()
    return f"v1u:{head}:{tail}"
