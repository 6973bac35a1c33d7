"""Scenes of the invoice window."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Frame, Page

from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage, open_window
from tests.support.vendors import faults

_BOTH = (WIDE, NARROW)
_WRITES = "/api.xro/2.0/Invoices"
_HARBOUR_LANE = {"org_id": 3, "person_id": 3}
_UNKNOWN_IN_XERO = {"org_id": 7, "person_id": 7}
_SHORT_LIST = [
    {"product_id": 1, "item_price": 4800, "quantity": 1, "tax": 20},
    {"product_id": 3, "item_price": 95, "quantity": 12.5, "tax": 20, "discount": 10},
    {"product_id": 5, "item_price": 240, "quantity": 3, "tax": 10, "discount": 50, "discount_type": "amount"},
]
_LONG_LIST = [
    {
        "product_id": 1 + number % 8,
        "item_price": 95 + number,
        "quantity": 1 + number % 7,
        "tax": 20 if number % 3 else 10,
    }
    for number in range(100)
]


def _filled(stage: Stage, page: Page, deal: int) -> Frame:
    """Open the window and wait until it knows everything."""
    frame = open_window(stage, page, deal, "instep-invoice")
    frame.locator("#invoice-form").wait_for()
    frame.locator("#customer[aria-busy=false]").wait_for()
    return frame


def _window(page: Page, frame: Frame) -> Shown:
    return Shown(page.get_by_role("dialog"), frame)


def _deal(stage: Stage, title: str, **more: Any) -> int:
    return stage.deal(title, **{"lines": _SHORT_LIST, **_HARBOUR_LANE, **more})


def _loading(stage: Stage, page: Page) -> Shown:
    faults(stage.stack.pipedrive_url, method="GET", path="/api/v2/deals/*/products", do="slow", seconds=2)
    frame = open_window(stage, page, _deal(stage, "Lent à lire"), "instep-invoice")
    frame.locator(".outline").wait_for()
    return _window(page, frame)


def _plain(stage: Stage, page: Page) -> Shown:
    return _window(page, _filled(stage, page, _deal(stage, "Papeterie du cabinet")))


def _new_customer(stage: Stage, page: Page) -> Shown:
    return _window(page, _filled(stage, page, _deal(stage, "Portfolio en ligne", **_UNKNOWN_IN_XERO)))


def _hundred_lines(stage: Stage, page: Page) -> Shown:
    return _window(page, _filled(stage, page, _deal(stage, "Exposition itinérante", lines=_LONG_LIST)))


def _no_lines(stage: Stage, page: Page) -> Shown:
    return _window(page, _filled(stage, page, _deal(stage, "Sans produits", lines=[], value=0)))


def _differences(stage: Stage, page: Page) -> Shown:
    frame = _filled(stage, page, _deal(stage, "Vitrine de Noël"))
    frame.locator("#update-contact").check()
    frame.locator("#differences").wait_for()
    return _window(page, frame)


def _searching_item(stage: Stage, page: Page) -> Shown:
    frame = _filled(stage, page, _deal(stage, "Enseigne"))
    frame.locator("[name=item_code]").first.fill("design")
    frame.locator("#options [role=option]").first.wait_for()
    return _window(page, frame)


def _checked(stage: Stage, page: Page) -> Shown:
    frame = _filled(stage, page, _deal(stage, "Carte de vœux"))
    frame.locator("[name=due_date]").fill("2020-01-31")
    frame.locator("[name=quantity]").first.fill("beaucoup")
    frame.locator("#create").click()
    frame.locator("[aria-invalid=true]").first.wait_for()
    return _window(page, frame)


def _refused(stage: Stage, page: Page) -> Shown:
    """Xero has locked the period since our last look."""
    frame = _filled(stage, page, _deal(stage, "Dépliant"))
    stage.xero("organisation", lock_date=(datetime.now(UTC).date() + timedelta(days=30)).isoformat())
    frame.locator("#create").click()
    frame.locator("#problem [role=alert]").wait_for()
    stage.xero("organisation", lock_date=None)
    return _window(page, frame)


def _creating(stage: Stage, page: Page) -> Shown:
    # What is under way when the picture is taken goes on afterwards, on a deal that nobody looks at again.
    frame = _filled(stage, page, _deal(stage, f"Panneaux, lot {stage.count('creating')}"))
    faults(stage.stack.xero_url, method="PUT", path=_WRITES, do="slow", seconds=3)
    frame.locator("#create").click()
    frame.locator("#create .busy").wait_for()
    return _window(page, frame)


def _total_differs(stage: Stage, page: Page) -> Shown:
    """Somebody changes a tax rate in Xero while the window is open."""
    frame = _filled(stage, page, _deal(stage, "Campagne"))
    _set_rate(stage, 21)
    frame.locator("#create").click()
    frame.locator(".state[role=status]").wait_for()
    _set_rate(stage, 20)
    return _window(page, frame)


def _set_rate(stage: Stage, percent: float) -> None:
    row = {
        "TaxType": "OUTPUT2",
        "Name": "TVA 20 % (ventes)",
        "ReportTaxType": "OUTPUT",
        "Status": "ACTIVE",
        "CanApplyToRevenue": True,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "TaxComponents": [{"Name": "TVA", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}],
    }
    stage.xero("organisation", tax_rates=[row])


def _half_written(stage: Stage, page: Page) -> Shown:
    deal = _deal(stage, "Interrompue")
    frame = _filled(stage, page, deal)
    with page.expect_response(lambda answer: "/invoice/half-written" in answer.url and answer.ok):
        frame.locator("[name=reference]").fill(f"Bon de commande 4711 {'.' * stage.count('half-written')}")
    frame = _filled(stage, page, deal)
    frame.locator("#restored").wait_for()
    return _window(page, frame)


def _other_currency(stage: Stage, page: Page) -> Shown:
    return _window(page, _filled(stage, page, _deal(stage, "London showroom", currency="GBP")))


def _failed(stage: Stage, page: Page) -> Shown:
    deal = _deal(stage, "Injoignable")
    stage.person.fragment("GET", "/panel/invoices", deal_id=deal)
    faults(stage.stack.pipedrive_url, method="GET", path="/api/v2/deals/*/products", do="500")
    frame = open_window(stage, page, deal, "instep-invoice")
    frame.locator("#window [role=alert]").wait_for()
    return _window(page, frame)


def _unanswered(stage: Stage, page: Page, deal: int) -> Shown:
    """Open a window that has no form to show, but the next step."""
    frame = open_window(stage, page, deal, "instep-invoice")
    frame.locator("#window [role=alert]").wait_for()
    return _window(page, frame)


def _deal_gone(stage: Stage, page: Page) -> Shown:
    deal = _deal(stage, "Abandonnée")
    stage.once("abandoned", lambda: stage.person.delete_deal(deal))
    return _unanswered(stage, page, deal)


def _customer_failed(stage: Stage, page: Page) -> Shown:
    page.route("**/invoice/customer*", lambda route: route.abort())
    frame = _filled(stage, page, _deal(stage, "Sans réponse"))
    frame.locator("#customer-failure [role=alert]").wait_for()
    return _window(page, frame)


def _searching_contact(stage: Stage, page: Page) -> Shown:
    frame = _filled(stage, page, _deal(stage, "Invitation"))
    frame.locator("[data-do=change-contact]").click()
    frame.locator("#contact-search").fill("har")
    frame.locator("#options [role=option]").first.wait_for()
    return _window(page, frame)


def _stays_a_draft(stage: Stage, page: Page) -> Shown:
    """Xero makes the draft and has no time to approve it."""
    frame = _filled(stage, page, _deal(stage, "Bâche"))
    faults(stage.stack.xero_url, method="POST", path=f"{_WRITES}/*", do="429")
    frame.locator("[name=create_as][value=approve]").check()
    frame.locator("#create").click()
    frame.locator(".state .banner.warn").wait_for()
    return _window(page, frame)


SCENES = (
    Scene("window-not-connected", Chapter.INSTALLED, lambda stage, page: _unanswered(stage, page, 1)),
    Scene("window-loading", Chapter.READY, _loading, _BOTH),
    Scene("window-filled", Chapter.READY, _plain, _BOTH),
    Scene("window-new-customer", Chapter.READY, _new_customer),
    Scene("window-hundred-lines", Chapter.READY, _hundred_lines),
    Scene("window-no-lines", Chapter.READY, _no_lines),
    Scene("window-differences", Chapter.READY, _differences, _BOTH),
    Scene("window-item-search", Chapter.READY, _searching_item),
    Scene("window-checked", Chapter.READY, _checked, _BOTH),
    Scene("window-refused", Chapter.READY, _refused),
    Scene("window-creating", Chapter.READY, _creating),
    Scene("window-total-differs", Chapter.READY, _total_differs),
    Scene("window-half-written", Chapter.READY, _half_written),
    Scene("window-other-currency", Chapter.READY, _other_currency),
    Scene("window-failed", Chapter.READY, _failed),
    Scene("window-deal-gone", Chapter.READY, _deal_gone, complains=("status of 410",)),
    Scene("window-customer-failed", Chapter.READY, _customer_failed, complains=("net::ERR_FAILED",)),
    Scene("window-contact-search", Chapter.READY, _searching_contact),
    Scene("window-stays-a-draft", Chapter.READY, _stays_a_draft),
    Scene(
        "window-no-rights",
        Chapter.RESTRICTED,
        lambda stage, page: _unanswered(stage, page, _deal(stage, "Sans droits")),
        complains=("status of 403",),
    ),
    Scene(
        "window-reconnect",
        Chapter.LOST,
        lambda stage, page: _unanswered(stage, page, _deal(stage, "Papeterie du cabinet")),
    ),
)
