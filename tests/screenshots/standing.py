"""Scenes of how a company stands: well, with trouble, and seen by somebody who is no admin."""

import uuid

from playwright.sync_api import Page

from tests.screenshots.books import invoice, stopped_by_a_rule
from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.vendors import faults

_BOTH = (WIDE, NARROW)
_PAGE = "/setup/standing"


def _well(stage: Stage, page: Page) -> Shown:
    return stage.top_level(page, _PAGE)


def _trouble(stage: Stage, page: Page) -> Shown:
    stage.once("lost e-mail", lambda: _lose_an_email(stage))
    stopped_by_a_rule(stage)
    return stage.top_level(page, _PAGE)


def _lose_an_email(stage: Stage) -> None:
    deal = stage.deal("Livret d'accueil")
    invoice_id = invoice(stage, deal, "approve")
    faults(stage.stack.xero_url, method="POST", path="/api.xro/2.0/Invoices/*/Email", do="drop_after")
    url = f"/panel/invoices/{invoice_id}/email"
    stage.person.fragment("POST", url, deal_id=deal, data={"key": str(uuid.uuid4())})


def _closed(stage: Stage, page: Page) -> Shown:
    colleague = stage.once("colleague at settings", lambda: _colleague(stage))
    answer = colleague.fragment("POST", "/tickets", deal_id=1)
    page.goto(answer.json()["url"])
    return stage.at(page, _PAGE)


def _colleague(stage: Stage) -> Salesperson:
    colleague = Salesperson(stage.person.at, user_id=COLLEAGUE)
    colleague.install()
    return colleague


SCENES = (
    Scene("standing", Chapter.READY, _well, _BOTH),
    Scene("standing-trouble", Chapter.READY, _trouble, _BOTH),
    Scene("standing-closed", Chapter.READY, _closed, complains=("status of 403",)),
    Scene("standing-lost", Chapter.LOST, _well),
)
