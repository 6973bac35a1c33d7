"""A real Chromium before a running stack."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.stack import Stack
from tests.support.vendors import Bookkeeper

#: Browsers complain of every refusal, also of one that the page makes use of.
_REFUSED = re.compile(r"status of (409|422|503)")


@dataclass
class Complaints:
    """What the browser held against our pages: refusals by our policy, errors of our scripts."""

    app_url: str
    found: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note an error that our own pages caused."""
        if message.type != "error" or not message.location["url"].startswith(self.app_url):
            return
        if not _REFUSED.search(message.text):
            self.found.append(f"{message.location['url'].split('?')[0]}: {message.text}")

    def forgive(self, words: str) -> None:
        """Forget the complaints that a story brings about itself."""
        self.found[:] = [one for one in self.found if words not in one]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Vendors, app, worker and clock as processes, nothing patched."""
    with Stack() as running:
        yield running


@pytest.fixture
def complaints(stack: Stack) -> Iterator[Complaints]:
    """Nothing may be held against our pages in any story."""
    complaints = Complaints(app_url=stack.app_url)
    yield complaints
    assert complaints.found == []


@pytest.fixture
def context(chromium: Browser, complaints: Complaints) -> Iterator[BrowserContext]:
    """A person's browser without a past."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(10_000)
    context.on("console", complaints.hear)
    context.on("weberror", lambda error: complaints.found.append(str(error.error)))
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


@pytest.fixture
def bookkeeper(stack: Stack) -> Bookkeeper:
    """Somebody who works in Xero."""
    return Bookkeeper(stack.xero_url)
