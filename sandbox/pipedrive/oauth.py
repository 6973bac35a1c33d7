"""oauth.pipedrive.com: the consent page, tokens, and revocation."""

import hmac
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.pipedrive.answers import Record
from sandbox.pipedrive.desk import Desk, json_response
from sandbox.pipedrive.grants import ACCESS_SECONDS, GrantRefusedError, Issued
from sandbox.pipedrive.session import USER_COOKIE, current_user

FORM = "application/x-www-form-urlencoded"


def callback_url(desk: Desk) -> str:
    """Return the only callback URL of the app."""
    return desk.config.app_url.rstrip("/") + desk.app.callback_path


def _refusal(error: str, message: str, status: int = 400) -> Response:
    # The keys of this body are not documented, only the messages:
    # https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes
    return json_response({"success": False, "message": message, "error": error}, status)


def issued_body(desk: Desk, issued: Issued) -> Record:
    """Render a token answer; `api_domain` is where this sandbox listens."""
    return {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "refresh_token": issued.refresh_token,
        "scope": ",".join(issued.scopes),
        "expires_in": ACCESS_SECONDS,
        "api_domain": desk.config.base_url,
    }


def oauth_pages(desk: Desk) -> Blueprint:
    """Build the routes under /oauth."""
    pages = Blueprint("oauth", __name__, url_prefix="/oauth")
    _add_consent(pages, desk)
    _add_tokens(pages, desk)
    return pages


def _add_consent(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/authorize")
    def ask() -> ResponseReturnValue:
        if problem := _authorize_problem(desk):
            return problem
        return render_template(
            "pipedrive/consent.html",
            app=desk.app,
            company=desk.world.company,
            users=list(desk.world.users.values()),
            user=current_user(desk),
            asked=request.args,
        )

    @pages.post("/authorize")
    def decide() -> ResponseReturnValue:
        if problem := _authorize_problem(desk):
            return problem
        answer = _consent(desk) if request.form.get("decision") == "allow" else {"error": "user_denied"}
        if request.values.get("state"):
            answer["state"] = request.values["state"]
        back = redirect(f"{callback_url(desk)}?{urlencode(answer)}")
        if "code" in answer:
            back.set_cookie(USER_COOKIE, str(_chosen_user(desk)), samesite="Lax")
        return back


def _add_tokens(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/token", strict_slashes=False)
    def token() -> Response:
        return _client_problem(desk) or _token(desk)

    @pages.post("/revoke")
    def revoke() -> ResponseReturnValue:
        if problem := _client_problem(desk):
            return problem
        with desk.world.lock:
            user_id = desk.grants.revoke(request.form.get("token", ""))
            if user_id is not None:
                desk.webhooks.remove_of_user(user_id)
        return json_response({"success": True}, 200)


def _authorize_problem(desk: Desk) -> Response | None:
    if request.values.get("client_id") != desk.config.client_id:
        return _refusal("invalid_client", "client_id is missing or invalid")
    asked = request.values.get("redirect_uri", "")
    if not urlsplit(asked).scheme:
        return _refusal("invalid_request", "redirect_uri is not a valid URI")
    if asked != callback_url(desk):
        return _refusal("invalid_request", "redirect_uri does not match the callback URL of the app")
    return None


def _consent(desk: Desk) -> dict[str, str]:
    user_id = _chosen_user(desk)
    with desk.world.lock:
        if user_id not in desk.world.users:
            return {"error": "user_denied"}
        return {"code": desk.grants.new_code(user_id=user_id, redirect_uri=callback_url(desk))}


def _chosen_user(desk: Desk) -> int:
    return request.form.get("user_id", type=int) or current_user(desk).id


def _client_problem(desk: Desk) -> Response | None:
    if request.mimetype != FORM:
        return _refusal("invalid_request", f"Content-Type must be {FORM}")
    basic = request.authorization
    client_id = (basic.username if basic else None) or request.form.get("client_id", "")
    secret = (basic.password if basic else None) or request.form.get("client_secret", "")
    good = hmac.compare_digest(client_id.encode(), desk.config.client_id.encode()) and hmac.compare_digest(
        secret.encode(), desk.config.client_secret.encode()
    )
    return None if good else _refusal("invalid_client", "client credentials are missing or invalid")


def _token(desk: Desk) -> Response:
    kinds: dict[str, Callable[[Desk], Issued | Response]] = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
    }
    kind = kinds.get(request.form.get("grant_type", ""))
    if kind is None:
        return _refusal("unsupported_grant_type", "grant_type is missing or not supported")
    try:
        with desk.world.lock:
            outcome = kind(desk)
    except GrantRefusedError as refused:
        return _refusal("invalid_grant", f"Invalid grant: {refused}")
    return json_response(issued_body(desk, outcome), 200) if isinstance(outcome, Issued) else outcome


def _by_code(desk: Desk) -> Issued | Response:
    redirect_uri = request.form.get("redirect_uri", "")
    if not urlsplit(redirect_uri).scheme:
        return _refusal("invalid_request", "redirect_uri is not a valid URI")
    return desk.grants.exchange(code=request.form.get("code", ""), redirect_uri=redirect_uri, scopes=desk.app.scopes)


def _by_refresh_token(desk: Desk) -> Issued:
    return desk.grants.refresh(refresh_token=request.form.get("refresh_token", ""))
