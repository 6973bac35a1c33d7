"""What a person does from the panel: every answer is the panel as it is then, and a sentence that says what was done."""

from uuid import UUID

from flask import Response, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.access import Access, GuardedBlueprint, Surface, core, deal_id, person
from marketplace.deed_words import done_text
from marketplace.panel import news
from marketplace.schemas import ActionSchema, KeySchema
from sync.domain.actions import Action
from sync.domain.problems import ProblemKind
from sync.operations.change_invoice import Change, change_invoice
from sync.operations.contact_links import unlink_contact
from sync.operations.email_invoice import email_invoice
from sync.operations.invoice_pdf import issue_pdf_ticket, redeem_pdf_ticket
from sync.operations.panel import show_panel
from sync.operations.payment_link import payment_link
from sync.operations.retry import retry_asked, retry_rule, retry_work

panel_actions = GuardedBlueprint("panel_actions", access=Access.BEARER_AND_DEAL, surface=Surface.FRAGMENT)
documents = GuardedBlueprint("documents", access=Access.STATE, surface=Surface.PAGE)


@panel_actions.post("/panel/invoices/<uuid:invoice>/change")
def change(invoice: UUID) -> ResponseReturnValue:
    """Submit, approve, void or delete."""
    asked = ActionSchema().load(request.form)
    change_invoice(
        core(),
        person=person(),
        deal_id=deal_id(),
        invoice_id=str(invoice),
        change=Change(asked.action),
        intent_key=asked.key,
    )
    return _done(Action(asked.action), invoice)


@panel_actions.post("/panel/invoices/<uuid:invoice>/email")
def email(invoice: UUID) -> ResponseReturnValue:
    """Have Xero send it to the customer."""
    key = KeySchema().load(request.form)
    email_invoice(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice), intent_key=key)
    return _done(Action.EMAIL, invoice)


@panel_actions.post("/panel/invoices/<uuid:invoice>/link")
def link(invoice: UUID) -> ResponseReturnValue:
    """Give the address under which the customer pays."""
    return jsonify(url=payment_link(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice)))


@panel_actions.post("/panel/invoices/<uuid:invoice>/pdf")
def pdf(invoice: UUID) -> ResponseReturnValue:
    """Give the address that opens the document once."""
    ticket = issue_pdf_ticket(core(), person=person(), deal_id=deal_id(), invoice_id=str(invoice))
    return jsonify(url=f"{core().settings.base_url}{url_for('documents.show', ticket=ticket)}")


@panel_actions.post("/panel/unlink-contact")
def unlink() -> ResponseReturnValue:
    """Forget which contact the customer is."""
    unlink_contact(core(), person=person(), deal_id=deal_id())
    return news(_("The contact is unlinked. Nothing has changed in Xero."))


@panel_actions.post("/panel/retry/asked")
def retry_lost() -> ResponseReturnValue:
    """Have it found out what became of what was asked of Xero; the panel shows what comes of it."""
    retry_asked(core(), person=person(), deal_id=deal_id())
    return news(_("Instep tries again now."))


@panel_actions.post("/panel/retry/<any(fields, news):what>")
def retry_failed(what: str) -> ResponseReturnValue:
    """Have what failed tried again."""
    retry_work(core(), person=person(), deal_id=deal_id(), what=ProblemKind(what))
    return news(_("Instep tries again now."))


@panel_actions.post("/panel/retry/rule/<uuid:run>")
def retry_stopped(run: UUID) -> ResponseReturnValue:
    """Have a rule that stopped try again."""
    retry_rule(core(), person=person(), deal_id=deal_id(), run_key=str(run))
    return news(_("Instep tries again now."))


@documents.get("/pdf")
def show() -> ResponseReturnValue:
    """Give the document that a ticket was made for."""
    found = redeem_pdf_ticket(core(), ticket=request.args.get("ticket", ""))
    response = make_response(found.content)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{found.filename}"'
    return response


def _done(action: Action, invoice: UUID) -> Response:
    view = show_panel(core(), person=person(), deal_id=deal_id())
    row = next((row for row in view.invoices if row.key == str(invoice)), None)
    return news(done_text(action, row) if row else _("Done."), view)
