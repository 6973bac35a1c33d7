"""The headers of every answer."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.marketplace.conftest import DEAL


@pytest.mark.parametrize("path", ["/panel", "/invoice", "/settings"])
def test_only_pipedrive_may_frame_its_pages(client: FlaskClient, frame_query: dict[str, str], path: str) -> None:
    answer = client.get(path, query_string=frame_query)

    assert _policy(answer.headers["Content-Security-Policy"])["frame-ancestors"] == ["https://*.pipedrive.com"]
    assert "X-Frame-Options" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/setup", "/nowhere", f"/panel/invoices?deal={DEAL}", "/pipedrive/install"])
def test_nobody_may_frame_anything_else(client: FlaskClient, path: str) -> None:
    policy = _policy(client.get(path).headers["Content-Security-Policy"])

    assert policy["frame-ancestors"] == ["'none'"]


def test_nothing_inline_evaluated_or_foreign_may_run(client: FlaskClient) -> None:
    policy = _policy(client.get("/").headers["Content-Security-Policy"])

    assert policy["default-src"] == ["'none'"]
    assert {tuple(policy[name]) for name in ("script-src", "style-src", "img-src", "connect-src")} == {("'self'",)}
    assert policy["base-uri"] == ["'none'"]


def test_a_form_may_lead_to_xeros_consent_page(client: FlaskClient) -> None:
    policy = _policy(client.get("/").headers["Content-Security-Policy"])

    assert policy["form-action"] == ["'self'", "https://*.xero.com"]


@pytest.mark.parametrize("path", ["/", "/setup", "/nowhere", "/pipedrive/install"])
def test_pages_are_kept_by_nobody_and_tell_nobody_where_one_came_from(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_bundle_is_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    for name in app.extensions["bundles"].values():
        assert (
            client.get(f"/static/{name}", buffered=True).headers["Cache-Control"]
            == "public, max-age=31536000, immutable"
        )
    assert "immutable" not in client.get("/static/icon.svg", buffered=True).headers["Cache-Control"]


def test_no_template_has_a_script_style_or_handler_of_its_own(app: Flask) -> None:
    for name in app.jinja_env.list_templates():
        source, _path, _fresh = app.jinja_env.loader.get_source(app.jinja_env, name)  # type: ignore[union-attr]  # it is there
        assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:|js:", source), name
        assert all('type="application/json"' in tag or "src=" in tag for tag in re.findall(r"<script[^>]*>", source)), (
            name
        )


def _policy(header: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in header.split(";"))}
