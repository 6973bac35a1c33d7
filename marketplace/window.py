"""The invoice window and the settings page inside Pipedrive."""

import json

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.schemas import DraftSchema, FrameQuerySchema
from sync.operations.draft_invoice import DraftResult, draft_invoice
from sync.operations.prepare_invoice import prepare_invoice
from sync.operations.setup import show_setup
from sync.operations.tickets import issue_setup_ticket

window = GuardedBlueprint("window", access=Access.ADDRESS, surface=Surface.FRAME)
window_work = GuardedBlueprint("window_work", access=Access.BEARER_AND_DEAL, surface=Surface.FRAGMENT)
tickets = GuardedBlueprint("tickets", access=Access.BEARER, surface=Surface.FRAGMENT)


@window.get("/invoice")
def show() -> ResponseReturnValue:
    """Show the window's outline at once; the form needs answers from both vendors and follows."""
    return render_template("invoice/page.html", query=FrameQuerySchema().load(request.args))


@window.get("/settings")
def settings() -> ResponseReturnValue:
    """Show the state of both connections."""
    view = show_setup(core(), company_id=person().company_id, user_id=person().user_id)
    return render_template("settings.html", view=view, theme=FrameQuerySchema().load(request.args).theme)


@window_work.get("/invoice/form")
def form() -> ResponseReturnValue:
    """Give the form, filled from the deal."""
    view = prepare_invoice(core(), person=person(), deal_id=deal_id())
    return render_template("invoice/_form.html", form=view, deal_id=deal_id())


@window_work.post("/invoice")
def create() -> ResponseReturnValue:
    """Create the draft in Xero. The intent's key in the form makes a second click the same invoice."""
    draft = DraftSchema().load(request.form)
    return created(draft_invoice(core(), person=person(), deal_id=deal_id(), request=draft))


@tickets.post("/tickets")
def issue() -> ResponseReturnValue:
    """Give the address that opens the setup at the top level, once."""
    ticket = issue_setup_ticket(core(), person=person(), deal_id=request.args.get("deal", type=int))
    return jsonify(url=f"{core().settings.base_url}{url_for('setup.show', ticket=ticket)}")


def created(result: DraftResult) -> Response:
    """Tell the window what became of it; it leaves by itself unless Xero computed another total."""
    response = make_response(render_template("invoice/_created.html", result=result), 201)
    differs = result.expected_total != result.xero_total
    number = result.invoice.number
    message = _("Draft %(number)s created in Xero.", number=number) if number else _("Draft created in Xero.")
    response.headers["HX-Trigger"] = json.dumps({"instep:created": {"message": message, "stay": differs}})
    return response
