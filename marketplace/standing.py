"""How a company stands: what waits, failed or is behind, and why, for its admins (F31)."""

from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.access import Access, GuardedBlueprint, Surface, core, person
from marketplace.messages import Notice
from marketplace.notices import notice_for
from marketplace.schemas import TroubleSchema
from sync.operations.company_standing import AdminsOnly, retry_trouble, show_standing
from sync.operations.setup import deal_url

standing = GuardedBlueprint("standing", access=Access.SESSION, surface=Surface.PAGE)


@standing.get("/setup/standing")
def show() -> ResponseReturnValue:
    """Show how the company stands."""
    view = show_standing(core(), person=person())
    return render_template(
        "setup/standing.html",
        view=view,
        notice=notice_for(request.args.get("notice", "")),
        deal_url=partial(deal_url, person()),
    )


@standing.post("/setup/standing/retry")
def retry() -> ResponseReturnValue:
    """Have one kind of trouble tried again."""
    retry_trouble(core(), person=person(), kind=TroubleSchema().load(request.form))
    return redirect(url_for("standing.show", notice=Notice.RETRIED.value))


@standing.errorhandler(AdminsOnly)
def on_admins_only(refused: AdminsOnly) -> ResponseReturnValue:
    """Tell who could tell."""
    return render_template("setup/standing_closed.html", admins=refused.admins, company_name=person().company_name), 403
