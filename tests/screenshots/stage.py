"""One company in one language, brought as far as a scene needs it, and a browser before it."""

import functools
import gettext
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import requests
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page

from tests.functional.conftest import addresses_of
from tests.screenshots.scene import WIDE, Chapter, Shown
from tests.support.stack import Stack
from tests.support.story import ADMIN, COLLEAGUE, NARROW, Salesperson
from tests.support.vendors import Bookkeeper, allow_bursts

T = TypeVar("T")

_CATALOGUES = Path(__file__).parents[2] / "marketplace" / "translations"
_LOCALES = {"en": "en_IE", "fr": "fr_FR"}
_HEIGHT = 900
#: A deal with an invoice that Xero can be asked about.
_FOLLOWED = 1


class Stage:
    """A running stack whose people all speak one language."""

    def __init__(self, stack: Stack, browser: Browser, *, language: str) -> None:
        self.stack = stack
        self.language = language
        self.bookkeeper = Bookkeeper(stack.xero_url)
        self._browser = browser
        self._chapter = Chapter.STRANGER
        self._made: dict[str, Any] = {}
        for user_id in (ADMIN, COLLEAGUE, NARROW):
            self.pipedrive(f"users/{user_id}", language=language, locale=_LOCALES[language])
        self.bookkeeper.allow(minute=10_000)
        allow_bursts(stack.pipedrive_url)
        self.person = Salesperson(addresses_of(stack))

    def enter(self, chapter: Chapter) -> None:
        """Bring the company as far as this.

        :raises AssertionError: when it has gone further already.
        """
        assert chapter >= self._chapter, f"{chapter.name} is over"
        while self._chapter < chapter:
            self._chapter = Chapter(self._chapter + 1)
            _STEPS[self._chapter](self)
        # What another scene had no use for must not happen in this one.
        for vendor in (self.stack.pipedrive_url, self.stack.xero_url):
            requests.delete(f"{vendor}/control/faults", timeout=10).raise_for_status()

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Make something the first time, and give it again from then on: a scene is shown several times."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def count(self, name: str) -> int:
        """Count how often this is asked for a name, where a scene must do something else each time."""
        self._made[name] = self._made.get(name, 0) + 1
        counted: int = self._made[name]
        return counted

    def open(self, *, theme: str, width: int = WIDE) -> BrowserContext:
        """Open a browser of a person who likes it so."""
        context = self._browser.new_context(
            viewport={"width": width, "height": _HEIGHT},
            locale=_LOCALES[self.language].replace("_", "-"),
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "pipedrive_theme", "value": theme, "url": self.stack.pipedrive_url}])
        return context

    def say(self, sentence: str, **values: str) -> str:
        """Give one of our sentences in the language of this stage."""
        said = _catalogue(self.language).gettext(sentence)
        return said % values if values else said

    def pipedrive(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask the sandbox's Pipedrive for something that no page of its offers."""
        return _control(self.stack.pipedrive_url, path, body)

    def xero(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask the sandbox's Xero for something that no page of its offers."""
        return _control(self.stack.xero_url, path, body)

    def deal(self, title: str, **content: Any) -> int:
        """Give a deal of its own to a scene."""
        customer = {"org_id": 2, "person_id": 2}
        lines = [{"product_id": 1, "item_price": 4800, "quantity": 1, "tax": 20}]
        return self.once(
            f"deal {title}",
            lambda: int(self.pipedrive("deals", **{"title": title, "lines": lines, **customer, **content})["id"]),
        )

    def top_level(self, page: Page, path: str) -> Shown:
        """Go to a page outside Pipedrive, as the person whom Pipedrive's frame let out."""
        answer = self.person.fragment("POST", "/tickets", deal_id=1)
        answer.raise_for_status()
        page.goto(answer.json()["url"])
        return self.at(page, path)

    def at(self, page: Page, path: str) -> Shown:
        """Go to a page outside Pipedrive as whoever is at the browser."""
        page.goto(f"{self.stack.app_url}{path}")
        return Shown(page.locator("body"), page.main_frame)


def frame_of(page: Page, extension: str) -> Frame:
    """Find our frame in a page of Pipedrive's."""
    element = page.locator(f"iframe[data-extension={extension}]").element_handle()
    frame = element.content_frame()
    assert frame is not None
    return frame


def open_window(stage: Stage, page: Page, deal: int, window: str) -> Frame:
    """Open a window of ours from the deal's own menu, and wait for nothing in it."""
    page.goto(f"{stage.stack.pipedrive_url}/deal/{deal}")
    page.locator("#actions").click()
    page.locator(f"[data-modal={window}]").click()
    frame = frame_of(page, "modal")
    page.locator("dialog .frame[data-state=ready]").wait_for()
    return frame


def panel_box(page: Page) -> Locator:
    """Find the panel with its frame around it, as Pipedrive shows it."""
    return page.locator("section.panel")


def _control(url: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = requests.post(f"{url}/control/{path}", json=body, timeout=10)
    answer.raise_for_status()
    return dict(answer.json())


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", _CATALOGUES, [language], fallback=language == "en")


def _install(stage: Stage) -> None:
    stage.person.install()


def _reach_several(stage: Stage) -> None:
    stage.xero("conditions", tier="advanced")
    stage.person.connect_xero()
    stage.xero("conditions", tier="starter")


def _choose(stage: Stage) -> None:
    stage.person.choose("Paper Lantern Studio Ltd")


def _prefer(stage: Stage) -> None:
    stage.person.save_preferences(default_account="200").raise_for_status()
    stage.person.create(deal_id=_FOLLOWED).raise_for_status()


def _restrict(stage: Stage) -> None:
    """Xero allows its user less than before, which we learn at the next consent."""
    stage.xero("organisation", refused_actions=["CreateDraftInvoice", "CreateApprovedInvoice"])
    stage.person.connect_xero_again().raise_for_status()


def _lose(stage: Stage) -> None:
    """Somebody disconnects us in Xero, which we learn by asking."""
    stage.xero("disconnect")
    stage.person.fragment("POST", "/panel/refresh", deal_id=_FOLLOWED)


_STEPS: dict[Chapter, Callable[[Stage], None]] = {
    Chapter.INSTALLED: _install,
    Chapter.CHOOSING: _reach_several,
    Chapter.CONNECTED: _choose,
    Chapter.READY: _prefer,
    Chapter.RESTRICTED: _restrict,
    Chapter.LOST: _lose,
}
