"""Pipedrive's side of coming and going. Its callback address takes GET, POST and DELETE."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from marketplace.access import Access, GuardedBlueprint, Surface, core, hold
from marketplace.browser import browser_mark
from marketplace.schemas import ConsentSchema, UninstallSchema
from sync.errors import ErrorCode
from sync.operations import install as installing
from sync.operations.uninstall import uninstall as uninstall_user

install = GuardedBlueprint("install", access=Access.STATE, surface=Surface.REDIRECT)
sharing = GuardedBlueprint("sharing", access=Access.PUBLIC, surface=Surface.MACHINE)
uninstall = GuardedBlueprint("uninstall", access=Access.VENDOR, surface=Surface.MACHINE)


@install.get("/pipedrive/install")
def begin() -> ResponseReturnValue:
    """Lead to Pipedrive's consent page."""
    return redirect(installing.begin_install(core(), browser=browser_mark()))


@install.get("/pipedrive/callback")
def finish() -> ResponseReturnValue:
    """Take what Pipedrive's consent page answered."""
    consent = ConsentSchema().load(request.args)
    if consent.is_declined:
        installing.decline_install(core(), state=consent.state, browser=browser_mark())
        return redirect(url_for("public.home", notice=ErrorCode.CONSENT_DECLINED.value))
    hold(installing.finish_install(core(), code=consent.code, state=consent.state, browser=browser_mark()))
    return redirect(url_for("setup.show"))


@sharing.post("/pipedrive/callback")
def shared() -> ResponseReturnValue:
    """Take note of sharing, which Pipedrive sends without proof of who it is: so nothing follows from it."""
    return "", 204


@uninstall.delete("/pipedrive/callback")
def leave() -> ResponseReturnValue:
    """Take leave of one user. Pipedrive ignores the answer."""
    try:
        leaving = UninstallSchema().load(request.get_json(silent=True) or {})
    except ValidationError:
        return "", 400
    if leaving.client_id != core().settings.pipedrive_client_id:
        return "", 401
    uninstall_user(core(), company_id=leaving.company_id, user_id=leaving.user_id, at=leaving.at)
    return "", 204
