"""The pages of the company: deals, a deal with the app's panel, the Marketplace, the app's settings."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.pipedrive import deals, strict
from sandbox.pipedrive.answers import Record, RefusedError
from sandbox.pipedrive.desk import Desk
from sandbox.pipedrive.developer_hub import Extension
from sandbox.pipedrive.display import listed_deal, listed_line, live_deal
from sandbox.pipedrive.extensions import open_frame, signed_token
from sandbox.pipedrive.session import THEME_COOKIE, USER_COOKIE, current_theme, current_user
from sandbox.pipedrive.uninstalls import Uninstalls
from sandbox.pipedrive.world import Actor

_EDITABLE_NUMBERS = ("owner_id", "stage_id")


def company_pages(desk: Desk, uninstalls: Uninstalls) -> Blueprint:
    """Build the routes that people see."""
    pages = Blueprint("company", __name__)
    _add_deal_pages(pages, desk)
    _add_deal_changes(pages, desk)
    _add_choices(pages)
    _add_frame_answers(pages, desk)
    _add_marketplace(pages, desk, uninstalls)
    return pages


def _render(desk: Desk, template: str, **content: Any) -> str:
    user = current_user(desk)
    return render_template(
        f"pipedrive/{template}",
        company=desk.world.company,
        app=desk.app,
        client_id=desk.config.client_id,
        users=list(desk.world.users.values()),
        user=user,
        theme=current_theme(),
        installed=desk.grants.installed(user.id),
        **content,
    )


def _add_deal_pages(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/")
    def list_deals() -> str:
        with desk.world.lock:
            user = current_user(desk)
            seen = [deal for deal in desk.world.kept(desk.world.deals) if user.sees(deal) and not deal["is_archived"]]
            return _render(desk, "deals.html", deals=[listed_deal(desk.world, deal) for deal in seen])

    @pages.get("/deal/<int:deal_id>")
    def show_deal(deal_id: int) -> str:
        with desk.world.lock:
            return _deal_page(desk, _seen_deal(desk, deal_id))

    @pages.get("/deal/<int:deal_id>/live")
    def live(deal_id: int) -> Response:
        with desk.world.lock:
            return jsonify(live_deal(desk.world, _seen_deal(desk, deal_id)))


def _add_deal_changes(pages: Blueprint, desk: Desk) -> None:
    @pages.post("/deal/<int:deal_id>")
    def edit_deal(deal_id: int) -> ResponseReturnValue:
        with desk.world.lock:
            _seen_deal(desk, deal_id)
            values = {key: _typed(key, text) for key, text in request.form.items()}
            _try(lambda: deals.change_deal(desk.world, deal_id, strict.fit(values, deals.DEAL_RULES), _actor(desk)))
        return redirect(f"/deal/{deal_id}", 303)

    @pages.post("/deal/<int:deal_id>/delete")
    def delete_deal(deal_id: int) -> ResponseReturnValue:
        with desk.world.lock:
            _seen_deal(desk, deal_id)
            _try(lambda: deals.delete_deal(desk.world, deal_id, _actor(desk)))
        return redirect("/", 303)

    @pages.post("/deal/<int:deal_id>/merge")
    def merge_deal(deal_id: int) -> ResponseReturnValue:
        into = int(request.form["into"])
        with desk.world.lock:
            _seen_deal(desk, deal_id)
            _try(lambda: deals.merge_deals(desk.world, deal_id, into, _actor(desk)))
        return redirect(f"/deal/{into}", 303)


def _add_choices(pages: Blueprint) -> None:
    @pages.post("/user")
    def choose_user() -> ResponseReturnValue:
        answer = redirect(request.form.get("next") or "/", 303)
        answer.set_cookie(USER_COOKIE, request.form["user_id"], samesite="Lax")
        return answer

    @pages.post("/theme")
    def choose_theme() -> ResponseReturnValue:
        answer = redirect(request.form.get("next") or "/", 303)
        answer.set_cookie(THEME_COOKIE, "dark" if request.form["theme"] == "dark" else "light", samesite="Lax")
        return answer


def _typed(key: str, text: str) -> int | str:
    return int(text) if key in _EDITABLE_NUMBERS and text.isdigit() else text


def _try(change: Callable[[], object]) -> None:
    try:
        change()
    except RefusedError as refused:
        abort(refused.status, refused.body.get("error"))


def _actor(desk: Desk) -> Actor:
    return Actor(current_user(desk).id, "app")


def _seen_deal(desk: Desk, deal_id: int) -> Record:
    try:
        return deals.visible_deal(desk.world, deal_id, current_user(desk), hidden_status=403)
    except RefusedError as refused:
        abort(refused.status, refused.body["error"])


def _deal_page(desk: Desk, deal: Record) -> str:
    world, user = desk.world, current_user(desk)
    installed = desk.grants.installed(user.id)
    panels = desk.app.of_kind("panel", location="deal") if installed else ()
    modals = desk.app.of_kind("modal", location="deal") if installed else ()
    others = [other for other in world.kept(world.deals) if other["id"] != deal["id"] and user.sees(other)]
    return _render(
        desk,
        "deal.html",
        deal=deal,
        live=live_deal(world, deal),
        stages=list(world.stages.values()),
        statuses=deals.STATUSES,
        lines=[listed_line(world, line) for line in world.lines[deal["id"]].values()],
        discounts=list(world.discounts[deal["id"]].values()),
        notes=[note["content"] for note in world.notes.values() if note["deal_id"] == deal["id"]],
        others=others,
        frames=[
            asdict(open_frame(desk, panel, user=user, theme=current_theme(), deal_id=deal["id"])) for panel in panels
        ],
        modals=modals,
    )


def _add_frame_answers(pages: Blueprint, desk: Desk) -> None:
    @pages.get("/frames/modal")
    def open_modal() -> ResponseReturnValue:
        action_id = request.args.get("action_id", "")
        extension = desk.app.find_extension(kind="modal", action_id=action_id)
        user = current_user(desk)
        if extension is None or not desk.grants.installed(user.id):
            return jsonify({"error": f"There is no custom modal '{action_id}'"}), 404
        return jsonify(asdict(_modal_frame(desk, extension)))

    @pages.get("/frames/token")
    def token() -> ResponseReturnValue:
        user = current_user(desk)
        if not desk.grants.installed(user.id):
            return jsonify({"error": "The app is not installed"}), 403
        return jsonify({"token": signed_token(desk, user)})


def _modal_frame(desk: Desk, extension: Extension) -> Any:
    data = request.args.get("data")
    return open_frame(
        desk,
        extension,
        user=current_user(desk),
        theme=current_theme(),
        deal_id=request.args.get("deal", type=int),
        data=json.loads(data) if data else None,
    )


def _add_marketplace(pages: Blueprint, desk: Desk, uninstalls: Uninstalls) -> None:
    @pages.get("/marketplace")
    def marketplace() -> str:
        return _render(
            desk, "marketplace.html", installation_url=desk.config.app_url.rstrip("/") + desk.app.installation_path
        )

    @pages.post("/marketplace/uninstall")
    def uninstall() -> ResponseReturnValue:
        user = current_user(desk)
        with desk.world.lock:
            was_installed = desk.grants.uninstall(user.id)
            desk.webhooks.remove_of_user(user.id)
        if was_installed:
            uninstalls.send(company_id=desk.world.company.id, user_id=user.id)
        return redirect("/marketplace", 303)

    @pages.get("/settings/marketplace/app/<client_id>/app-settings")
    def app_settings(client_id: str) -> str:
        user, pages_there = current_user(desk), desk.app.of_kind("settings")
        if client_id != desk.config.client_id:
            abort(404)
        shown = pages_there if desk.grants.installed(user.id) else ()
        frames = [asdict(open_frame(desk, extension, user=user, theme=current_theme())) for extension in shown]
        return _render(desk, "app_settings.html", frames=frames)
