"""Every scene that is photographed can be read by everybody: no barrier, nothing cut off, nothing in a foreign language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints
from tests.screenshots.__main__ import photograph
from tests.screenshots.scene import WIDE, Scene, Shown
from tests.screenshots.stage import Stage
from tests.screenshots.table import SCENES
from tests.support.axe import violations
from tests.support.spoken import untranslated
from tests.support.stack import Stack

LANGUAGE = "fr"


@pytest.fixture(scope="module")
def stage(chromium: Browser) -> Iterator[Stage]:
    """One company that lives through all chapters, in the language that needs more room."""
    with Stack() as stack:
        yield Stage(stack, chromium, language=LANGUAGE)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_can_be_read_by_everybody(stage: Stage, scene: Scene) -> None:
    stage.enter(scene.chapter)
    complaints = Complaints(app_url=stage.stack.app_url)
    with stage.open(theme="dark", width=min(scene.widths)) as context:
        context.on("console", complaints.hear)
        page = context.new_page()
        shown = scene.show(stage, page)

        in_the_dark = violations(shown.frame)
        spare = shown.frame.evaluate(
            "() => document.documentElement.clientWidth - document.documentElement.scrollWidth"
        )
        foreign = untranslated(shown.frame, language=LANGUAGE)
        turn_to_light(page, shown)
        in_the_light = violations(shown.frame)

    assert in_the_dark == []
    assert in_the_light == []
    assert spare >= 0, "something sticks out at the side"
    assert foreign == []
    assert [one for one in complaints.found if not any(words in one for words in scene.complains)] == []


def turn_to_light(page: Page, shown: Shown) -> None:
    """Change the theme as a person does in Pipedrive's own page, and the system elsewhere."""
    page.emulate_media(color_scheme="light")
    if shown.frame is not page.main_frame:
        # A dialog may lie over the button.
        page.locator("form#theme").evaluate("form => form.requestSubmit()")
        expect(shown.frame.locator("html")).to_have_attribute("data-theme", "light")
    elif "theme=dark" in page.url:
        page.goto(page.url.replace("theme=dark", "theme=light"))


def test_a_picture_is_taken(stage: Stage, tmp_path: Path) -> None:
    [home] = [scene for scene in SCENES if scene.name == "home"]

    taken = photograph(stage, home, theme="dark", width=WIDE, folder=tmp_path)

    assert taken.name == f"home.{stage.language}.dark.png"
    assert taken.read_bytes().startswith(b"\x89PNG")


def test_no_two_scenes_have_one_name() -> None:
    names = [scene.name for scene in SCENES]

    assert len(set(names)) == len(names)
