"""The invoice window and the settings page inside Pipedrive."""

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.schemas import FrameQuerySchema
from marketplace.window_json import contacts_json, customer_json, form_json, items_json
from marketplace.window_schemas import CustomerQuerySchema, DraftSchema, HalfWrittenSchema, ItemQuerySchema
from marketplace.window_words import created_text
from sync.operations.customer import search_contacts, show_customer
from sync.operations.draft_invoice import DraftResult, draft_invoice
from sync.operations.half_written import forget_half_written, keep_half_written
from sync.operations.items import search_items
from sync.operations.prepare_invoice import prepare_invoice
from sync.operations.setup import show_setup
from sync.operations.tickets import issue_setup_ticket

window = GuardedBlueprint("window", access=Access.ADDRESS, surface=Surface.FRAME)
window_work = GuardedBlueprint("window_work", access=Access.BEARER_AND_DEAL, surface=Surface.DATA)
tickets = GuardedBlueprint("tickets", access=Access.BEARER, surface=Surface.FRAGMENT)


@window.get("/invoice")
def show() -> ResponseReturnValue:
    """Show the window's outline at once; the form needs answers from Pipedrive and follows."""
    return render_template("invoice/page.html", query=FrameQuerySchema().load(request.args))


@window.get("/settings")
def settings() -> ResponseReturnValue:
    """Show the state of both connections."""
    view = show_setup(core(), company_id=person().company_id, user_id=person().user_id)
    return render_template("settings.html", view=view, theme=FrameQuerySchema().load(request.args).theme)


@window_work.get("/invoice/form")
def form() -> ResponseReturnValue:
    """Give the form, filled from the deal."""
    return jsonify(form_json(prepare_invoice(core(), person=person(), deal_id=deal_id())))


@window_work.get("/invoice/customer")
def customer() -> ResponseReturnValue:
    """Say who the customer is in Xero, and what differs there."""
    asked = CustomerQuerySchema().load(request.args)
    view = show_customer(core(), person=person(), deal_id=deal_id(), intent_key=asked.intent, contact_id=asked.contact)
    return jsonify(customer_json(view))


@window_work.get("/invoice/contacts")
def contacts() -> ResponseReturnValue:
    """Search Xero's contacts."""
    asked = CustomerQuerySchema().load(request.args)
    found = search_contacts(core(), person=person(), deal_id=deal_id(), intent_key=asked.intent, words=asked.q)
    return jsonify(candidates=contacts_json(found))


@window_work.get("/invoice/items")
def items() -> ResponseReturnValue:
    """Search Xero's items."""
    found = search_items(core(), person=person(), words=ItemQuerySchema().load(request.args))
    return jsonify(items=items_json(found))


@window_work.put("/invoice/half-written")
def keep() -> ResponseReturnValue:
    """Keep what is typed so far."""
    content = HalfWrittenSchema().load({"content": request.get_json(silent=True)})
    keep_half_written(core(), person=person(), deal_id=deal_id(), content=content)
    return "", 204


@window_work.delete("/invoice/half-written")
def forget() -> ResponseReturnValue:
    """Forget it."""
    forget_half_written(core(), person=person(), deal_id=deal_id())
    return "", 204


@window_work.post("/invoice")
def create() -> ResponseReturnValue:
    """Create the invoice in Xero. The intent's key makes a second click the same invoice."""
    content = request.get_json(silent=True)
    draft = DraftSchema().load(content if isinstance(content, dict) else {})
    return created(draft_invoice(core(), person=person(), deal_id=deal_id(), request=draft))


@tickets.post("/tickets")
def issue() -> ResponseReturnValue:
    """Give the address that opens the setup at the top level, once."""
    ticket = issue_setup_ticket(core(), person=person(), deal_id=request.args.get("deal", type=int))
    return jsonify(url=f"{core().settings.base_url}{url_for('setup.show', ticket=ticket)}")


def created(result: DraftResult) -> Response:
    """Tell the window what became of it; it leaves by itself unless there is more to say."""
    html = render_template("invoice/_created.html", result=result) if result.wants_a_look else ""
    return make_response(jsonify(message=created_text(result), stay=result.wants_a_look, html=html), 201)
