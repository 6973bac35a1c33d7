"""Connecting to Xero: consent, tokens, revocation, and who the tokens belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jwt

from sync.clients.answers import error_body
from sync.clients.failures import Unreadable
from sync.clients.oauth import TokenEndpoint, Tokens
from sync.clients.transport import CONNECT_AND_READ_SECONDS, Response
from sync.clients.xero._errors import XERO
from sync.domain.secret import Secret

XERO_LOGIN_URL = "https://login.xero.com"
XERO_IDENTITY_URL = "https://identity.xero.com"


@dataclass(frozen=True)
class AccessClaims:
    """What the tokens say of the Xero user; `name` and `email` are empty without an id token."""

    xero_userid: str
    authentication_event_id: str
    scope: str
    name: str = ""
    email: str = ""


class XeroOAuth:
    """https://developer.xero.com/documentation/guides/oauth2/auth-flow"""

    def __init__(
        self,
        *,
        login_url: str = XERO_LOGIN_URL,
        identity_url: str = XERO_IDENTITY_URL,
        client_id: str,
        client_secret: Secret,
        redirect_uri: str,
        scopes: Sequence[str],
        timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS,
    ) -> None:
        self._login_url = login_url.rstrip("/")
        self._scopes = tuple(scopes)
        identity_url = identity_url.rstrip("/")
        self._endpoint = TokenEndpoint(
            vendor=XERO,
            token_url=f"{identity_url}/connect/token",
            revoke_url=f"{identity_url}/connect/revocation",
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=redirect_uri,
            says_grant_is_dead=_says_grant_is_dead,
            timeout=timeout,
        )

    # https://developer.xero.com/documentation/guides/oauth2/auth-flow (step 1)
    def authorize_url(self, *, state: str) -> str:
        """Give the address of Xero's consent page."""
        url = f"{self._login_url}/identity/connect/authorize"
        return self._endpoint.authorize_url(url=url, state=state, scopes=self._scopes)

    # https://developer.xero.com/documentation/guides/oauth2/auth-flow (step 3)
    def exchange(self, *, code: str) -> Tokens:
        """Turn the callback's code into tokens.

        :raises GrantDead: the code was used before or is older than five minutes.
        """
        return self._endpoint.exchange(code=code)

    # https://developer.xero.com/documentation/guides/oauth2/auth-flow (refreshing access tokens)
    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Give new tokens; the old refresh token stays good for thirty minutes if this answer is lost.

        :raises GrantDead: the user must consent again, if the stored refresh token is still this one.
        """
        return self._endpoint.refresh(refresh_token=refresh_token)

    # https://developer.xero.com/documentation/guides/oauth2/auth-flow (revoking tokens)
    def revoke(self, *, refresh_token: Secret) -> None:
        """End the grant, and with it every organisation that this user connected to the app."""
        self._endpoint.revoke(token=refresh_token)


def read_claims(access_token: Secret, id_token: Secret | None = None) -> AccessClaims:
    """Read who consented, and in which consent.

    The signature is not looked at: these tokens have just come from the token endpoint over TLS, not from a browser.
    `authentication_event_id` is in the access token only.

    :raises Unreadable: this is no JWT, or the user is not in it.
    """
    claims = _claims_of(access_token)
    person = _claims_of(id_token) if id_token else {}
    scope = claims.get("scope", "")
    user, event = claims.get("xero_userid"), claims.get("authentication_event_id")
    if not isinstance(user, str) or not isinstance(event, str):
        raise Unreadable("xero access token: no xero_userid or authentication_event_id")
    return AccessClaims(
        xero_userid=user,
        authentication_event_id=event,
        scope=" ".join(map(str, scope)) if isinstance(scope, list) else str(scope),
        name=str(person.get("name") or ""),
        email=str(person.get("email") or ""),
    )


def _claims_of(token: Secret) -> Mapping[str, object]:
    try:
        claims: dict[str, object] = jwt.decode(token.reveal(), options={"verify_signature": False})
    except jwt.InvalidTokenError as err:
        raise Unreadable("xero token: not a JWT") from err
    return claims


def _says_grant_is_dead(response: Response) -> bool:
    return str(error_body(response).get("error", "")).lower() == "invalid_grant"
