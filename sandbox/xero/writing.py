"""What all writes have in common: the body's wrapper, one answer for one or many, errors summed up or not."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from sandbox.xero.errors import Invalid, bad_data, element, json_answer, validation_body
from sandbox.xero.listing import envelope
from sandbox.xero.services import Services
from sandbox.xero.shapes import check_shape
from sandbox.xero.values import Json, load

Work = Callable[[Json], Callable[[], Json]]
# Each kind of document has its own word for "something is wrong here"; an item has none.
_FLAGS: dict[str, Json] = {
    "Invoices": {"HasErrors": True},
    "Contacts": {"HasValidationErrors": True},
    "Payments": {"HasValidationErrors": True},
}


def sent_body() -> Any:
    """This will read the body.

    :raises Refusal: with a 400 when it is not JSON.
    """
    try:
        return load(request.get_data(cache=True))
    except ValueError as err:
        raise bad_data("The body could not be read as JSON") from err


def sent_rows(name: str) -> list[Json]:
    """This will unwrap the documents that were sent: under their name, as a list, or one bare.

    :raises Refusal: with a 400 when there is none, or one of a wrong shape.
    """
    body = sent_body()
    rows = body.get(name, [body]) if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise bad_data(f"No {name} were found in the body")
    for row in rows:
        check_shape(row)
    return rows


def write_all(services: Services, name: str, rows: list[Json], work: Work) -> Response:
    """This will check every document, then keep them all, or answer with what is wrong.

    `work` checks one and returns the function that keeps it and shows it.
    """
    summarise = request.args.get("summarizeErrors", "true").lower() != "false"
    checked: list[Callable[[], Json] | Json] = []
    for row in rows:
        try:
            checked.append(work(row))
        except Invalid as err:
            checked.append(element(err.echo, err.messages))
    wrong = [one for one in checked if isinstance(one, dict)]
    if wrong and summarise:
        return json_answer(validation_body(wrong), 400)
    shown = []
    for one in checked:
        if isinstance(one, dict):
            shown.append({**one, **_FLAGS.get(name, {}), "StatusAttributeString": "ERROR"})
        else:
            shown.append({**one(), "StatusAttributeString": "OK"} if len(rows) > 1 or not summarise else one())
    return envelope(services, name, shown)
