"""What a sender is told when a delivery could not be taken: an empty body and a status, from one table."""

import structlog
from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from sync.store.deliveries import NotRecorded

log = structlog.get_logger()


def empty(status: int) -> Response:
    """Answer with nothing but a status: Xero demands neither body nor cookie."""
    response = Response(status=status)
    response.headers["Content-Length"] = "0"
    return response


def handle_failures(blueprint: Blueprint) -> None:
    """Answer 503 where the delivery could not be written down, so that it is sent again; keep HTTP's own refusals."""

    def not_recorded(err: SQLAlchemyError | NotRecorded) -> Response:
        log.error("delivery_not_recorded", reason=type(err.__cause__ or err).__name__)
        return empty(503)

    def refused(err: HTTPException) -> Response:
        return empty(err.code or 500)

    for family in (SQLAlchemyError, NotRecorded):
        blueprint.register_error_handler(family, not_recorded)
    blueprint.register_error_handler(HTTPException, refused)
