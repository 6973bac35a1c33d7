"""How long a person waits between a key and what it changes on the screen, in a real browser, with many lines."""

from statistics import quantiles

from playwright.sync_api import Frame, Page, sync_playwright

from tests.bench.pace import Timings
from tests.screenshots.stage import Stage, open_window
from tests.support.chromium import launch
from tests.support.stack import Stack

LINES, KEYS = 200, 100
#: The browser's own measure, up to the next frame that is painted; it keeps silent about what took less than this.
_LEAST = 16
# https://developer.mozilla.org/en-US/docs/Web/API/PerformanceEventTiming
_LISTEN = """least => {
  window.waited = new Map();
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId) window.waited.set(interactionId, Math.max(duration, window.waited.get(interactionId) ?? 0));
  }).observe({ type: "event", durationThreshold: least });
}"""
_COLLECT = (
    "() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done([...window.waited.values()]), 100)))"
)


def measure_typing(stack: Stack) -> Timings:
    """Type quantities into a long invoice, and give the milliseconds from key to paint."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        stage = Stage(stack, browser, language="en")
        lines = [{"product_id": 3, "item_price": 95, "quantity": 1 + number, "tax": 20} for number in range(LINES)]
        deal = stage.deal("A very long list", lines=lines)
        with stage.open(theme="light") as context:
            page = context.new_page()
            frame = open_window(stage, page, deal, "instep-invoice")
            frame.locator("#customer[aria-busy=false]").wait_for(timeout=30_000)
            waited = _type(page, frame)
        browser.close()
    marks = quantiles(waited, n=100)
    return Timings(p50=marks[49], p95=marks[94], p99=marks[98])


def _type(page: Page, frame: Frame) -> list[float]:
    boxes = frame.locator("[name=quantity]")
    assert boxes.count() == LINES
    frame.evaluate(_LISTEN, _LEAST)
    for number in range(KEYS):
        if number % 10 == 0:
            boxes.nth(number * LINES // KEYS).focus()
        page.keyboard.press(str(number % 10))
    heard: list[float] = frame.evaluate(_COLLECT)
    return [*heard, *[float(_LEAST)] * (KEYS - len(heard))]
