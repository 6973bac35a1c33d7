"""Every scene there is, in the order in which a company lives through them."""

from tests.screenshots import all_invoices, panel, preferences, rules, standing, top_level, window
from tests.screenshots.scene import Scene

SCENES: tuple[Scene, ...] = tuple(
    sorted(
        (
            *top_level.SCENES,
            *standing.SCENES,
            *panel.SCENES,
            *window.SCENES,
            *all_invoices.SCENES,
            *preferences.SCENES,
            *rules.SCENES,
        ),
        key=lambda scene: scene.chapter,
    ),
)
