"""What each of Pipedrive's statuses and bodies means."""

from typing import Any

import pytest
import responses

from sync.clients.failures import (
    AccountClosed,
    Forbidden,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    PlanLimit,
    RateLimited,
    Refused,
    Unavailable,
)
from sync.errors import ErrorCode, InstepError
from tests.unit.clients.vendors import COMPANY, a_pipedrive_client

DEAL = f"{COMPANY}/api/v2/deals/1"
HTML = {"body": "<html>blocked</html>", "content_type": "text/html"}


@pytest.mark.parametrize(
    ("status", "answer", "expected", "code"),
    [
        (402, {"body": ""}, AccountClosed, ErrorCode.PIPEDRIVE_CLOSED),
        (403, {"json": {"success": False, "error": "Scope and URL mismatch", "errorCode": 403}}, MissingScope, ErrorCode.INSTALL_LAPSED),
        (403, {"json": {"success": False, "code": "feature_capping_deals"}}, PlanLimit, ErrorCode.PIPEDRIVE_PLAN),
        (403, {"json": {"success": False, "message": "Forbidden"}}, Forbidden, ErrorCode.NOT_ALLOWED),
        (403, {"body": ""}, Forbidden, ErrorCode.NOT_ALLOWED),
        (403, HTML, RateLimited, ErrorCode.PIPEDRIVE_BUSY),
        (415, {"body": ""}, PlanLimit, ErrorCode.PIPEDRIVE_PLAN),
        (422, {"json": {"success": False}}, PlanLimit, ErrorCode.PIPEDRIVE_PLAN),
        (400, HTML, Refused, ErrorCode.PIPEDRIVE_REFUSED),
        (405, {"json": []}, Refused, ErrorCode.PIPEDRIVE_REFUSED),
        (500, HTML, Unavailable, ErrorCode.PIPEDRIVE_UNAVAILABLE),
        (503, {"body": ""}, Unavailable, ErrorCode.PIPEDRIVE_UNAVAILABLE),
    ],
)  # fmt: skip
def test_a_question(
    web: responses.RequestsMock, status: int, answer: dict[str, Any], expected: type[InstepError], code: ErrorCode
) -> None:
    web.get(DEAL, status=status, **answer)

    with pytest.raises(expected) as caught:
        a_pipedrive_client().get_deal(deal_id=1)

    assert getattr(caught.value, "code", None) is code


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, NotFound), (410, NotFound), (302, OutcomeUnknown), (500, OutcomeUnknown), (503, OutcomeUnknown)],
)
def test_a_write(web: responses.RequestsMock, status: int, expected: type[InstepError]) -> None:
    web.patch(DEAL, status=status, body="<html>")

    with pytest.raises(expected):
        a_pipedrive_client().update_deal_fields(deal_id=1, values={})


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"success": False, "error": "Bad request", "error_info": "Please check"}, ("Bad request",)),
        (
            {"status": "error", "success": False, "errors": {"subscription_url": ["invalid or non-reachable URL"]}},
            ("subscription_url: invalid or non-reachable URL",),
        ),
        ({"errors": {"name": "too long", "odd": 5}, "message": "No"}, ("No", "name: too long")),
        ({"error": {"nested": 1}, "errors": ["x"]}, ()),
        ({"error": "x" * 900}, ("x" * 500,)),
    ],
)
def test_a_refusal_carries_pipedrives_own_sentences(
    web: responses.RequestsMock, body: object, messages: tuple[str, ...]
) -> None:
    web.get(DEAL, status=400, json=body)

    with pytest.raises(Refused) as caught:
        a_pipedrive_client().get_deal(deal_id=1)

    assert caught.value.messages == messages


@pytest.mark.parametrize(
    ("headers", "retry_after", "problem"),
    [
        ({}, None, ""),
        ({"Retry-After": "7"}, 7.0, ""),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:00 GMT"}, None, ""),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 2.0, "burst"),
        ({"x-ratelimit-remaining": "0", "Retry-After": "5"}, 5.0, "burst"),
        ({"x-ratelimit-remaining": "40"}, None, ""),
    ],
)
def test_too_many_requests(
    web: responses.RequestsMock, headers: dict[str, str], retry_after: float | None, problem: str
) -> None:
    web.patch(DEAL, status=429, body="Request over limit", headers=headers)

    with pytest.raises(RateLimited) as caught:
        a_pipedrive_client().update_deal_fields(deal_id=1, values={})

    assert (caught.value.retry_after, caught.value.problem) == (retry_after, problem)
