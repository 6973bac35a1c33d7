"""The host's side of the app-extension protocol, in a real browser, spoken to as the official SDK does."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Frame, Page

from sandbox import server
from sandbox.pipedrive.app import create_app
from sandbox.pipedrive.config import PipedriveConfig
from tests.unit.sandbox.pipedrive.conftest import ADMIN, SEES_ALL, Browser, Pipedrive

# What @pipedrive/app-extensions-sdk puts on the wire: {payload, id} with a port for answers.
FRAME = """<!doctype html><title>Extension</title><script>
const id = new URLSearchParams(location.search).get("id"), heard = [];
function command(name, args) {
  return new Promise((resolve) => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = ({data}) => resolve(data);
    parent.postMessage({payload: {command: name, args, type: "command"}, id}, "*", [port2]);
  });
}
function listen(event) {
  const {port1, port2} = new MessageChannel();
  port1.onmessage = ({data}) => heard.push([event, data]);
  parent.postMessage({payload: {type: "listener", event}, id}, "*", [port2]);
}
</script>"""


@pytest.fixture
def app_url() -> Iterator[str]:
    """Serve an app whose frames do nothing by themselves."""
    app = Flask(__name__)
    for path in ("/panel", "/invoice", "/settings"):
        app.add_url_rule(path, path, lambda: FRAME)
    running = server.make(app, port=0)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://localhost:{running.port}"
    running.shutdown()


@pytest.fixture
def address(config: PipedriveConfig, app_url: str) -> Iterator[str]:
    """Serve Pipedrive, with the app installed for the admin."""
    flask_app = create_app(replace(config, app_url=app_url))
    pipedrive = Pipedrive(Browser(flask_app.test_client()), flask_app.extensions["pipedrive"])
    pipedrive.tokens(user_id=ADMIN)
    running = server.make(flask_app, port=0)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{running.port}"
    running.shutdown()
    pipedrive.desk.close()


@pytest.fixture
def page(chromium: Chromium) -> Iterator[Page]:
    """Open a page with cookies of its own."""
    page = chromium.new_page(viewport={"width": 1300, "height": 1000})
    yield page
    page.close()


@pytest.fixture
def panel(page: Page, address: str) -> Frame:
    """Open a deal and find its panel, which has not initialised yet."""
    page.clock.install()
    page.goto(f"{address}/deal/2")
    return _frame(page, "/panel")


def _frame(page: Page, path: str) -> Frame:
    frame = page.locator(f"iframe[src*='{path}?']").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_url(f"**{path}?**")
    frame.wait_for_function("typeof command === 'function'")
    return frame


def _do(frame: Frame, command: str, args: Any = None) -> Any:
    return frame.evaluate("([name, args]) => command(name, args)", [command, args])


def _start(frame: Frame, command: str, args: Any) -> None:
    frame.evaluate("([name, args]) => { window.answer = command(name, args); }", [command, args])


def test_a_panel_is_shown_once_it_has_initialised_and_keeps_its_limits(page: Page, panel: Frame) -> None:
    box = page.locator(".panel .frame")
    assert not page.locator("iframe").is_visible()
    assert _do(panel, "get_metadata") == {"error": "SDK is not initialized"}

    assert _do(panel, "initialize", {"size": {"height": 300, "width": 900}}) == {"data": None}

    assert page.locator("iframe").is_visible()
    heights = [box.evaluate("(one) => one.getBoundingClientRect().height")]
    for height in (9000, 1):
        _do(panel, "resize", {"height": height})
        heights.append(box.evaluate("(one) => one.getBoundingClientRect().height"))
    assert heights == [300, 750, 100]
    assert box.evaluate("(one) => one.getBoundingClientRect().width") == 385


def test_a_panel_that_does_not_initialise_goes_wrong_after_ten_seconds(page: Page, panel: Frame) -> None:
    assert panel.url
    page.clock.fast_forward(5_000)
    assert page.get_by_text("Something went wrong").count() == 0
    page.clock.fast_forward(5_000)

    page.get_by_text("Something went wrong").wait_for()
    assert page.locator("iframe").count() == 0


def test_a_panel_gets_fresh_tokens_and_its_surroundings(panel: Frame) -> None:
    _do(panel, "initialize", {})

    assert _do(panel, "get_signed_token")["data"]["token"].count(".") == 2
    assert _do(panel, "get_metadata") == {"data": {"windowHeight": 1000, "windowWidth": 1300}}
    assert "not supported" in _do(panel, "set_focus_mode", True)["error"]
    assert "no modal" in _do(panel, "close_modal")["error"]


def test_a_question_is_answered_by_the_person(page: Page, panel: Frame) -> None:
    _do(panel, "initialize", {})
    _start(panel, "show_confirmation", {"title": "Void it?", "okText": "Void"})
    page.get_by_role("button", name="Void").click()

    assert panel.evaluate("window.answer") == {"data": {"confirmed": True}}
    _do(panel, "show_snackbar", {"message": "Voided"})
    assert page.get_by_role("status").inner_text() == "Voided"


def test_a_modal_opens_with_its_data_and_its_end_is_told(page: Page, panel: Frame) -> None:
    _do(panel, "initialize", {})
    panel.evaluate("listen('close_custom_modal')")
    _start(panel, "open_modal", {"type": "custom_modal", "action_id": "instep-invoice", "data": {"a": "é"}})
    modal = _frame(page, "/invoice")
    _do(modal, "initialize", {"size": {"height": 400, "width": 800}})
    box = page.locator("dialog .frame").bounding_box()
    modal.evaluate("() => { command('close_modal'); }")

    assert panel.evaluate("window.answer") == {"data": {"status": "closed"}}
    assert panel.evaluate("heard") == [["close_custom_modal", {}]]
    assert "data=%7B%22a%22%3A+%22%C3%A9%22%7D" in modal.url
    assert box is not None
    assert (box["width"], box["height"]) == (800, 400)


def test_the_actions_menu_opens_the_modal_too(page: Page, panel: Frame) -> None:
    _do(panel, "initialize", {})
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Create Xero invoice").click()

    assert "selectedIds=2" in _frame(page, "/invoice").url


def test_theme_and_visibility_are_told(page: Page, panel: Frame) -> None:
    _do(panel, "initialize", {})
    panel.evaluate("['user_settings_change', 'visibility'].forEach(listen)")
    page.get_by_role("button", name="Light / dark").click()
    panel.wait_for_function("heard.length === 1")
    page.get_by_role("button", name="Hide").click()
    # A hidden frame draws nothing, so that it is looked at by the clock.
    panel.wait_for_function("heard.length === 2", polling=50)

    assert panel.evaluate("heard") == [
        ["user_settings_change", {"data": {"theme": "dark"}}],
        ["visibility", {"data": {"is_visible": False, "context": {"invoker": "user"}}}],
    ]


def test_a_frame_can_lead_to_another_page(page: Page, panel: Frame) -> None:
    _do(panel, "initialize", {})
    panel.evaluate("() => { command('redirect_to', {view: 'deals', id: 3}); }")

    page.wait_for_url("**/deal/3")


def test_the_page_follows_the_deal(page: Page, panel: Frame, address: str) -> None:
    assert panel.url
    page.request.post(f"{address}/deal/2", form={"title": "Renamed elsewhere", "owner_id": str(SEES_ALL)})
    page.clock.fast_forward(1_000)

    page.get_by_text("Renamed elsewhere").wait_for()
