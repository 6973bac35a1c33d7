"""Pages for anybody: what Instep is, and the mark that an invoice carries."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.access import Access, GuardedBlueprint, Surface, core
from marketplace.notices import notice_for
from sync.operations.locate import deal_of_intent

public = GuardedBlueprint("public", access=Access.PUBLIC, surface=Surface.PAGE)


@public.get("/")
def home() -> ResponseReturnValue:
    """Say what Instep is and offer to install it."""
    return render_template("home.html", notice=notice_for(request.args.get("notice", "")))


@public.get("/i/<intent_key>")
def mark(intent_key: str) -> ResponseReturnValue:
    """Lead from an invoice in Xero to its deal in Pipedrive; Pipedrive asks who is there."""
    return redirect(deal_of_intent(core(), intent_key=intent_key))
