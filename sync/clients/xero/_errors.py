"""Xero's statuses and error bodies, and what each means for us."""

from collections.abc import Callable, Iterator, Mapping

from sync.clients.answers import error_body, retry_after, server_failure, tidy_messages, unreadable
from sync.clients.failures import (
    Disconnected,
    Forbidden,
    MissingScope,
    NotFound,
    RateLimited,
    Refused,
    TokenExpired,
    Vendor,
)
from sync.clients.transport import Request, Response
from sync.clients.xero._places import refused_places
from sync.errors import ErrorCode, InstepError

XERO = Vendor(
    name="xero",
    busy=ErrorCode.XERO_BUSY,
    unavailable=ErrorCode.XERO_UNAVAILABLE,
)

_REFUSALS_WITH_A_CODE = {
    "must be un-archived": ErrorCode.CONTACT_ARCHIVED,
    "does not have an email": ErrorCode.EMAIL_NO_ADDRESS,
    "email limit": ErrorCode.EMAIL_LIMIT,
    "already assigned to another contact": ErrorCode.CONTACT_NAME_TAKEN,
    "not of valid status": ErrorCode.WRONG_STATUS,
    "payment or credit note allocated": ErrorCode.HAS_PAYMENTS,
    "not subscribed to currency": ErrorCode.CURRENCY_NOT_ENABLED,
    "lock date": ErrorCode.PERIOD_LOCKED,
}
_DEEPEST_SENTENCE = 12


def check(request: Request, response: Response) -> None:
    """Let a 2xx pass and raise what any other answer means.

    https://developer.xero.com/documentation/api/accounting/responsecodes
    """
    if not 200 <= response.status < 300:
        raise _failure(request, response)


def refused(body: object) -> Refused:
    """Give the refusal that a body with `ValidationErrors` means."""
    messages = tidy_messages(list(_sentences(body)))
    said = " ".join(messages).lower()
    codes = [code for words, code in _REFUSALS_WITH_A_CODE.items() if words in said]
    return Refused(codes[0] if codes else ErrorCode.XERO_REFUSED, messages=messages, places=refused_places(body))


def _failure(request: Request, response: Response) -> InstepError:
    if response.status >= 500:
        return server_failure(request, response)
    if response.status < 400:
        return unreadable(request, str(response.status))
    return _BY_STATUS.get(response.status, _refused)(request, response)


def _refused(_request: Request, response: Response) -> InstepError:
    body = error_body(response)
    failure = refused(body.get("elements"))
    if failure.messages:
        return failure
    summary = [body[key] for key in ("message", "detail") if isinstance(body.get(key), str)]
    return refused([{"ValidationErrors": [{"Message": text}]} for text in summary])


def _sentences(node: object, levels: int = _DEEPEST_SENTENCE) -> Iterator[str]:
    """Walk down: the sentences nest in contacts, lines and addresses."""
    if not levels:
        return
    if isinstance(node, list):
        for item in node:
            yield from _sentences(item, levels - 1)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key.lower() == "validationerrors" and isinstance(value, list):
                yield from (text for one in value if isinstance(text := _message(one), str))
            else:
                yield from _sentences(value, levels - 1)


def _message(error: object) -> object:
    return error.get("Message", error.get("message")) if isinstance(error, dict) else None


def _unauthorized(request: Request, response: Response) -> InstepError:
    # The twins: 401 Authori*zation*Unsuccessful lacks a scope, 403 Authenti*cation*Unsuccessful is disconnected.
    if _lacks_scope(response) or _says(response, b"authorizationunsuccessful"):
        return MissingScope(ErrorCode.XERO_MISSING_SCOPE)
    return TokenExpired(ErrorCode.XERO_RECONNECT, detail=request.summary)


def _forbidden(_request: Request, response: Response) -> InstepError:
    if _says(response, b"authenticationunsuccessful"):
        return Disconnected(ErrorCode.XERO_RECONNECT)
    if _lacks_scope(response):
        return MissingScope(ErrorCode.XERO_MISSING_SCOPE)
    return Forbidden(ErrorCode.NOT_ALLOWED)


def _lacks_scope(response: Response) -> bool:
    return "insufficient_scope" in response.headers.get("www-authenticate", "").lower()


def _says(response: Response, word: bytes) -> bool:
    # In the raw body: the key's case varies, and the body need not be JSON.
    return word in response.body.lower()


def _too_many(request: Request, response: Response) -> InstepError:
    # https://developer.xero.com/documentation/guides/oauth2/limits
    return RateLimited(
        ErrorCode.XERO_BUSY,
        retry_after=retry_after(response),
        problem=response.headers.get("x-rate-limit-problem", "").strip().lower(),
        detail=request.summary,
    )


_BY_STATUS: Mapping[int, Callable[[Request, Response], InstepError]] = {
    401: _unauthorized,
    403: _forbidden,
    404: lambda request, _: NotFound(f"{request.summary}: 404"),
    429: _too_many,
}
