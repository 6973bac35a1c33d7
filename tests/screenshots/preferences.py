"""Scenes of the preferences that need something to have happened before."""

from typing import Any

import requests
from playwright.sync_api import Page

from tests.screenshots.scene import Chapter, Scene, Shown
from tests.screenshots.stage import Stage
from tests.support.vendors import faults

_PAGE = "/setup?change=preferences"
_SAVE, _READ = "form#preferences .primary", "[formaction='/setup/fields']"


def _deleted_field(stage: Stage, page: Page) -> Shown:
    stage.once("deleted field", lambda: _delete_a_field_in_use(stage))
    return stage.top_level(page, _PAGE)


def _delete_a_field_in_use(stage: Stage) -> None:
    made = _fields_api(stage, "POST", "", json={"field_name": "Bon de commande", "field_type": "varchar"})
    code = str(made.json()["data"]["field_code"])
    _read_fields_again(stage)
    stage.person.save_preferences(po_number=f"deal.{code}").raise_for_status()
    _fields_api(stage, "DELETE", f"/{code}")
    _read_fields_again(stage)


def _fields_api(stage: Stage, method: str, path: str, **content: Any) -> requests.Response:
    """Change the company's deal fields, as its admin does."""
    token = stage.pipedrive("tokens")["access_token"]
    url = f"{stage.stack.pipedrive_url}/api/v2/dealFields{path}"
    answer = requests.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=10, **content)
    answer.raise_for_status()
    return answer


def _read_fields_again(stage: Stage) -> None:
    stage.person.browser.open(f"{stage.stack.app_url}{_PAGE}")
    stage.person.browser.select_form("form[action='/setup/preferences']").form["action"] = "/setup/fields"
    stage.person.browser.submit_selected()


def _overtaken(stage: Stage, page: Page) -> Shown:
    """Somebody else saves while the page is open."""
    shown = stage.top_level(page, _PAGE)
    page.locator("[name=reference_template]").fill("Commande {deal_id}")
    day = str(20 + stage.count("overtaken"))
    stage.person.save_preferences(due_kind="DAYSAFTERBILLDATE", due_day=day).raise_for_status()
    page.locator(_SAVE).click()
    page.locator(".banner.warn").wait_for()
    return shown


def _vendor_down(stage: Stage, page: Page) -> Shown:
    shown = stage.top_level(page, _PAGE)
    faults(stage.stack.pipedrive_url, method="GET", path="/api/v2/*", do="500", times=9)
    page.locator(_READ).click()
    page.locator(".banner.bad").wait_for()
    return shown


SCENES = (
    Scene("preferences-overtaken", Chapter.READY, _overtaken),
    Scene("preferences-vendor-down", Chapter.READY, _vendor_down),
    Scene("preferences-deleted-field", Chapter.READY, _deleted_field),
)
