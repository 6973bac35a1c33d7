"""axe-core goes over a page as somebody would who does not see it, or sees little.

Of `axe-playwright-python` only the script is used: its own way into a page stops at the page's frames.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame

_RUN = """async () => {
  const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help} ${node.html} ${node.failureSummary}`));
}"""


def violations(frame: Frame) -> list[str]:
    """This will list what somebody could not see, reach or understand in one frame; frames within it are not looked at."""
    if not frame.evaluate("() => 'axe' in window"):
        # Through the debugger, because our policy lets no script in that is not ours.
        frame.evaluate(_script())
    found: list[Any] = frame.evaluate(_RUN)
    return [str(one) for one in found]


@functools.cache
def _script() -> str:
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None, "pip install -e '.[test]'"
    assert spec.origin is not None, "pip install -e '.[test]'"
    return (Path(spec.origin).parent / "axe.min.js").read_text()
