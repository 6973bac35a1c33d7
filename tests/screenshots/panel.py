"""Scenes of the panel in a deal's sidebar."""

import re
from collections.abc import Callable

from playwright.sync_api import Frame, Page

from tests.screenshots.books import invoice, overdue, part_paid, stopped_by_a_rule
from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage, frame_of, panel_box
from tests.support.story import COLLEAGUE, Salesperson
from tests.support.story import NARROW as SEES_OWN
from tests.support.vendors import faults
from tests.support.waiting import wait_until

_BOTH = (WIDE, NARROW)
_LOOK = re.compile(r"/panel/invoices\?")
_SIDEBAR = ".detail { grid-template-columns: 322px } .shell, .top { min-width: 0 }"


def _open(stage: Stage, page: Page, deal: int) -> Frame:
    page.goto(f"{stage.stack.pipedrive_url}/deal/{deal}")
    if page.viewport_size and page.viewport_size["width"] == NARROW:
        page.add_style_tag(content=_SIDEBAR)
    frame = frame_of(page, "panel")
    frame.locator("main").wait_for()
    page.locator(".panel .frame[data-state=ready]").wait_for()
    _settle(page, frame)
    return frame


def _settle(page: Page, frame: Frame) -> None:
    """Wait until Pipedrive's frame is as high as what it holds, within Pipedrive's limits."""
    outer = page.locator("iframe[data-extension=panel]")

    def fits() -> bool:
        wanted: float = frame.evaluate("() => Math.ceil(document.body.offsetHeight)")
        have: float = outer.evaluate("frame => frame.offsetHeight")
        return have >= min(max(wanted, 100), 750)

    wait_until(fits, seconds=5, what="the panel's frame fits")


def _shown(stage: Stage, page: Page, deal: int) -> Shown:
    frame = _open(stage, page, deal)
    return Shown(panel_box(page), frame)


def _plain(deal: Callable[[Stage], int]) -> Callable[[Stage, Page], Shown]:
    """Make a scene that only opens a deal."""
    return lambda stage, page: _shown(stage, page, deal(stage))


def _deal_of(title: str, fill: Callable[[Stage, int], object] | None = None) -> Callable[[Stage], int]:
    """Make a giver of a deal that is filled once."""

    def give(stage: Stage) -> int:
        deal = stage.deal(title)
        if fill is not None:
            stage.once(f"fill {title}", lambda: fill(stage, deal))
        return deal

    return give


def _fill_several(stage: Stage, deal: int) -> None:
    for deeds in (("approve", "void"), ("delete",), ("approve", "pay"), ("submit",), ("approve",), ()):
        invoice(stage, deal, *deeds)


_several = _deal_of("Refonte de l'identité", _fill_several)
_one_draft = _deal_of("Carte de visite", lambda stage, deal: invoice(stage, deal))
_approved = _deal_of("Plaquette", lambda stage, deal: invoice(stage, deal, "approve"))
_part_paid = _deal_of("Site du festival", lambda stage, deal: part_paid(stage, deal, paid="2000"))
_overdue = _deal_of("Catalogue d'exposition", lambda stage, deal: overdue(stage, deal, days=12))
_gone = _deal_of("Affiche annulée", lambda stage, deal: _create_and_delete(stage, deal))


def _create_and_delete(stage: Stage, deal: int) -> None:
    invoice(stage, deal)
    stage.person.delete_deal(deal)
    said = stage.say("This deal is gone")
    wait_until(lambda: said in stage.person.panel(deal), seconds=15, what="the panel knows that the deal is gone")


def _menu(stage: Stage, page: Page) -> Shown:
    frame = _open(stage, page, _approved(stage))
    frame.locator(".invoice .dots").first.click()
    frame.locator("[role=menuitem]:visible").first.wait_for()
    _settle(page, frame)
    return Shown(panel_box(page), frame)


def _history(stage: Stage, page: Page) -> Shown:
    frame = _open(stage, page, _part_paid(stage))
    frame.locator(".invoice .dots").first.click()
    frame.get_by_role("menuitem", name=stage.say("History"), exact=True).click()
    frame.locator(".past li").first.wait_for()
    _settle(page, frame)
    return Shown(panel_box(page), frame)


def _deal_menu(stage: Stage, page: Page) -> Shown:
    frame = _open(stage, page, _approved(stage))
    frame.locator("#more-deal").click()
    frame.locator("#menu-deal [role=menuitem]:visible").first.wait_for()
    return Shown(panel_box(page), frame)


def _confirm(stage: Stage, page: Page) -> Shown:
    shown = _menu(stage, page)
    shown.frame.get_by_role("menuitem", name=stage.say("Void"), exact=True).click()
    page.get_by_role("dialog").wait_for()
    return Shown(page, shown.frame)


def _refused(stage: Stage, page: Page) -> Shown:
    frame = _open(stage, page, _one_draft(stage))
    faults(stage.stack.xero_url, method="POST", path="/api.xro/2.0/Invoices/*", do="429")
    frame.get_by_role("button", name=stage.say("Submit for approval")).first.click()
    frame.locator("[role=alert]").first.wait_for()
    _settle(page, frame)
    return Shown(panel_box(page), frame)


def _working(stage: Stage, page: Page) -> Shown:
    frame = _open(stage, page, _one_draft(stage))
    faults(stage.stack.xero_url, method="GET", path="/api.xro/2.0/Invoices*", do="slow", seconds=3)
    frame.locator("#refresh").click()
    frame.locator("[data-own-runs], .htmx-request").first.wait_for()
    return Shown(panel_box(page), frame)


def _offline(stage: Stage, page: Page) -> Shown:
    page.clock.install()
    frame = _open(stage, page, _approved(stage))
    asked: list[str] = []
    page.on("requestfailed", lambda request: asked.append(request.url))
    page.route(_LOOK, lambda route: route.abort())
    for look in range(1, 4):
        page.clock.fast_forward(15_000)
        wait_until(lambda: page.evaluate("1") and len(asked) >= look, seconds=5, what=f"look {look} failed")  # noqa: B023 - waited for in the loop
    frame.locator(".offline").wait_for()
    return Shown(panel_box(page), frame)


def _vendor_down(stage: Stage, page: Page) -> Shown:
    faults(stage.stack.pipedrive_url, method="GET", path="/api/v2/deals/*", do="500", times=2)
    return _shown(stage, page, stage.deal("Jamais ouverte"))


def _not_installed(stage: Stage, page: Page) -> Shown:
    """Pipedrive shows the panel to a user of whom we have never heard."""
    stage.once("colleague", lambda: stage.pipedrive("tokens", user_id=COLLEAGUE))
    page.request.post(f"{stage.stack.pipedrive_url}/user", form={"user_id": str(COLLEAGUE)})
    return _shown(stage, page, 2)


def _no_access(stage: Stage, page: Page) -> Shown:
    """A deal that its viewer may not see: Pipedrive itself would not show the page, so the panel stands alone."""

    def install() -> Salesperson:
        person = Salesperson(stage.person.at, user_id=SEES_OWN)
        person.install()
        return person

    person = stage.once("sees own", install)
    theme = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
    page.goto(
        f"{stage.stack.app_url}/panel?token={person.token()}&id=frame-1&resource=deal&view=details&selectedIds=1"
        f"&userId={SEES_OWN}&companyId=7741001&theme={theme}"
    )
    return Shown(page.locator("body"), page.main_frame)


SCENES = (
    Scene("panel-not-connected", Chapter.INSTALLED, _plain(lambda _: 1), _BOTH),
    Scene("panel-not-installed", Chapter.INSTALLED, _not_installed, complains=("status of 403",)),
    Scene("panel-empty", Chapter.READY, _plain(_deal_of("Nouvelle affaire")), _BOTH),
    Scene("panel-several", Chapter.READY, _plain(_several), _BOTH),
    Scene("panel-overdue", Chapter.READY, _plain(_overdue), _BOTH),
    Scene("panel-part-paid", Chapter.READY, _plain(_part_paid), _BOTH),
    Scene("panel-menu", Chapter.READY, _menu),
    Scene("panel-history", Chapter.READY, _history, _BOTH),
    Scene("panel-rule-stopped", Chapter.READY, _plain(stopped_by_a_rule), _BOTH),
    Scene("panel-deal-menu", Chapter.READY, _deal_menu),
    Scene("panel-confirm", Chapter.READY, _confirm),
    Scene("panel-working", Chapter.READY, _working),
    Scene("panel-refused", Chapter.READY, _refused),
    Scene("panel-offline", Chapter.READY, _offline, complains=("net::ERR_FAILED", "htmx:error")),
    Scene("panel-vendor-down", Chapter.READY, _vendor_down),
    Scene("panel-no-access", Chapter.READY, _no_access, (NARROW,), complains=("status of 403", "favicon.ico")),
    Scene("panel-deal-gone", Chapter.READY, _plain(_gone)),
    Scene("panel-no-rights", Chapter.RESTRICTED, _plain(_approved)),
    Scene("panel-reconnect", Chapter.LOST, _plain(_approved)),
)
