"""Installing in Pipedrive: consent, tokens, revocation."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from sync.clients.answers import error_body
from sync.clients.oauth import TokenEndpoint, Tokens
from sync.clients.pipedrive._errors import PIPEDRIVE
from sync.clients.transport import CONNECT_AND_READ_SECONDS, Response
from sync.domain.secret import Secret
from sync.errors import Permanent

PIPEDRIVE_OAUTH_URL = "https://oauth.pipedrive.com"

_COMPANY_ORIGIN = re.compile(r"https://[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.pipedrive\.com")


class WrongApiDomain(Permanent):
    """The token answer names an API host that is not Pipedrive's; nothing is sent there."""


class PipedriveOAuth:
    """https://pipedrive.readme.io/docs/marketplace-oauth-authorization"""

    def __init__(
        self,
        *,
        oauth_url: str = PIPEDRIVE_OAUTH_URL,
        client_id: str,
        client_secret: Secret,
        redirect_uri: str,
        timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS,
    ) -> None:
        self._oauth_url = oauth_url.rstrip("/")
        self._endpoint = TokenEndpoint(
            vendor=PIPEDRIVE,
            token_url=f"{self._oauth_url}/oauth/token",
            revoke_url=f"{self._oauth_url}/oauth/revoke",
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=redirect_uri,
            says_grant_is_dead=_says_grant_is_dead,
            timeout=timeout,
        )

    # https://pipedrive.readme.io/docs/marketplace-oauth-authorization (step 2; scopes live in Developer Hub)
    def authorize_url(self, *, state: str) -> str:
        """Give the address of Pipedrive's consent page."""
        return self._endpoint.authorize_url(url=f"{self._oauth_url}/oauth/authorize", state=state)

    # https://pipedrive.readme.io/docs/marketplace-oauth-authorization (steps 4 and 5)
    def exchange(self, *, code: str) -> Tokens:
        """Turn the callback's code into tokens.

        :raises GrantDead: the code was used before or is older than five minutes.
        :raises WrongApiDomain: the answer points elsewhere.
        """
        tokens = self._endpoint.exchange(code=code)
        return replace(tokens, api_domain=check_api_domain(api_domain=tokens.api_domain, oauth_url=self._oauth_url))

    # https://pipedrive.readme.io/docs/marketplace-oauth-authorization (step 7)
    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Give new tokens; the API domain may have changed or be missing, and is not checked yet: whoever keeps the
        tokens does that once they are kept, for a rotated refresh token must not be lost over it.

        :raises GrantDead: the user must install again, if the stored refresh token is still this one.
        """
        return self._endpoint.refresh(refresh_token=refresh_token)

    # https://pipedrive.readme.io/docs/app-uninstallation
    def revoke(self, *, token: Secret) -> None:
        """Take a token back; a refresh token takes the whole installation with it."""
        self._endpoint.revoke(token=token)


def check_api_domain(*, api_domain: str, oauth_url: str) -> str:
    """Give `api_domain` as an origin without a trailing slash, if tokens may be sent there.

    :raises WrongApiDomain: it is neither a company at pipedrive.com nor, with another OAuth server, that server.
    """
    origin = api_domain.removesuffix("/").lower()
    if oauth_url.rstrip("/") == PIPEDRIVE_OAUTH_URL:
        allowed = _COMPANY_ORIGIN.fullmatch(origin) is not None
    else:
        parts = urlsplit(oauth_url)
        allowed = origin == f"{parts.scheme}://{parts.netloc}".lower()
    if not allowed:
        raise WrongApiDomain("the API domain in Pipedrive's token answer is not Pipedrive's")
    return origin


_DEAD_GRANT = (
    r"invalid[_ ]grant\b",
    r"\b(refresh[_ ]token|authorization[_ ]code|code)\b.*\b(invalid|not valid|expired|already)\b",
    r"\b(invalid|expired)\b.*\b(refresh[_ ]token|authorization[_ ]code)\b",
)


def _says_grant_is_dead(response: Response) -> bool:
    # The keys of this body are not documented, only its sentences.
    # https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes
    body = error_body(response)
    said = " ".join(str(body.get(key, "")) for key in ("error", "message", "error_description")).lower()
    if not said.strip() and "html" not in response.headers.get("content-type", ""):
        said = response.body[:300].decode("utf-8", "replace").lower()
    return any(re.search(pattern, said) for pattern in _DEAD_GRANT)
