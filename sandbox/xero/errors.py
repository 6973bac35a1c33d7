"""Xero's many shapes of "no"."""

from typing import Any

from flask import Response

from sandbox.xero.values import Json, dump

NOT_FOUND_TEXT = "The resource you're looking for cannot be found"


class Refusal(Exception):
    """A request that ends here, with the answer to give."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Invalid(Exception):
    """A document that breaks a rule: what was sent, and every message."""

    def __init__(self, echo: Json, *messages: str) -> None:
        super().__init__(*messages)
        self.echo, self.messages = echo, messages


def json_answer(value: Any, status: int = 200) -> Response:
    """This will answer in JSON."""
    return Response(dump(value), status, content_type="application/json; charset=utf-8")


def not_found() -> Refusal:
    """This will be Xero's 404: plain text."""
    return Refusal(Response(NOT_FOUND_TEXT, 404, content_type="text/html; charset=utf-8"))


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Refusal:
    """This will be the shape in which Xero refuses a token or a tenant."""
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail}
    answer = json_answer({**body, "Instance": None, "Extensions": {}}, status)
    answer.headers.update(headers or {})
    return Refusal(answer)


def element(echo: Json, messages: tuple[str, ...]) -> Json:
    """This will echo a document with what is wrong with it."""
    return {**echo, "ValidationErrors": [{"Message": text} for text in messages]}


def validation_body(elements: list[Json]) -> Json:
    """This will be the body of a 400 for documents that break rules."""
    kind = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred"}
    return {**kind, "Elements": elements}


def bad_query(message: str) -> Refusal:
    """This will refuse a filter that cannot be read."""
    return Refusal(json_answer({"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}, 400))


def bad_data(message: str) -> Refusal:
    """This will refuse a body that cannot be read."""
    return Refusal(json_answer({"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": message}, 400))
