"""What each of Xero's statuses and bodies means."""

from typing import Any

import pytest
import responses

from sync.clients.failures import (
    Disconnected,
    Forbidden,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenExpired,
    Unavailable,
    Unreadable,
)
from sync.errors import ErrorCode, InstepError
from tests.unit.clients.vendors import ACCOUNTING, Tokens, a_xero_client

ORGANISATION, INVOICES = f"{ACCOUNTING}/Organisation", f"{ACCOUNTING}/Invoices"
INSUFFICIENT = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}


def problem(status: int, detail: str) -> dict[str, object]:
    return {"Type": None, "Title": "No", "Status": status, "Detail": detail, "Instance": "i", "Extensions": {}}


@pytest.mark.parametrize(
    ("status", "answer", "expected", "code"),
    [
        (401, {"json": problem(401, "AuthorizationUnsuccessful")}, MissingScope, ErrorCode.XERO_MISSING_SCOPE),
        (401, {"json": {"detail": "AuthorizationUnsuccessful"}}, MissingScope, ErrorCode.XERO_MISSING_SCOPE),
        (401, {"body": "", "headers": INSUFFICIENT}, MissingScope, ErrorCode.XERO_MISSING_SCOPE),
        (403, {"json": problem(403, "AuthenticationUnsuccessful")}, Disconnected, ErrorCode.XERO_RECONNECT),
        (403, {"json": {"detail": "authenticationunsuccessful"}}, Disconnected, ErrorCode.XERO_RECONNECT),
        (403, {"body": '{"Detail": "AuthenticationUnsuccess'}, Forbidden, ErrorCode.NOT_ALLOWED),
        (403, {"json": problem(403, "not permitted to access this resource")}, Forbidden, ErrorCode.NOT_ALLOWED),
        (403, {"body": "", "headers": INSUFFICIENT}, MissingScope, ErrorCode.XERO_MISSING_SCOPE),
        (403, {"body": "<html>"}, Forbidden, ErrorCode.NOT_ALLOWED),
        (412, {"body": ""}, Refused, ErrorCode.XERO_REFUSED),
        (414, {"body": "<html>"}, Refused, ErrorCode.XERO_REFUSED),
        (500, {"body": ""}, Unavailable, ErrorCode.XERO_UNAVAILABLE),
        (503, {"body": "The organisation is offline"}, Unavailable, ErrorCode.XERO_UNAVAILABLE),
    ],
)  # fmt: skip
def test_a_question(
    web: responses.RequestsMock, status: int, answer: dict[str, Any], expected: type[InstepError], code: ErrorCode
) -> None:
    web.get(ORGANISATION, status=status, **answer)
    tokens = Tokens()

    with pytest.raises(expected) as caught:
        a_xero_client(tokens).organisation()

    assert getattr(caught.value, "code", None) is code
    assert tokens.renewals == []


@pytest.mark.parametrize("body", ['{"Detail": "TokenExpired: token expired at 11/22/2026"}', "", "<html>", '{"Det'])
def test_an_expired_token_is_renewed_once_only(web: responses.RequestsMock, body: str) -> None:
    asked = web.get(ORGANISATION, status=401, body=body)
    tokens = Tokens()

    with pytest.raises(TokenExpired):
        a_xero_client(tokens).organisation()

    assert (asked.call_count, tokens.renewals) == (2, ["token-1"])


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, "The resource you're looking for cannot be found", NotFound),
        (500, "{}", OutcomeUnknown),
        (503, "<html>", OutcomeUnknown),
        (301, "", OutcomeUnknown),
        (200, "{}", OutcomeUnknown),
        (200, '{"Invoices": []}', OutcomeUnknown),
        (200, '{"Invoices": [{"InvoiceID": "i"}]}', OutcomeUnknown),
        (200, "<html>", OutcomeUnknown),
    ],
)
def test_a_write(web: responses.RequestsMock, status: int, body: str, expected: type[InstepError]) -> None:
    sent = web.put(INVOICES, status=status, body=body)

    with pytest.raises(expected):
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")

    assert sent.call_count == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{}", '{"Organisations": 5}', '{"Organisations": []}', '{"Organisations": [5]}'])  # fmt: skip
def test_an_answer_without_what_was_asked_for_is_unreadable(web: responses.RequestsMock, body: str) -> None:
    web.get(ORGANISATION, body=body)

    with pytest.raises(Unreadable):
        a_xero_client().organisation()


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [
        {
            "InvoiceID": "00000000-0000-0000-0000-000000000000",
            "Contact": {"ValidationErrors": [{"Message": "The contact is archived"}], "Addresses": []},
            "LineItems": [{"ValidationErrors": [{"Message": "Account code '999' is not a valid code"}]}],
            "ValidationErrors": [{"Message": "The contact is archived"}, {"Message": ""}, "odd", {"Text": "odd"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("body", "code", "messages"),
    [
        (
            VALIDATION,
            ErrorCode.XERO_REFUSED,
            ("The contact is archived", "Account code '999' is not a valid code"),
        ),
        (
            {"Message": "Idempotency Key: k is used with a different request."},
            ErrorCode.XERO_REFUSED,
            ("Idempotency Key: k is used with a different request.",),
        ),
        ({"detail": "No", "message": 5}, ErrorCode.XERO_REFUSED, ("No",)),
        (
            {"elements": [{"validationErrors": [{"message": "Organisation is not subscribed to currency SEK"}]}]},
            ErrorCode.CURRENCY_NOT_ENABLED,
            ("Organisation is not subscribed to currency SEK",),
        ),
        (
            {"Elements": [{"ValidationErrors": [{"Message": "The document date cannot be before the period lock date"}]}]},
            ErrorCode.PERIOD_LOCKED,
            ("The document date cannot be before the period lock date",),
        ),
        ([], ErrorCode.XERO_REFUSED, ()),
    ],
)  # fmt: skip
def test_a_refusal_carries_xeros_own_sentences(
    web: responses.RequestsMock, body: object, code: ErrorCode, messages: tuple[str, ...]
) -> None:
    web.put(INVOICES, status=400, json=body)

    with pytest.raises(Refused) as caught:
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")

    assert (caught.value.code, caught.value.messages) == (code, messages)


def test_an_element_in_error_is_a_refusal_in_a_good_answer_too(web: responses.RequestsMock) -> None:
    element = {"StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "Not like this"}]}
    web.put(INVOICES, json={"Invoices": [element]})

    with pytest.raises(Refused, match="Not like this"):
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")


def test_a_body_nested_beyond_reason_is_a_refusal_without_words(web: responses.RequestsMock) -> None:
    web.put(INVOICES, status=400, body='{"Elements": ' + "[" * 900 + "]" * 900 + "}")

    with pytest.raises(Refused) as caught:
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")

    assert caught.value.messages == ()


def test_a_flood_of_sentences_is_cut(web: responses.RequestsMock) -> None:
    element = {"ValidationErrors": [{"Message": f"Line {number} is wrong"} for number in range(90)]}
    web.put(INVOICES, status=400, json={"Elements": [element]})

    with pytest.raises(Refused) as caught:
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")

    assert len(caught.value.messages) == 20


@pytest.mark.parametrize(
    ("headers", "retry_after", "name"),
    [
        ({"X-Rate-Limit-Problem": "Minute", "Retry-After": "42"}, 42.0, "minute"),
        ({"X-Rate-Limit-Problem": "day", "Retry-After": "66975"}, 66975.0, "day"),
        ({"X-Rate-Limit-Problem": "concurrent"}, None, "concurrent"),
        ({"Retry-After": "soon"}, None, ""),
    ],
)
def test_a_limit_is_named_and_not_waited_for(
    web: responses.RequestsMock, headers: dict[str, str], retry_after: float | None, name: str
) -> None:
    web.put(INVOICES, status=429, body="<html>", headers=headers)

    with pytest.raises(RateLimited) as caught:
        a_xero_client().create_invoice(body=b"{}", idempotency_key="k")

    assert (caught.value.retry_after, caught.value.problem) == (retry_after, name)
