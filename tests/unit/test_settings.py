"""The environment is checked at once, and everything that must be mended is said at once."""

import os
import subprocess
import sys

import pytest

from sync.settings import Settings, SettingsInvalid, from_environment

REQUIRED = (
    "INSTEP_BASE_URL",
    "INSTEP_SECRET_KEY",
    "INSTEP_TOKEN_KEYS",
    "PIPEDRIVE_CLIENT_ID",
    "PIPEDRIVE_CLIENT_SECRET",
    "XERO_CLIENT_ID",
    "XERO_CLIENT_SECRET",
    "XERO_WEBHOOK_KEY",
)


def test_what_is_not_set_has_its_default(environ: dict[str, str]) -> None:
    settings = read(environ, INSTEP_REDIS_URL="")

    assert settings.database_url == "sqlite:///instep.sqlite3"
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert settings.pipedrive_oauth_url == "https://oauth.pipedrive.com"
    assert settings.xero_login_url == "https://login.xero.com"
    assert settings.xero_identity_url == "https://identity.xero.com"
    assert settings.xero_api_url == "https://api.xero.com"
    assert settings.pipedrive_jwt_secret == environ["PIPEDRIVE_CLIENT_SECRET"]


def test_everything_that_is_missing_is_said_at_once() -> None:
    found = problems({})

    assert all(any(name in problem for problem in found) for name in REQUIRED)
    assert len(found) == len(REQUIRED)


def test_everything_that_is_wrong_is_said_at_once(environ: dict[str, str]) -> None:
    wrong = {
        "INSTEP_BASE_URL": "http://instep.example",
        "INSTEP_DATABASE_URL": "mysql://localhost/instep",
        "INSTEP_REDIS_URL": "http://localhost:6379",
        "INSTEP_SECRET_KEY": "short",
        "INSTEP_TOKEN_KEYS": "not-a-key",
        "PIPEDRIVE_OAUTH_URL": "ftp://oauth.pipedrive.com",
        "XERO_LOGIN_URL": "login.xero.com",
        "XERO_IDENTITY_URL": "https://",
        "XERO_API_URL": "http://10.0.0.1",
    }

    found = problems(environ | wrong)

    assert len(found) == len(wrong)
    assert all(any(name in problem for problem in found) for name in wrong)


@pytest.mark.parametrize(
    "url",
    [
        "https://[oops",
        "http://[::1",
        "//",
        "https:///path",
        "https://h:port",
        "https://x:99999",
        "https://u:p@x.example",
    ],
)
def test_an_address_that_cannot_be_read_is_a_problem_and_not_a_crash(environ: dict[str, str], url: str) -> None:
    assert any("INSTEP_BASE_URL" in problem for problem in problems(environ | {"INSTEP_BASE_URL": url}))


@pytest.mark.parametrize("keys", [",", " , ", "ü" * 44])
def test_token_keys_that_are_none_are_a_problem(environ: dict[str, str], keys: str) -> None:
    assert any("INSTEP_TOKEN_KEYS" in problem for problem in problems(environ | {"INSTEP_TOKEN_KEYS": keys}))


def test_no_problem_repeats_a_secret(environ: dict[str, str]) -> None:
    found = problems(environ | {"INSTEP_SECRET_KEY": "hunter2", "INSTEP_TOKEN_KEYS": "hunter3"})

    assert not any("hunter" in problem for problem in found)


def test_the_repr_of_the_settings_holds_no_secret(environ: dict[str, str]) -> None:
    assert environ["XERO_CLIENT_SECRET"] not in repr(read(environ))


def test_keys_may_be_several_and_spaces_around_values_do_not_count(environ: dict[str, str]) -> None:
    key = environ["INSTEP_TOKEN_KEYS"]

    settings = read(environ, INSTEP_TOKEN_KEYS=f" {key}, {key} ", INSTEP_BASE_URL=" https://instep.example/ ")

    assert settings.token_keys == (key, key)
    assert settings.base_url == "https://instep.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_the_loopback_may_be_spoken_to_without_tls(environ: dict[str, str], host: str) -> None:
    settings = read(environ, INSTEP_BASE_URL=f"http://{host}:8400")

    assert not settings.is_https


def test_only_pipedrive_may_frame_us_or_the_exact_stand_in(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")

    real, stand_in = read(environ), read(environ, PIPEDRIVE_OAUTH_URL="http://127.0.0.1:8401/")

    assert real.frame_ancestors == "https://*.pipedrive.com"
    assert stand_in.frame_ancestors == "http://127.0.0.1:8401"


def test_people_see_xero_where_it_is_or_the_stand_in(environ: dict[str, str]) -> None:
    assert read(environ).xero_web_url == "https://go.xero.com"
    assert read(environ, XERO_LOGIN_URL="https://xero.example").xero_web_url == "https://xero.example"


def test_the_command_line_says_every_problem_and_ends() -> None:
    bare = {"PATH": os.environ["PATH"]}  # noqa: TID251 - a process without our settings

    done = subprocess.run(
        [sys.executable, "-m", "app", "migrate"], env=bare, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert all(name in done.stderr for name in REQUIRED)
    assert "Traceback" not in done.stderr


def read(environ: dict[str, str], **over: str) -> Settings:
    """Read an environment."""
    return from_environment(environ=environ | over)


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    """Give what is wrong with an environment."""
    with pytest.raises(SettingsInvalid) as caught:
        from_environment(environ=environ)
    assert all(problem in str(caught.value) for problem in caught.value.problems)
    return caught.value.problems
