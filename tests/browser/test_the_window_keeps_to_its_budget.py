"""The invoice window comes over the wire small, with nothing from anywhere else."""

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from tests.functional.conftest import set_up
from tests.support.stack import Stack
from tests.support.story import Salesperson

BUDGET = 60_000
DEAL = 2


@pytest.fixture(scope="module")
def person(stack: Stack) -> Salesperson:
    """Somebody installed and connected before."""
    return set_up(stack)


@pytest.mark.usefixtures("person")
def test_all_that_the_first_opening_loads_fits_the_budget(context: BrowserContext, page: Page, stack: Stack) -> None:
    page.goto(f"{stack.pipedrive_url}/deal/{DEAL}")
    page.frame_locator("iframe[data-extension=panel]").locator("#create").wait_for()
    loaded: list[Request] = []
    context.on("requestfinished", lambda request: loaded.append(request) if _is_of_window(request) else None)

    page.locator("#actions").click()
    page.locator("[data-modal=instep-invoice]").click()
    page.frame_locator("iframe[data-extension=modal]").locator("#customer[aria-busy=false]").wait_for()

    sizes = [request.sizes() for request in loaded]
    kinds = {request.resource_type for request in loaded}
    assert {"document", "script", "stylesheet", "fetch"} <= kinds
    assert all(request.url.startswith(stack.app_url) for request in loaded)
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= BUDGET


def _is_of_window(request: Request) -> bool:
    """Whether the window's frame asked for it, its own page included."""
    return "/invoice" in request.frame.url or "/invoice" in request.url
