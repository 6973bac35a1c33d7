"""What is declared to the platforms is what the code does: the files, the loader, the routes and the fields agree."""

import logging
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import app
import manifests
from sync.domain.invoice import Status
from sync.domain.summary import Slot

FOLDER = Path(manifests.__file__).parent
#: D6.
PIPEDRIVE_SCOPES = (
    "base deals:full contacts:read products:read webhooks:full deal-fields:full activities:full users:read"
)
XERO_SCOPES = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings.read"


def test_the_loader_leaves_nothing_of_pipedrive_s_file_out() -> None:
    data, loaded = read("pipedrive"), manifests.pipedrive()

    assert set(data) == set(loaded.__dataclass_fields__)
    for name in ("scopes", "extensions", "webhooks", "deal_fields"):
        assert len(getattr(loaded, name)) == len(data[name])
    assert [field.slot for field in loaded.deal_fields] == [row["slot"] for row in data["deal_fields"]]


def test_the_loader_leaves_nothing_of_xero_s_file_out() -> None:
    data, loaded = read("xero"), manifests.xero()

    assert set(data) == set(loaded.__dataclass_fields__)
    assert [scope.name for scope in loaded.scopes] == [row["name"] for row in data["scopes"]]


def test_all_scopes_are_asked_for_at_once_and_each_has_its_reason() -> None:
    pipedrive, xero = manifests.pipedrive().scopes, manifests.xero().scopes

    assert " ".join(scope.name for scope in pipedrive) == PIPEDRIVE_SCOPES
    assert " ".join(scope.name for scope in xero) == XERO_SCOPES
    assert all(len(scope.reason) > 20 for scope in (*pipedrive, *xero))


def test_every_declared_path_is_a_route(web: Flask) -> None:
    pipedrive, xero = manifests.pipedrive(), manifests.xero()
    routes: dict[str, set[str]] = defaultdict(set)
    for rule in web.url_map.iter_rules():
        routes[rule.rule] |= rule.methods or set()

    for path in (pipedrive.installation_path, xero.redirect_path, *(one.path for one in pipedrive.extensions)):
        assert "GET" in routes[path], path
    assert {"GET", "POST", "DELETE"} <= routes[pipedrive.callback_path]
    assert "POST" in routes[xero.webhook_path]
    assert any(path.startswith("/webhooks/pipedrive/<") for path in routes)


def test_each_extension_has_its_own_identifier_and_path() -> None:
    extensions = manifests.pipedrive().extensions

    assert len({one.identifier for one in extensions}) == len({one.path for one in extensions}) == len(extensions)


def test_there_is_a_deal_field_for_each_slot_and_an_option_for_each_status() -> None:
    fields = manifests.pipedrive().deal_fields

    assert {field.slot for field in fields} == set(Slot)
    assert {field.slot: len(field.options) for field in fields if field.options} == {"status": len(Status)}


def test_invoices_are_among_the_webhooks_that_xero_is_asked_for() -> None:
    assert "INVOICE" in manifests.xero().webhook_categories


@pytest.fixture
def web(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application as a server makes it; it takes the logs over, which is undone."""
    for name, value in (environ | {"INSTEP_DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"}).items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield app.create_app()
    root.handlers[:] = handlers
    root.setLevel(level)


def read(name: str) -> dict[str, list[dict[str, str]]]:
    """Read a manifest as data."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
