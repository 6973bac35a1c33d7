"""Scenes outside Pipedrive: the start page, the guided way, and what is said when one is lost."""

from playwright.sync_api import Page

from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage, frame_of

_BOTH = (WIDE, NARROW)


def _home(stage: Stage, page: Page) -> Shown:
    return stage.at(page, "/")


def _home_declined(stage: Stage, page: Page) -> Shown:
    return stage.at(page, "/?notice=consent_declined")


def _nothing_here(stage: Stage, page: Page) -> Shown:
    return stage.at(page, "/nowhere")


def _link_expired(stage: Stage, page: Page) -> Shown:
    return stage.at(page, "/setup")


def _setup(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup")


def _setup_declined(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup?notice=consent_declined")


def _setup_failed(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup?notice=unexpected")


def _preferences(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup?change=preferences")


def _saved(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup?notice=saved")


def _disconnect(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup?change=disconnect")


def _preferences_refused(stage: Stage, page: Page) -> Shown:
    shown = stage.top_level(page, "/setup?change=preferences")
    page.locator("[name=reference_template]").fill("{nonsense}")
    page.locator("[name=due_day]").fill("400")
    page.locator("form#preferences .primary").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    return shown


def _history(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, "/setup/history")


def _settings(stage: Stage, page: Page) -> Shown:
    page.goto(f"{stage.stack.pipedrive_url}/settings/marketplace/app/sandbox-pipedrive-client/app-settings")
    frame = frame_of(page, "settings")
    frame.locator("main").wait_for()
    page.locator(".frame[data-state=ready]").wait_for()
    return Shown(page, frame)


SCENES = (
    Scene("home", Chapter.STRANGER, _home, _BOTH),
    Scene("home-declined", Chapter.STRANGER, _home_declined),
    Scene("nothing-here", Chapter.STRANGER, _nothing_here, _BOTH, complains=("status of 404",)),
    Scene("link-expired", Chapter.STRANGER, _link_expired, _BOTH, complains=("status of 401",)),
    Scene("setup-connect", Chapter.INSTALLED, _setup, _BOTH),
    Scene("setup-connect-declined", Chapter.INSTALLED, _setup_declined),
    Scene("setup-connect-failed", Chapter.INSTALLED, _setup_failed),
    Scene("settings-not-connected", Chapter.INSTALLED, _settings),
    Scene("setup-choose", Chapter.CHOOSING, _setup, _BOTH),
    Scene("preferences-first", Chapter.CONNECTED, _setup, _BOTH),
    Scene("setup-ready", Chapter.READY, _setup, _BOTH),
    Scene("setup-saved", Chapter.READY, _saved),
    Scene("setup-disconnect", Chapter.READY, _disconnect),
    Scene("preferences", Chapter.READY, _preferences, _BOTH),
    Scene("preferences-refused", Chapter.READY, _preferences_refused, _BOTH),
    Scene("preferences-history", Chapter.READY, _history),
    Scene("settings", Chapter.READY, _settings),
    Scene("setup-reconnect", Chapter.LOST, _setup),
    Scene("settings-ended", Chapter.LOST, _settings),
)
