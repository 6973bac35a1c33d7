"""Scenes of the rules: all off, some on, tried on the last month, and what cannot be."""

from playwright.sync_api import Page

from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage
from tests.support.story import COLLEAGUE, Salesperson

_PAGE = "/setup/rules"
_BOTH = (WIDE, NARROW)


def _off(stage: Stage, page: Page) -> Shown:
    stage.once("no rules", lambda: stage.person.switch_rules(won_does="").raise_for_status())
    return stage.top_level(page, _PAGE)


def _on(stage: Stage, page: Page) -> Shown:
    stage.once("rules", lambda: _switch_on(stage))
    return stage.top_level(page, _PAGE)


def _switch_on(stage: Stage) -> None:
    chosen = {"lost_does": "delete_drafts", "deleted_does": "delete_drafts", "overdue_does": "remind"}
    stage.person.switch_rules(**chosen).raise_for_status()


def _tried(stage: Stage, page: Page) -> Shown:
    """A deal was won for which nothing is missing, and one whose customer Xero does not know."""
    stage.deal("Nouvelle identité", status="won")
    stage.deal("Kestrel", status="won", org_id=4, person_id=4)
    shown = stage.top_level(page, _PAGE)
    page.locator("#won_does").select_option("approve")
    page.locator("#stage_does").select_option("draft")
    page.locator("#stage_stage").select_option("1")
    page.locator("[formaction='/setup/rules/trial']").click()
    page.locator(".trials").first.wait_for()
    return shown


def _refused(stage: Stage, page: Page) -> Shown:
    shown = stage.top_level(page, _PAGE)
    page.locator("#paid_does").select_option("move")
    page.locator("form#rules .primary").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    return shown


def _read_only(stage: Stage, page: Page) -> Shown:
    colleague = stage.once("colleague at the rules", lambda: _colleague(stage))
    answer = colleague.fragment("POST", "/tickets", deal_id=1)
    answer.raise_for_status()
    page.goto(answer.json()["url"])
    return stage.at(page, _PAGE)


def _colleague(stage: Stage) -> Salesperson:
    person = Salesperson(stage.person.at, user_id=COLLEAGUE)
    person.install()
    return person


SCENES = (
    Scene("rules-off", Chapter.READY, _off, _BOTH),
    Scene("rules-on", Chapter.READY, _on),
    Scene("rules-tried", Chapter.READY, _tried, _BOTH),
    Scene("rules-refused", Chapter.READY, _refused, complains=("status of 422",)),
    Scene("rules-read-only", Chapter.READY, _read_only),
)
