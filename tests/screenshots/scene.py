"""What can be photographed: a scene is a name, how far the company must have come, and how to get there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from playwright.sync_api import Frame, Locator, Page

if TYPE_CHECKING:
    from tests.screenshots.stage import Stage

WIDE, NARROW = 1280, 360


class Chapter(IntEnum):
    """How far the company has come. There is no way back, so scenes are shown in this order."""

    STRANGER = 0
    INSTALLED = 1
    CHOOSING = 2
    CONNECTED = 3
    READY = 4
    RESTRICTED = 5
    LOST = 6


@dataclass(frozen=True)
class Shown:
    """What a scene came to: what to photograph, and which frame holds our part of it."""

    picture: Page | Locator
    frame: Frame


@dataclass(frozen=True)
class Scene:
    """One page in one state. It is shown again for each theme and width, so it may not use anything up."""

    name: str
    chapter: Chapter
    show: Callable[["Stage", Page], Shown]
    widths: tuple[int, ...] = (WIDE,)
    #: What a browser complains of where the scene is about a refusal, by words of each complaint.
    complains: tuple[str, ...] = ()
