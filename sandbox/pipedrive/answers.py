"""Answers and refusals in Pipedrive's own shapes."""

from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

# https://pipedrive.readme.io/docs/core-api-concepts-responses
ERROR_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
SCHEMA_FAILED = "ERR_SCHEMA_VALIDATION_FAILED"


@dataclass(frozen=True)
class Reply:
    """A successful answer: `extra` holds the keys beside `success` and `data`."""

    data: Any
    extra: Record = field(default_factory=dict)

    def body(self) -> Record:
        """Render the envelope."""
        return {"success": True, "data": self.data, **self.extra}


@dataclass(frozen=True)
class Bare:
    """A successful answer without `data`, as `DELETE /v1/webhooks/{id}` gives."""

    content: Record

    def body(self) -> Record:
        """Render the whole body."""
        return self.content


class RefusedError(Exception):
    """A call that Pipedrive refuses, with its status and body."""

    def __init__(self, status: int, error: str, *, code: str | None = None, body: Record | None = None) -> None:
        """Keep what the caller will see."""
        super().__init__(error)
        self.status = status
        self.body = body if body is not None else failure(error, code=code)


def failure(error: str, *, code: str | None = None) -> Record:
    """Render the general error envelope."""
    body: Record = {
        "success": False,
        "error": error,
        "error_info": ERROR_INFO,
        "data": None,
        "additional_data": None,
    }
    return {**body, "code": code} if code else body


def coded_failure(error: str, status: int) -> Record:
    """Render the short envelope that the gateway answers with (401, 403, 429)."""
    return {"success": False, "error": error, "errorCode": status}


def invalid(problems: list[str]) -> RefusedError:
    """Build the refusal of a body or query that does not fit the schema."""
    # https://github.com/pipedrive/client-nodejs/issues/651 shows the wording.
    return RefusedError(400, "Validation failed: " + "; ".join(problems), code=SCHEMA_FAILED)


def not_found(what: str) -> RefusedError:
    """Build the refusal for a thing that is not there."""
    return RefusedError(404, f"{what} not found", code="ERR_NOT_FOUND")
