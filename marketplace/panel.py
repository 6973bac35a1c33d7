"""The panel in the deal's sidebar: drawn in full on the first request, then kept fresh in parts (D21, D24)."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.i18n import language, number_locale_tag
from marketplace.schemas import FrameQuerySchema
from sync.operations.panel import PanelView, show_panel
from sync.operations.refresh_invoices import refresh_deal
from sync.operations.timeline import show_timeline

panel = GuardedBlueprint("panel", access=Access.ADDRESS_AND_DEAL, surface=Surface.FRAME)
panel_news = GuardedBlueprint("panel_news", access=Access.BEARER_AND_DEAL, surface=Surface.FRAGMENT)


@panel.get("/panel")
def show() -> ResponseReturnValue:
    """Show the panel, complete."""
    view = show_panel(core(), person=person(), deal_id=deal_id())
    return _drawn("panel/page.html", view, _Reader(theme=FrameQuerySchema().load(request.args).theme))


@panel_news.get("/panel/invoices")
def invoices() -> ResponseReturnValue:
    """Give the panel's content, or 304 when it is what the page shows already."""
    return content(show_panel(core(), person=person(), deal_id=deal_id()))


@panel_news.post("/panel/refresh")
def refresh() -> ResponseReturnValue:
    """Fetch the newest state from Xero and give the content that came of it."""
    refresh_deal(core(), person=person(), deal_id=deal_id())
    return news(_("Up to date with Xero."))


@panel_news.get("/panel/invoices/<uuid:invoice>/history")
def history(invoice: UUID) -> ResponseReturnValue:
    """Tell the past of an invoice."""
    told = show_timeline(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice))
    return render_template("panel/_history.html", told=told, key=str(invoice), deal_id=deal_id())


@dataclass(frozen=True)
class _Reader:
    """All that a panel's HTML depends on beside its view."""

    deal_id: int = field(default_factory=deal_id)
    language: str = field(default_factory=language)
    locale: str = field(default_factory=number_locale_tag)
    theme: str = "light"


@lru_cache(maxsize=2000)
def _drawn(template: str, view: PanelView, reader: _Reader) -> str:
    """Draw a view once for everybody who reads it the same way; what is in it decides, so it cannot grow stale."""
    return render_template(template, view=view, deal_id=reader.deal_id, theme=reader.theme)


def news(sentence: str, view: PanelView | None = None) -> Response:
    """Give the content that came of what a person did, with a sentence for Pipedrive's snackbar."""
    response = content(view or show_panel(core(), person=person(), deal_id=deal_id()))
    response.headers["HX-Trigger"] = json.dumps({"instep:say": {"message": sentence}})
    return response


def content(view: PanelView) -> Response:
    """Give a view as the part of the page that shows it, unless the page shows it already."""
    if request.method == "GET" and request.if_none_match.contains_weak(view.etag):
        response = Response(status=304)
    else:
        response = make_response(_drawn("panel/_deal.html", view, _Reader()))
    # Weak: compression makes other bytes of it, and a weak tag survives that unchanged.
    response.set_etag(view.etag, weak=True)
    return response
