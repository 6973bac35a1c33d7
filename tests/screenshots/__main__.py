"""Photograph everything: `python -m tests.screenshots FOLDER [--only PATTERN] [--language en]`."""

import argparse
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.screenshots.scene import NARROW, Scene
from tests.screenshots.stage import Stage
from tests.screenshots.table import SCENES
from tests.support.chromium import launch
from tests.support.stack import Stack

LANGUAGES, THEMES = ("en", "fr"), ("light", "dark")


def main() -> int:
    """Write `NAME.LANGUAGE.THEME[.narrow].png` for each scene."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="*", help="a shell pattern of scenes' names")
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="both unless said")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    scenes = [scene for scene in SCENES if fnmatchcase(scene.name, asked.only)]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for language in asked.language or LANGUAGES:
            photograph_all(browser, scenes, language=language, folder=asked.folder)
        browser.close()
    return 0


def photograph_all(browser: Browser, scenes: list[Scene], *, language: str, folder: Path) -> None:
    """Bring one company through all chapters, and take pictures on the way."""
    with Stack() as stack:
        stage = Stage(stack, browser, language=language)
        for scene in scenes:
            stage.enter(scene.chapter)
            for theme in THEMES:
                for width in scene.widths:
                    photograph(stage, scene, theme=theme, width=width, folder=folder)


def photograph(stage: Stage, scene: Scene, *, theme: str, width: int, folder: Path) -> Path:
    """Take one picture."""
    narrow = ".narrow" if width == NARROW else ""
    path = folder / f"{scene.name}.{stage.language}.{theme}{narrow}.png"
    with stage.open(theme=theme, width=width) as context:
        scene.show(stage, context.new_page()).picture.screenshot(path=path, animations="disabled")
    print(path.name)
    return path


if __name__ == "__main__":
    sys.exit(main())
