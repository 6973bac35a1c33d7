"""What both platforms share of OAuth 2: the token endpoint, through requests-oauthlib."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from marshmallow import fields, post_load, pre_load, validate
from requests_oauthlib import OAuth2Session

from sync.clients import exact_json
from sync.clients.answers import AnswerSchema, dict_of, error_body, loaded, payload, retry_after, unreadable
from sync.clients.failures import GrantDead, OutcomeUnknown, RateLimited, TokenRefused, Unavailable, Vendor
from sync.clients.transport import CONNECT_AND_READ_SECONDS, Request, Response
from sync.domain.secret import Secret
from sync.errors import InstepError

# At level DEBUG requests-oauthlib writes whole token requests and answers to the log.
logging.getLogger("requests_oauthlib").setLevel(logging.INFO)
logging.getLogger("oauthlib").setLevel(logging.INFO)


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint gives; `scope` is separated by spaces, `api_domain` is Pipedrive's, `id_token` Xero's."""

    access_token: Secret
    refresh_token: Secret
    expires_in: int
    scope: str
    api_domain: str = ""
    id_token: Secret = field(default_factory=lambda: Secret(""))


class TokensSchema(AnswerSchema):
    """A token answer of either platform."""

    access_token = fields.String(required=True, validate=validate.Length(min=1))
    refresh_token = fields.String(required=True, validate=validate.Length(min=1))
    token_type = fields.String(required=True, validate=validate.Regexp(r"(?i)bearer\Z"))
    expires_in = fields.Integer(required=True, validate=validate.Range(min=1))
    scope = fields.String(load_default="")
    api_domain = fields.String(load_default="")
    id_token = fields.String(load_default="")

    @pre_load
    def _normalise(self, answer: dict[str, Any], **_: object) -> dict[str, object]:
        # oauthlib has made a list of the scope.
        return {**answer, "scope": " ".join(answer.get("scope", []))}

    @post_load
    def _to_tokens(self, answer: dict[str, Any], **_: object) -> Tokens:
        return Tokens(
            access_token=Secret(answer["access_token"]),
            refresh_token=Secret(answer["refresh_token"]),
            expires_in=answer["expires_in"],
            scope=answer["scope"],
            api_domain=answer["api_domain"],
            id_token=Secret(answer["id_token"]),
        )


@dataclass(frozen=True)
class TokenEndpoint:
    """One platform's token endpoint and this app's credentials there."""

    vendor: Vendor
    token_url: str
    revoke_url: str
    client_id: str
    client_secret: Secret
    redirect_uri: str
    says_grant_is_dead: Callable[[Response], bool]
    timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS

    def exchange(self, *, code: str) -> Tokens:
        """Turn a fresh authorisation code into tokens.

        :raises GrantDead: the code was used before or is too old.
        :raises TokenRefused: the fault is the app's own.
        :raises Unavailable: no readable answer.
        """
        return self._tokens(lambda session: session.fetch_token(self.token_url, code=code, **self._with_client()))

    def refresh(self, *, refresh_token: Secret) -> Tokens:
        """Give the tokens that follow on `refresh_token`; store both at once, the old one may be dead.

        :raises GrantDead: the refresh token is not accepted; re-read the stored one before believing it.
        :raises TokenRefused: the fault is the app's own, and says nothing of the grant.
        :raises Unavailable: no readable answer; the same refresh token may be sent again.
        """
        return self._tokens(
            lambda session: session.refresh_token(
                self.token_url, refresh_token=refresh_token.reveal(), **self._with_client()
            )
        )

    def revoke(self, *, token: Secret) -> None:
        """Take a token back (RFC 7009); one that is unknown already counts as taken back.

        :raises Unavailable: no answer.
        """
        request = Request(self.vendor, "POST", self.revoke_url)
        with self._session(request) as session:
            try:
                answer = session.post(self.revoke_url, data={"token": token.reveal()}, **self._with_client())
            except requests.RequestException as err:
                raise self._no_answer(request, type(err).__name__) from err
        self._good(request, answer)

    def authorize_url(self, *, url: str, state: str, scopes: tuple[str, ...] = ()) -> str:
        """Give the address of the consent page."""
        session = OAuth2Session(self.client_id, redirect_uri=self.redirect_uri, scope=list(scopes) or None)
        address, _ = session.authorization_url(url, state=state)
        return str(address)

    def _with_client(self) -> dict[str, Any]:
        return {"auth": (self.client_id, self.client_secret.reveal()), "timeout": self.timeout}

    def _session(self, request: Request) -> OAuth2Session:
        # Without scopes: had it ours, oauthlib would raise when the answer names them in another order or form.
        session = OAuth2Session(self.client_id, redirect_uri=self.redirect_uri)
        session.max_redirects = 0
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, lambda answer: self._readable(request, answer))
        return session

    def _tokens(self, ask: Callable[[OAuth2Session], dict[str, Any]]) -> Tokens:
        request = Request(self.vendor, "POST", self.token_url)
        try:
            with self._session(request) as session:
                answer = ask(session)
            tokens: Tokens = loaded(request, TokensSchema(), dict(answer))
        except requests.RequestException as err:
            raise self._no_answer(request, type(err).__name__) from err
        except (OutcomeUnknown, ValueError) as err:
            # Not a dead grant: the same refresh token may still be good for another try.
            raise self._no_answer(request, "unreadable answer") from err
        return tokens

    def _readable(self, request: Request, answer: requests.Response) -> requests.Response:
        """Let through only what oauthlib can parse: it takes a text for a query string, and trips over odd values."""
        content = dict_of(payload(request, self._good(request, answer)))
        known = {key: content[key] for key in TokensSchema().fields if content.get(key) is not None}
        if "access_token" not in known or "error" in content:
            raise unreadable(request, "no tokens")
        # Pipedrive separates scopes by commas, Xero by spaces.
        known["scope"] = " ".join(str(content.get("scope", "")).replace(",", " ").split())
        answer._content = exact_json.dumps(known)  # as requests-oauthlib's own compliance fixes do
        return answer

    def _good(self, request: Request, answer: requests.Response) -> Response:
        response = Response(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.content,
        )
        failure = self._failure(request, response)
        if failure:
            raise failure
        return response

    def _failure(self, request: Request, response: Response) -> InstepError | None:
        if response.status == 200:
            return None
        if response.status == 429:
            return RateLimited(self.vendor.busy, retry_after=retry_after(response), detail=request.summary)
        if response.status == 400 and self.says_grant_is_dead(response):
            return GrantDead(f"{request.summary}: {response.status}")
        if response.status in (400, 401):
            return TokenRefused(f"{request.summary}: {response.status} {_known_error(response)}".rstrip())
        return self._no_answer(request, str(response.status))

    def _no_answer(self, request: Request, why: str) -> Unavailable:
        return Unavailable(self.vendor.unavailable, detail=f"{request.summary}: {why}")


# RFC 6749, section 5.2, and RFC 7009, section 2.2.1: the only words of an error answer that are repeated.
_KNOWN_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "unsupported_token_type",
    }
)


def _known_error(response: Response) -> str:
    error = error_body(response).get("error")
    return error if isinstance(error, str) and error in _KNOWN_ERRORS else ""
