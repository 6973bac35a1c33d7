"""Every scene that is photographed can be read by everybody: no barrier, nothing cut off, nothing in a foreign language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Complaints
from tests.screenshots.__main__ import photograph
from tests.screenshots.scene import WIDE, Scene
from tests.screenshots.stage import Stage
from tests.screenshots.table import SCENES
from tests.support.axe import violations
from tests.support.spoken import untranslated
from tests.support.stack import Stack

#: Each language has a theme of its own here: colours do not depend on words.
THEMES = {"en": "light", "fr": "dark"}


@pytest.fixture(scope="module", params=THEMES)
def stage(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Stage]:
    """One company in each language, which lives through all chapters."""
    with Stack() as stack:
        yield Stage(stack, chromium, language=request.param)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_can_be_read_by_everybody(stage: Stage, scene: Scene) -> None:
    stage.enter(scene.chapter)
    complaints = Complaints(app_url=stage.stack.app_url)
    # French is longer, so it is shown where there is least room.
    width = min(scene.widths) if stage.language == "fr" else max(scene.widths)
    with stage.open(theme=THEMES[stage.language], width=width) as context:
        context.on("console", complaints.hear)
        shown = scene.show(stage, context.new_page())

        barriers = violations(shown.frame)
        spare = shown.frame.evaluate(
            "() => document.documentElement.clientWidth - document.documentElement.scrollWidth"
        )
        foreign = untranslated(shown.frame, language="fr") if stage.language == "fr" else []

    assert barriers == []
    assert spare >= 0, "something sticks out at the side"
    assert foreign == []
    assert complaints.found == [] or scene.complains


def test_a_picture_is_taken(stage: Stage, tmp_path: Path) -> None:
    [home] = [scene for scene in SCENES if scene.name == "home"]

    taken = photograph(stage, home, theme="dark", width=WIDE, folder=tmp_path)

    assert taken.name == f"home.{stage.language}.dark.png"
    assert taken.read_bytes().startswith(b"\x89PNG")


def test_no_two_scenes_have_one_name() -> None:
    names = [scene.name for scene in SCENES]

    assert len(set(names)) == len(names)
