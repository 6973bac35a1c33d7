"""Scenes of the window with all invoices of a deal's contact."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bs4 import BeautifulSoup
from playwright.sync_api import Frame, Page

from tests.screenshots.scene import NARROW, WIDE, Chapter, Scene, Shown
from tests.screenshots.stage import Stage, frame_of
from tests.support.vendors import faults

_BOTH = (WIDE, NARROW)
_LIST = "**/invoices/list*"
_LISTS = "/api.xro/2.0/Invoices"
#: What is issued when, as Xero has it, and what is done to it there; days are counted from today.
_BOOKS: tuple[tuple[dict[str, Any], int, tuple[tuple[str, dict[str, str]], ...]], ...] = (
    ({"Status": "DRAFT", "Reference": "Maquette"}, 14, ()),
    ({"Status": "SUBMITTED", "Reference": "PO 2026-114"}, 14, ()),
    ({"Reference": "Acompte, phase 1"}, -9, ()),
    ({"Reference": "PO 2026-097"}, 21, (("pay", {"amount": "400"}),)),
    ({"Reference": "PO 2026-081"}, 7, (("pay", {}),)),
    ({"Reference": "PO 2026-080"}, 7, (("void", {}),)),
)


def _deal(stage: Stage) -> int:
    """Give a deal to whose contact much was invoiced, here, on another deal and nowhere."""
    deal = stage.deal("Toutes les factures", org_id=3, person_id=3)
    other = stage.deal("Signalétique du cabinet", org_id=3, person_id=3)
    stage.once("all invoices", lambda: _fill(stage, deal, other))
    return deal


def _fill(stage: Stage, deal: int, other: int) -> None:
    contact = _link(stage, deal)
    made = [_make(stage, contact, *book) for book in _BOOKS]
    for place, invoice_id in ((deal, made[2]), (deal, made[4]), (other, made[3])):
        stage.person.fragment("POST", f"/invoices/{invoice_id}/link", deal_id=place).raise_for_status()


def _link(stage: Stage, deal: int) -> str:
    page = BeautifulSoup(stage.person.fragment("GET", "/invoices/contacts", deal_id=deal).text, "html.parser")
    contact = str(page.select_one("[data-contact]")["data-contact"])  # type: ignore[index]  # it is there
    stage.person.fragment("POST", "/invoices/contact", deal_id=deal, data={"contact_id": contact}).raise_for_status()
    return contact


def _make(
    stage: Stage, contact: str, content: dict[str, Any], due_in: int, deeds: tuple[tuple[str, dict[str, str]], ...]
) -> str:
    today = datetime.now(UTC).date()
    due = today + timedelta(days=due_in)
    body = {
        "Contact": {"ContactID": contact},
        "Date": min(today, due).isoformat(),
        "DueDate": due.isoformat(),
        "LineAmountTypes": "NoTax",
        "Status": "AUTHORISED",
        "LineItems": [{"Description": "Signs", "Quantity": 1, "UnitAmount": 1250.5, "AccountCode": "200"}],
    }
    invoice_id = str(stage.xero("invoices", **body | content)["InvoiceID"])
    for deed, details in deeds:
        stage.bookkeeper.act(invoice_id, deed, **details)
    return invoice_id


def _open(stage: Stage, page: Page, deal: int) -> Frame:
    page.goto(f"{stage.stack.pipedrive_url}/deal/{deal}")
    page.locator("#actions").click()
    page.locator("[data-modal=instep-invoices]").click()
    page.locator("iframe[data-extension=modal]").wait_for()
    frame = frame_of(page, "modal")
    frame.wait_for_url("**/invoices?*")
    return frame


def _until(shows: str, deal: Callable[[Stage], int] = _deal) -> Callable[[Stage, Page], Shown]:
    """Make a scene that only opens the window, and waits until something is seen in it."""

    def show(stage: Stage, page: Page) -> Shown:
        frame = _open(stage, page, deal(stage))
        frame.locator(shows).first.wait_for()
        return Shown(page, frame)

    return show


def _loading(stage: Stage, page: Page) -> Shown:
    deal = _deal(stage)
    faults(stage.stack.xero_url, method="GET", path=_LISTS, do="slow", seconds=3)
    return _until(".skeleton", lambda _: deal)(stage, page)


def _nothing_matches(stage: Stage, page: Page) -> Shown:
    shown = _until(".row")(stage, page)
    shown.frame.locator("[name=q]").fill("PO 1999")
    shown.frame.locator("#clear").wait_for()
    return shown


def _other_days(stage: Stage, page: Page, *, last: str) -> Shown:
    shown = _until(".row")(stage, page)
    shown.frame.locator("[name=period]").select_option("custom")
    shown.frame.locator("[name=from]").fill("2019-01-01")
    shown.frame.locator("[name=to]").fill(last)
    shown.frame.locator("#results .state").wait_for()
    return shown


def _busy(stage: Stage, page: Page) -> Shown:
    deal = _deal(stage)
    faults(stage.stack.xero_url, method="GET", path=_LISTS, do="429")
    return _until("#results .state", lambda _: deal)(stage, page)


def _offline(stage: Stage, page: Page) -> Shown:
    shown = _until(".row")(stage, page)
    page.route(_LIST, lambda route: route.abort())
    shown.frame.locator("#refresh").click()
    shown.frame.locator("#trouble .state").wait_for()
    return shown


def _move(stage: Stage, page: Page) -> Shown:
    shown = _until(".row")(stage, page)
    shown.frame.locator("[data-place=elsewhere] [data-do=act]").first.click()
    page.get_by_role("dialog").nth(1).wait_for()
    return shown


def _refused(stage: Stage, page: Page) -> Shown:
    shown = _until(".row")(stage, page)
    faults(stage.stack.xero_url, method="GET", path=f"{_LISTS}/*", do="429")
    shown.frame.locator("[data-place=nowhere] [data-do=act]").first.click()
    shown.frame.locator(".row [role=alert]").wait_for()
    return shown


SCENES = (
    Scene("all-invoices-not-connected", Chapter.INSTALLED, _until("#results .state", lambda _: 1)),
    Scene("all-invoices", Chapter.READY, _until(".row"), _BOTH),
    Scene("all-invoices-loading", Chapter.READY, _loading),
    Scene(
        "all-invoices-who", Chapter.READY, _until("#contacts li", lambda stage: stage.deal("École", org_id=5)), _BOTH
    ),
    Scene(
        "all-invoices-nobody", Chapter.READY, _until("#contacts .state", lambda stage: stage.deal("Bière", org_id=6))
    ),
    Scene("all-invoices-nothing-matches", Chapter.READY, _nothing_matches),
    Scene("all-invoices-none", Chapter.READY, lambda stage, page: _other_days(stage, page, last="2019-12-31")),
    Scene(
        "all-invoices-wrong-days",
        Chapter.READY,
        lambda stage, page: _other_days(stage, page, last="2018-12-31"),
        _BOTH,
    ),
    Scene("all-invoices-busy", Chapter.READY, _busy),
    Scene("all-invoices-offline", Chapter.READY, _offline, complains=("net::ERR_FAILED",)),
    Scene("all-invoices-move", Chapter.READY, _move),
    Scene("all-invoices-refused", Chapter.READY, _refused),
    Scene("all-invoices-no-rights", Chapter.RESTRICTED, _until(".row"), _BOTH),
    Scene("all-invoices-reconnect", Chapter.LOST, _until("#results .state")),
)
