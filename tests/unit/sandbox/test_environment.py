"""Addresses and secrets that the processes are started with."""

from pathlib import Path

import pytest

from sandbox import environment
from sandbox.environment import Addresses, app_environment, load_secrets


def test_secrets_stay_with_the_data(tmp_path: Path) -> None:
    first = load_secrets(tmp_path)

    assert load_secrets(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_every_start_on_new_data_has_its_own_secrets(tmp_path: Path) -> None:
    (other := tmp_path / "other").mkdir()

    assert set(load_secrets(tmp_path).values()).isdisjoint(load_secrets(other).values())


def test_the_vendors_are_on_the_next_ports(tmp_path: Path) -> None:
    env = app_environment(data=tmp_path, addresses=Addresses(9000), redis_url="redis://r")

    assert env["INSTEP_BASE_URL"] == "http://localhost:9000"
    assert env["PIPEDRIVE_OAUTH_URL"] == "http://127.0.0.1:9001"
    assert {env[f"XERO_{name}_URL"] for name in ("LOGIN", "IDENTITY", "API")} == {"http://127.0.0.1:9002"}
    assert env["INSTEP_DATABASE_URL"] == f"sqlite:///{tmp_path}/instep.sqlite3"
    assert env["PIPEDRIVE_JWT_SECRET"] == env["PIPEDRIVE_CLIENT_SECRET"]


def test_the_callers_environment_wins_but_not_for_the_vendors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"INSTEP_DATABASE_URL": "postgresql://db", "XERO_API_URL": "https://api.xero.com"}
    monkeypatch.setattr(environment, "ENVIRON", given)

    env = app_environment(data=tmp_path, addresses=Addresses(9000), redis_url="redis://r")

    assert env["INSTEP_DATABASE_URL"] == "postgresql://db"
    assert env["XERO_API_URL"] == "http://127.0.0.1:9002"
