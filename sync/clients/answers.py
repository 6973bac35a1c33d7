"""Reading an answer: JSON, then a schema, then a value of ours; and what to say when it cannot be read."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from sync.clients import exact_json
from sync.clients.failures import OutcomeUnknown, Unavailable, Unreadable
from sync.clients.transport import Request, Response
from sync.errors import ErrorCode, InstepError, Transient

_LONGEST_MESSAGE = 500
_MOST_MESSAGES = 20


class AnswerSchema(Schema):
    """Base of all response schemas: what we do not know is left out."""

    class Meta:
        """A vendor may add fields on any day."""

        unknown = EXCLUDE


def payload(request: Request, response: Response) -> object:
    """Parse the body of a good answer.

    :raises Unreadable: the body of an answer to a question is not JSON.
    :raises OutcomeUnknown: the same of a write, which has been done all the same.
    """
    try:
        return exact_json.loads(response.body)
    except ValueError as err:
        raise unreadable(request, "the body is not JSON") from err


def under(request: Request, answer: object, key: str) -> Any:
    """Give what the vendor's envelope holds under `key`.

    :raises Unreadable: or `OutcomeUnknown`, as `payload`; there is no such key or nothing under it.
    """
    found = dict_of(answer).get(key)
    if found is None:
        raise unreadable(request, f"nothing under {key}")
    return found


def loaded(request: Request, schema: Schema, content: object) -> Any:
    """Validate `content` and give the schema's value.

    :raises Unreadable: or `OutcomeUnknown`, as `payload`; what is required is missing or of another kind.
    """
    if not isinstance(content, dict):
        raise unreadable(request, "not an object")
    try:
        return schema.load(content)
    except ValidationError as err:
        fields = err.messages if isinstance(err.messages, dict) else ()
        raise unreadable(request, ", ".join(map(str, fields))) from err


def dict_of(content: object) -> dict[str, Any]:
    """Give `content` if it is an object, else an empty one."""
    return content if isinstance(content, dict) else {}


def dicts_of(content: object) -> list[dict[str, Any]]:
    """Give the objects in `content` if it is a list, else none."""
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []


def unreadable(request: Request, why: str) -> InstepError:
    """Name an answer that cannot be read; after a write that means that its outcome is not known."""
    detail = f"{request.summary}: unreadable answer ({why})"
    if request.is_write:
        return OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN, detail=detail)
    return Unreadable(detail)


def server_failure(request: Request, response: Response) -> Transient:
    """Name a 5xx: after a write nobody knows how far the vendor came."""
    detail = f"{request.summary}: {response.status}"
    if request.is_write:
        return OutcomeUnknown(ErrorCode.OUTCOME_UNKNOWN, detail=detail)
    return Unavailable(request.vendor.unavailable, retry_after=retry_after(response), detail=detail)


def retry_after(response: Response) -> float | None:
    """Give the seconds of `Retry-After`; None without it or where it is a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def error_body(response: Response) -> Mapping[str, object]:
    """Give an error's JSON object with its top-level keys in lower case; empty for text, HTML or half a body."""
    try:
        body = exact_json.loads(response.body)
    except ValueError:
        return {}
    return {key.lower(): value for key, value in dict_of(body).items()}


def tidy_messages(found: list[str]) -> tuple[str, ...]:
    """Keep each sentence once, and of a vendor's flood only the beginning."""
    sentences = dict.fromkeys(text.strip()[:_LONGEST_MESSAGE] for text in found if text.strip())
    return tuple(sentences)[:_MOST_MESSAGES]
