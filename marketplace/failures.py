"""What people see when something fails: one table from families to status, one look for each surface."""

import json
from collections.abc import Mapping

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from marketplace.access import Surface, is_held, surface
from marketplace.field_words import marks_of
from marketplace.guidance import guidance_for
from marketplace.schemas import FormRefused, FrameQuerySchema
from marketplace.steps import STEP_LABELS, Guidance
from sync.errors import Anticipated, ErrorCode, InstepError, Permanent, Transient

_FAMILIES: Mapping[type[InstepError], int] = {Anticipated: 409, Transient: 503, Permanent: 502}
_CODES: Mapping[ErrorCode, int] = {
    ErrorCode.LINK_EXPIRED: 401,
    ErrorCode.NOT_INSTALLED: 403,
    ErrorCode.INSTALL_LAPSED: 403,
    ErrorCode.NO_ACCESS_TO_DEAL: 403,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.ADMIN_ONLY: 403,
    ErrorCode.NOT_ALLOWED_IN_XERO: 403,
    ErrorCode.DEAL_GONE: 410,
    ErrorCode.INPUT_INVALID: 422,
}
_FRAGMENTS: Mapping[str, str] = {
    "panel_news.invoices": "panel/_failure.html",
    **dict.fromkeys(
        (
            "panel_actions.change",
            "panel_actions.email",
            "panel_actions.link",
            "panel_actions.pdf",
            "panel_actions.unlink",
            "panel_actions.retry_lost",
            "panel_actions.retry_failed",
            "panel_actions.retry_stopped",
            "panel_news.history",
        ),
        "panel/_refusal.html",
    ),
    "panel_news.refresh": "panel/_failure.html",
    "all_invoices_work.listing": "invoices/_failure.html",
    "all_invoices_work.contacts": "invoices/_failure.html",
    **dict.fromkeys(
        ("all_invoices_work.link", "all_invoices_work.unlink", "all_invoices_work.choose"), "panel/_refusal.html"
    ),
}
_BUG = 500
_PANEL = ("panel_news", "panel_actions")
#: What is still under way or not known: the invoice's row says so, until it is over.
_SHOWN_ON_ROW = (ErrorCode.CHANGE_UNKNOWN, ErrorCode.EMAIL_UNKNOWN, ErrorCode.IN_PROGRESS)


def show_failures(app: Flask) -> None:
    """Give every surface its look for failures; a blueprint with handlers of its own keeps them."""
    app.register_error_handler(InstepError, on_failure)
    app.register_error_handler(_BUG, on_bug)
    app.register_error_handler(404, on_nothing_here)


def on_failure(error: InstepError) -> ResponseReturnValue:
    """Show one of the three families."""
    code = getattr(error, "code", None)
    response = _show(code, status=status_of(error), error=error)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(retry_after)))
    return response


def on_bug(_error: HTTPException) -> ResponseReturnValue:
    """Show that we have a defect; Flask has logged it."""
    return _show(None, status=_BUG, error=None)


def on_nothing_here(_error: HTTPException) -> ResponseReturnValue:
    """Show that there is no such page."""
    return render_template("nothing_here.html"), 404


def status_of(error: InstepError) -> int:
    """Find the status: by code where a code has its own, else by family."""
    code = getattr(error, "code", None)
    by_family = next(status for family, status in _FAMILIES.items() if isinstance(error, family))
    return _CODES.get(code, by_family) if code is not None else by_family


def _show(code: ErrorCode | None, *, status: int, error: InstepError | None) -> Response:
    if surface() is Surface.MACHINE:
        return make_response("", status)
    if surface() is Surface.REDIRECT:
        return _redirected(code)
    guidance = guidance_for(code)
    if surface() is Surface.DATA:
        return make_response(jsonify(_told(guidance, error=error)), status)
    response = make_response(render_template(_template(), code=code, guidance=guidance, **_context(error)), status)
    if request.blueprint in _PANEL and request.method == "POST":
        response.headers.update(_panel_headers(code, title=str(guidance.title)))
    return response


def _told(guidance: Guidance, *, error: InstepError | None) -> dict[str, object]:
    """Tell a page's script what happened, in words for the person, and which fields to mark."""
    return {
        "title": str(guidance.title),
        "text": str(guidance.text),
        "detail": error.detail if isinstance(error, Anticipated) else "",
        "step": guidance.step.value,
        "step_label": str(STEP_LABELS.get(guidance.step, "")),
        "fields": marks_of(error),
    }


def _panel_headers(code: ErrorCode | None, *, title: str) -> dict[str, str]:
    """Have the panel show at once what was found out, and put a refusal where the person pressed.

    What the panel says of itself is said in Pipedrive's snackbar only, as is a refused refresh.
    """
    events: dict[str, dict[str, str]] = {"instep:look-now": {}}
    headers = {}
    if request.blueprint == "panel_news" or code in _SHOWN_ON_ROW:
        events["instep:say"] = {"message": title}
        headers["HX-Reswap"] = "none"
    else:
        headers["HX-Retarget"] = f"#note-{(request.view_args or {}).get('invoice', 'deal')}"
        headers["HX-Reswap"] = "innerHTML"
    return {"HX-Trigger": json.dumps(events), **headers}


def _template() -> str:
    if surface() is Surface.FRAGMENT:
        return _FRAGMENTS.get(request.endpoint or "", "_failure.html")
    return "frame_failure.html" if surface() is Surface.FRAME else "page_failure.html"


def _context(error: InstepError | None) -> dict[str, object]:
    query = FrameQuerySchema().load(request.args)
    return {
        # Only what a person can mend carries a vendor's own sentence; elsewhere it is ours, for the log.
        "detail": error.detail if isinstance(error, Anticipated) else "",
        "fields": error.fields if isinstance(error, FormRefused) else {},
        "theme": query.theme,
        "deal_id": request.args.get("deal", type=int) or query.deal_id,
    }


def _redirected(code: ErrorCode | None) -> Response:
    """Send a person who came from a consent page on to a page; the address that they came by holds a code (D22)."""
    target = "setup.show" if is_held() else "public.home"
    return make_response(redirect(url_for(target, notice=code.value if code else "unexpected")))
