"""The window with all invoices of a deal's contact: what was made elsewhere is linked to the deal here (F23 to F25)."""

import json
from uuid import UUID

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.all_invoices_schemas import ChoiceSchema, LinkSchema, SearchSchema, WishSchema
from marketplace.deed_words import invoice_name
from marketplace.schemas import FrameQuerySchema
from sync.operations.contact_invoices import find_contact_invoices, get_listed
from sync.operations.link_contact import link_contact, search_customer
from sync.operations.link_invoice import link_invoice, unlink_invoice

all_invoices = GuardedBlueprint("all_invoices", access=Access.ADDRESS, surface=Surface.FRAME)
all_invoices_work = GuardedBlueprint("all_invoices_work", access=Access.BEARER_AND_DEAL, surface=Surface.FRAGMENT)


@all_invoices.get("/invoices")
def show() -> ResponseReturnValue:
    """Show the window's outline at once; the list needs an answer of Xero's and follows."""
    return render_template("invoices/page.html", query=FrameQuerySchema().load(request.args))


@all_invoices_work.get("/invoices/list")
def listing() -> ResponseReturnValue:
    """Give one page of the contact's invoices, or the way to say who the contact is."""
    wish = WishSchema().load(request.args)
    found = find_contact_invoices(core(), person=person(), deal_id=deal_id(), wish=wish)
    template = "invoices/_list.html" if found else "invoices/_choose.html"
    return render_template(template, listing=found, deal_id=deal_id(), wish=wish)


@all_invoices_work.post("/invoices/<uuid:invoice>/link")
def link(invoice: UUID) -> ResponseReturnValue:
    """Hang an invoice on the deal, where it is asked for taken from another."""
    leaves = LinkSchema().load(request.form)
    link_invoice(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice), leaves=leaves)
    words = _("%(number)s is moved to this deal.") if leaves else _("%(number)s is linked to this deal.")
    return _row(invoice, words)


@all_invoices_work.post("/invoices/<uuid:invoice>/unlink")
def unlink(invoice: UUID) -> ResponseReturnValue:
    """Take an invoice off the deal."""
    unlink_invoice(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice))
    return _row(invoice, _("%(number)s is unlinked. Nothing has changed in Xero."))


@all_invoices_work.get("/invoices/contacts")
def contacts() -> ResponseReturnValue:
    """Give the contacts that may be the customer."""
    words = SearchSchema().load(request.args)
    found = search_customer(core(), person=person(), deal_id=deal_id(), words=words)
    return render_template("invoices/_contacts.html", found=found, deal_id=deal_id())


@all_invoices_work.post("/invoices/contact")
def choose() -> ResponseReturnValue:
    """Remember which contact the customer is."""
    link_contact(core(), person=person(), deal_id=deal_id(), contact_id=ChoiceSchema().load(request.form))
    return _saying(Response(status=204), _("The contact is linked. Nothing has changed in Xero."))


def _row(invoice: UUID, words: str) -> Response:
    """Give an invoice as the list shows it now, with a sentence for Pipedrive's snackbar."""
    one = get_listed(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice))
    response = make_response(render_template("invoices/_row.html", one=one, deal_id=deal_id(), may_link=True))
    return _saying(response, words % {"number": invoice_name(one.row)})


def _saying(response: Response, sentence: str) -> Response:
    response.headers["HX-Trigger"] = json.dumps({"instep:say": {"message": sentence}})
    return response
