"""The panel in the deal's sidebar: drawn in full on the first request, then kept fresh in parts (D21, D24)."""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.schemas import FrameQuerySchema
from sync.operations.panel import PanelView, show_panel
from sync.operations.refresh_invoices import refresh_deal

panel = GuardedBlueprint("panel", access=Access.ADDRESS_AND_DEAL, surface=Surface.FRAME)
panel_news = GuardedBlueprint("panel_news", access=Access.BEARER_AND_DEAL, surface=Surface.FRAGMENT)


@panel.get("/panel")
def show() -> ResponseReturnValue:
    """Show the panel, complete."""
    view = show_panel(core(), person=person(), deal_id=deal_id())
    theme = FrameQuerySchema().load(request.args).theme
    return render_template("panel/page.html", view=view, deal_id=deal_id(), theme=theme)


@panel_news.get("/panel/invoices")
def invoices() -> ResponseReturnValue:
    """Give the panel's content, or 304 when it is what the page shows already."""
    return _content(show_panel(core(), person=person(), deal_id=deal_id()))


@panel_news.post("/panel/refresh")
def refresh() -> ResponseReturnValue:
    """Fetch the newest state from Xero and give the content that came of it."""
    refresh_deal(core(), person=person(), deal_id=deal_id())
    return _content(show_panel(core(), person=person(), deal_id=deal_id()))


def _content(view: PanelView) -> Response:
    if request.method == "GET" and request.if_none_match.contains_weak(view.etag):
        response = Response(status=304)
    else:
        response = make_response(render_template("panel/_deal.html", view=view, deal_id=deal_id()))
    # Weak: compression makes other bytes of it, and a weak tag survives that unchanged.
    response.set_etag(view.etag, weak=True)
    return response
