"""The product's own web processes with one address more, which only verifies a signature: the control beside the receiver."""

import argparse
import sys

from flask import Blueprint, Response, request

import manifests
from app import create_app as create_product
from sync.web_server import add_options, serve
from webhooks.failures import empty
from webhooks.xero import is_signed

CONTROL = "/bench/control"


def create_app() -> object:
    """Make the product's application, and add the control to it."""
    made = create_product()
    settings = made.extensions["instep"].settings
    control = Blueprint("bench_control", __name__)

    @control.post(CONTROL)
    def verify() -> Response:
        """Do what the receiver does before it keeps anything."""
        given = request.headers.get("x-xero-signature", "")
        body = request.get_data(cache=False)
        return empty(200 if is_signed(key=settings.xero_webhook_key, body=body, signature=given) else 401)

    made.register_blueprint(control)
    return made


def receiver_path() -> str:
    """Give the address that Xero's deliveries go to."""
    return manifests.xero().webhook_path


def main() -> int:
    """Serve as `python -m app web` does."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args()
    create_app()
    serve("tests.bench.web:create_app", options=options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
