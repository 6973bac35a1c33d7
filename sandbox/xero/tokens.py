"""Who may call: codes, grants, JWT access tokens, rotating refresh tokens, connections."""

import base64
import hashlib
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.control import Clock
from sandbox.xero.values import Json, new_id

CODE_LIFE = 300
ACCESS_LIFE = 1800
ID_LIFE = 300
REFRESH_LIFE = 60 * 86400
GRACE = 1800
_KEY_ID = "sandbox-1"
_AUDIENCE = "https://identity.xero.com/resources"


class GrantError(Exception):
    """The token endpoint says no; the message is OAuth's error word."""


@dataclass(slots=True)
class Code:
    """This will hold a code between the consent and its one use."""

    user_id: str
    event_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    made: float


@dataclass(slots=True)
class Refresh:
    """This will hold one refresh token; a replaced one lives on for the grace period."""

    user_id: str
    event_id: str
    made: float
    replaced: float | None = None


@dataclass(slots=True)
class Connection:
    """This will join a user and an organisation to the app."""

    connection_id: str
    user_id: str
    tenant_id: str
    event_id: str
    created: datetime
    updated: datetime


@dataclass(slots=True)
class Access:
    """This will say what a live access token stands for."""

    user_id: str
    client_id: str
    scopes: frozenset[str]
    expires: float


@dataclass(slots=True)
class _State:
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    accesses: dict[str, Access] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # per user: what was ever consented to


class Tokens:
    """This will issue and check every credential of the one registered app."""

    def __init__(self, clock: Clock, client_id: str, issuer: str) -> None:
        self._clock, self.client_id, self._issuer = clock, client_id, issuer
        self._key = _signing_key()
        self._lock = threading.RLock()
        self._state = _State()

    def reset(self) -> None:
        """This will forget every credential and connection."""
        self._state = _State()

    def jwks(self) -> Json:
        """This will publish the key that signs tokens."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": _KEY_ID, "use": "sig", "alg": "RS256"}]}

    def consent(self, user_id: str, tenant_ids: list[str], scopes: tuple[str, ...]) -> str:
        """This will record what a person allowed, and return the authentication event's id."""
        event_id, now = new_id(), self._clock.now()
        with self._lock:
            known = self._state.scopes.get(user_id, ())
            self._state.scopes[user_id] = tuple(dict.fromkeys((*known, *scopes)))
            for tenant_id in tenant_ids:
                old = self._find(user_id, tenant_id)
                if old:
                    old.event_id, old.updated = event_id, now
                    continue
                made = Connection(new_id(), user_id, tenant_id, event_id, now, now + timedelta(milliseconds=2))
                self._state.connections[made.connection_id] = made
        return event_id

    def issue_code(self, user_id: str, event_id: str, scopes: tuple[str, ...], uri: str, challenge: str | None) -> str:
        """This will give a code for one use within five minutes."""
        code = secrets.token_urlsafe(32)
        self._state.codes[code] = Code(user_id, event_id, scopes, uri, challenge, self._clock.timestamp())
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str | None) -> tuple[str, str, tuple[str, ...]]:
        """This will take a code and say for whom, which event and which scopes it was.

        :raises GrantError: when it is used, old, or meant for another address.
        """
        with self._lock:
            found = self._state.codes.pop(code, None)
        if found is None or self._clock.timestamp() - found.made > CODE_LIFE or found.redirect_uri != redirect_uri:
            raise GrantError("invalid_grant")
        if found.challenge is not None and _challenge(verifier or "") != found.challenge:
            raise GrantError("invalid_grant")
        return found.user_id, found.event_id, found.scopes

    def rotate(self, refresh_token: str) -> tuple[str, str]:
        """This will take a refresh token, begin its grace period, and say for whom and which event it was.

        :raises GrantError: when it is unknown, unused for 60 days, or replaced more than 30 minutes ago.
        """
        now = self._clock.timestamp()
        with self._lock:
            found = self._state.refreshes.get(refresh_token)
            if found is None or now - found.made > REFRESH_LIFE:
                raise GrantError("invalid_grant")
            if found.replaced is not None and now - found.replaced > GRACE:
                raise GrantError("invalid_grant")
            found.replaced = found.replaced or now
            return found.user_id, found.event_id

    def issue(self, user: Json, event_id: str) -> Json:
        """This will give the token endpoint's answer with a new pair of tokens."""
        user_id, now = str(user["UserID"]), self._clock.timestamp()
        scopes = self._state.scopes.get(user_id, ())
        access = self._access_token(user_id, event_id, scopes, now)
        answer: Json = {"access_token": access, "expires_in": ACCESS_LIFE, "token_type": "Bearer"}
        answer["scope"] = " ".join(scopes)
        with self._lock:
            self._state.accesses[access] = Access(user_id, self.client_id, frozenset(scopes), now + ACCESS_LIFE)
            if "offline_access" in scopes:
                answer["refresh_token"] = token = secrets.token_urlsafe(33)
                self._state.refreshes[token] = Refresh(user_id, event_id, now)
        if "openid" in scopes:
            answer["id_token"] = self._id_token(user, access, scopes, now)
        return answer

    def check(self, access_token: str) -> Access | None:
        """This will say what an access token stands for, or None when we never gave it."""
        return self._state.accesses.get(access_token)

    def revoke(self, refresh_token: str) -> None:
        """This will end all that the token's user ever allowed the app."""
        with self._lock:
            found = self._state.refreshes.get(refresh_token)
            if found is None:
                return
            state, user_id = self._state, found.user_id
            state.refreshes = {key: one for key, one in state.refreshes.items() if one.user_id != user_id}
            state.connections = {key: one for key, one in state.connections.items() if one.user_id != user_id}
            state.scopes.pop(user_id, None)

    def connections(self, user_id: str | None = None) -> list[Connection]:
        """This will list the connections, of one user or of all."""
        with self._lock:
            return [one for one in self._state.connections.values() if user_id in (None, one.user_id)]

    def connected(self, user_id: str | None, tenant_id: str) -> bool:
        """This will tell whether the app may reach that organisation as that user (None: as anybody)."""
        return self._find(user_id, tenant_id) is not None

    def disconnect(self, connection_id: str) -> None:
        """This will end one connection."""
        with self._lock:
            self._state.connections.pop(connection_id, None)

    def _find(self, user_id: str | None, tenant_id: str) -> Connection | None:
        for one in list(self._state.connections.values()):
            if one.tenant_id == tenant_id and user_id in (None, one.user_id):
                return one
        return None

    def _access_token(self, user_id: str, event_id: str, scopes: tuple[str, ...], now: float) -> str:
        claims = self._claims(user_id, now, ACCESS_LIFE) | {"aud": _AUDIENCE, "client_id": self.client_id}
        claims |= {"xero_userid": user_id, "global_session_id": event_id.replace("-", ""), "jti": secrets.token_hex(16)}
        claims |= {"authentication_event_id": event_id, "scope": list(scopes)}
        return self._sign(claims)

    def _id_token(self, user: Json, access: str, scopes: tuple[str, ...], now: float) -> str:
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = self._claims(str(user["UserID"]), now, ID_LIFE) | {"aud": self.client_id, "iat": int(now)}
        claims |= {"at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(), "xero_userid": user["UserID"]}
        if "email" in scopes:
            claims["email"] = user["EmailAddress"]
        if "profile" in scopes:
            claims |= {"preferred_username": user["EmailAddress"], "given_name": user["FirstName"]}
            claims |= {"family_name": user["LastName"], "name": f"{user['FirstName']} {user['LastName']}"}
        return self._sign(claims)

    def _claims(self, user_id: str, now: float, life: int) -> Json:
        subject = hashlib.sha256(user_id.encode()).hexdigest()[:32]
        times = {"nbf": int(now), "exp": int(now) + life, "auth_time": int(now)}
        return {**times, "iss": self._issuer, "sub": subject}

    def _sign(self, claims: Json) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def iso7(moment: datetime) -> str:
    """This will write a moment as /connections does: no zone, seven digits behind the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
