"""Pipedrive's statuses and error bodies, and what each means for us."""

from collections.abc import Callable, Mapping

from sync.clients.answers import dict_of, error_body, retry_after, server_failure, tidy_messages, unreadable
from sync.clients.failures import (
    AccountClosed,
    Forbidden,
    MissingScope,
    NotFound,
    PlanLimit,
    RateLimited,
    Refused,
    TokenExpired,
    Vendor,
)
from sync.clients.transport import Request, Response
from sync.errors import ErrorCode, InstepError

PIPEDRIVE = Vendor(
    name="pipedrive",
    busy=ErrorCode.PIPEDRIVE_BUSY,
    unavailable=ErrorCode.PIPEDRIVE_UNAVAILABLE,
)

_BURST_WINDOW_SECONDS = 2.0


def check(request: Request, response: Response) -> None:
    """Let a 2xx pass and raise what any other answer means.

    https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
    """
    if not 200 <= response.status < 300:
        raise _failure(request, response)


def _failure(request: Request, response: Response) -> InstepError:
    if response.status >= 500:
        return server_failure(request, response)
    if response.status < 400:
        return unreadable(request, str(response.status))
    return _BY_STATUS.get(response.status, _refused)(request, response)


def _refused(_request: Request, response: Response) -> InstepError:
    return Refused(ErrorCode.PIPEDRIVE_REFUSED, messages=_messages(error_body(response)))


def _forbidden(request: Request, response: Response) -> InstepError:
    if "html" in response.headers.get("content-type", ""):
        # Cloudflare's page, which meets those who go on after a 429.
        return RateLimited(ErrorCode.PIPEDRIVE_BUSY, problem="blocked", detail=request.summary)
    body = error_body(response)
    if str(body.get("code", "")).startswith("feature_capping"):
        return PlanLimit(ErrorCode.PIPEDRIVE_PLAN)
    if "scope" in str(body.get("error", "")).lower():
        return MissingScope(ErrorCode.INSTALL_LAPSED)
    return Forbidden(ErrorCode.NOT_ALLOWED)


def _too_many(request: Request, response: Response) -> InstepError:
    # The burst window is two seconds; no header tells of the company's daily tokens.
    # https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    wait, problem = retry_after(response), ""
    if response.headers.get("x-ratelimit-remaining") == "0":
        wait, problem = wait or _BURST_WINDOW_SECONDS, "burst"
    return RateLimited(ErrorCode.PIPEDRIVE_BUSY, retry_after=wait, problem=problem, detail=request.summary)


def _messages(body: Mapping[str, object]) -> tuple[str, ...]:
    found = [text for key in ("error", "message") if isinstance(text := body.get(key), str)]
    for field, sentences in dict_of(body.get("errors")).items():
        listed = sentences if isinstance(sentences, list) else [sentences]
        found += [f"{field}: {text}" for text in listed if isinstance(text, str)]
    return tidy_messages(found)


_BY_STATUS: Mapping[int, Callable[[Request, Response], InstepError]] = {
    401: lambda request, _: TokenExpired(ErrorCode.INSTALL_LAPSED, detail=request.summary),
    402: lambda *_: AccountClosed(ErrorCode.PIPEDRIVE_CLOSED),
    403: _forbidden,
    404: lambda request, _: NotFound(f"{request.summary}: 404"),
    410: lambda request, _: NotFound(f"{request.summary}: 410"),
    415: lambda *_: PlanLimit(ErrorCode.PIPEDRIVE_PLAN),
    # Documented only for the limit of 40 webhooks.
    422: lambda *_: PlanLimit(ErrorCode.PIPEDRIVE_PLAN),
    429: _too_many,
}
