"""One real Chromium for every story in a browser. Skipped with its reason where there is none, never in CI."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

#: The shell first: without a window to draw it takes three quarters of the time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all stories: Playwright's synchronous interface can be open once only."""
    if _path() is None:
        reason = "no Chromium is installed (Debian: apt install chromium-headless-shell)"
        if os.environ.get("CI") == "true":  # noqa: TID251 - the tests' own environment
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium of this machine, without a window."""
    return playwright.chromium.launch(executable_path=_path(), args=_FLAGS)


def _path() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)
