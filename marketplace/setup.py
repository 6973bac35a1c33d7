"""The guided way at the top level: connect Xero, choose the organisation, preferences, back to the deal (D22, D23)."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.access import Access, GuardedBlueprint, Surface, core, hold, holder, person
from marketplace.browser import browser_mark
from marketplace.messages import Notice
from marketplace.notices import notice_for
from marketplace.preferences import draw_preferences
from marketplace.schemas import ConsentSchema, FormRefused, OrganisationSchema
from sync.errors import ErrorCode
from sync.operations import xero_connection
from sync.operations.preference_page import Draft, show_preferences
from sync.operations.setup import SetupStep, SetupView, deal_url, show_setup

setup = GuardedBlueprint("setup", access=Access.SESSION, surface=Surface.PAGE)
xero = GuardedBlueprint("xero", access=Access.STATE, surface=Surface.REDIRECT)


@setup.get("/setup")
def show() -> ResponseReturnValue:
    """Show the step that the company is at."""
    return _page(notice=request.args.get("notice", ""))


@setup.post("/setup/organisation")
def choose() -> ResponseReturnValue:
    """Take the choice of an organisation."""
    key = OrganisationSchema().load(request.form)
    xero_connection.choose_organisation(
        core(), company_id=person().company_id, user_id=person().user_id, organisation_key=key
    )
    return redirect(url_for("setup.show", notice=Notice.CONNECTED.value))


@setup.post("/xero/connect")
def connect() -> ResponseReturnValue:
    """Lead to Xero's consent page, in the same tab as Xero wants it."""
    url = xero_connection.begin_connect(
        core(),
        company_id=person().company_id,
        user_id=person().user_id,
        browser=browser_mark(),
        deal_id=holder().deal_id,
    )
    return redirect(url, code=303)


@setup.post("/xero/disconnect")
def disconnect() -> ResponseReturnValue:
    """End the company's connection to Xero."""
    xero_connection.disconnect_xero(core(), company_id=person().company_id, user_id=person().user_id)
    return redirect(url_for("setup.show", notice=Notice.DISCONNECTED.value))


@xero.get("/xero/callback")
def finish() -> ResponseReturnValue:
    """Take what Xero's consent page answered; only ever redirects, so that the code stays out of pages and referrers."""
    consent = ConsentSchema().load(request.args)
    if consent.is_declined:
        hold(xero_connection.decline_connect(core(), state=consent.state, browser=browser_mark()))
        return redirect(url_for("setup.show", notice=ErrorCode.CONSENT_DECLINED.value))
    outcome = xero_connection.finish_connect(core(), code=consent.code, state=consent.state, browser=browser_mark())
    hold(outcome.holder)
    return redirect(url_for("setup.show", notice=None if outcome.choose else Notice.CONNECTED.value))


@setup.errorhandler(FormRefused)
def on_refused(refused: FormRefused) -> ResponseReturnValue:
    """Show the same page again with all that was typed, and what to do where."""
    return _page(refused=refused), 422


def _page(*, notice: str = "", refused: FormRefused | None = None) -> str:
    view = show_setup(core(), company_id=person().company_id, user_id=person().user_id)
    shown = _shown(view)
    if shown == SetupStep.PREFERENCES:
        return draw_preferences(show_preferences(core(), person=person(), draft=Draft()), notice=notice)
    return render_template(
        "setup/page.html",
        view=view,
        notice=notice_for(notice),
        refusals=refused.fields if refused else {},
        shown=shown,
        back_url=deal_url(person(), deal_id=holder().deal_id),
    )


def _shown(view: SetupView) -> str:
    """Say which step to show: the one that the company is at, or one that somebody asked to see again."""
    if view.organisation is None or "change" not in request.args:
        return view.step.value
    if request.args["change"] == "disconnect":
        return "disconnect"
    return SetupStep.PREFERENCES.value if view.organisation.healthy else view.step.value
