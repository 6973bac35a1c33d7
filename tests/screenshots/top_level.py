"""Scenes outside Pipedrive: the start page, the guided way, and what is said when one is lost."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage, frame_of

_BOTH = (WIDE, NARROW)


def _public(path: str) -> Callable[[Stage, Page], Shown]:
    return lambda stage, page: stage.at(page, path)


def _held(path: str) -> Callable[[Stage, Page], Shown]:
    return lambda stage, page: stage.top_level(page, path)


def _preferences_refused(stage: Stage, page: Page) -> Shown:
    shown = stage.top_level(page, "/setup?change=preferences")
    page.locator("[name=reference_template]").fill("{nonsense}")
    page.locator("[name=due_day]").fill("400")
    page.locator("form#preferences .primary").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    return shown


def _settings(stage: Stage, page: Page) -> Shown:
    page.goto(f"{stage.stack.pipedrive_url}/settings/marketplace/app/sandbox-pipedrive-client/app-settings")
    frame = frame_of(page, "settings")
    frame.locator("main").wait_for()
    page.locator(".frame[data-state=ready]").wait_for()
    return Shown(page, frame)


SCENES = (
    Scene("home", Chapter.STRANGER, _public("/"), _BOTH),
    Scene("home-declined", Chapter.STRANGER, _public("/?notice=consent_declined")),
    Scene("nothing-here", Chapter.STRANGER, _public("/nowhere"), _BOTH, complains=("status of 404",)),
    Scene("link-expired", Chapter.STRANGER, _public("/setup"), _BOTH, complains=("status of 401",)),
    Scene("setup-connect", Chapter.INSTALLED, _held("/setup"), _BOTH),
    Scene("setup-connect-declined", Chapter.INSTALLED, _held("/setup?notice=consent_declined")),
    Scene("setup-connect-failed", Chapter.INSTALLED, _held("/setup?notice=unexpected")),
    Scene("settings-not-connected", Chapter.INSTALLED, _settings),
    Scene("setup-choose", Chapter.CHOOSING, _held("/setup"), _BOTH),
    Scene("preferences-first", Chapter.CONNECTED, _held("/setup"), _BOTH),
    Scene("setup-ready", Chapter.READY, _held("/setup"), _BOTH),
    Scene("setup-saved", Chapter.READY, _held("/setup?notice=saved")),
    Scene("setup-disconnect", Chapter.READY, _held("/setup?change=disconnect")),
    Scene("preferences", Chapter.READY, _held("/setup?change=preferences"), _BOTH),
    Scene("preferences-refused", Chapter.READY, _preferences_refused, _BOTH),
    Scene("preferences-history", Chapter.READY, _held("/setup/history")),
    Scene("settings", Chapter.READY, _settings),
    Scene("setup-reconnect", Chapter.LOST, _held("/setup")),
    Scene("settings-ended", Chapter.LOST, _settings),
)
