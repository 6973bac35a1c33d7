"""The bundles that the build made, by the names that carry a hash of their content."""

import json
from pathlib import Path
from typing import cast

from flask import Flask, Response, current_app, url_for


class BundlesMissing(Exception):
    """The browser's part was never built."""


def load_bundles(app: Flask) -> None:
    """Read which bundle is which, once.

    :raises BundlesMissing: when the package was not installed by pip, which builds them.
    """
    listing = Path(cast(str, app.static_folder)) / "bundles.json"
    if not listing.exists():
        raise BundlesMissing("marketplace/static holds no bundles: run `pip install -e .` once, it builds them.")
    app.extensions["bundles"] = json.loads(listing.read_text())
    app.add_template_global(bundle_url, "bundle")


def bundle_url(name: str) -> str:
    """Give the address of a bundle by the name of its source."""
    return url_for("static", filename=current_app.extensions["bundles"][name])


def close_file(response: Response) -> Response:
    """Have a file closed with its answer; Flask-Compress, which runs after this, puts something in its place."""
    close = getattr(response.response, "close", None)
    if close is not None:
        response.call_on_close(close)
    return response


def is_fingerprinted(filename: str) -> bool:
    """Say whether a file's name changes with its content, so that browsers may keep it for ever."""
    return filename in current_app.extensions["bundles"].values()
