"""Puts the simulated Pipedrive together."""

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox.control import Clock, Control
from sandbox.courier import Courier
from sandbox.pipedrive import api_contacts, api_deals, api_fields, api_lines, api_v1, api_webhooks
from sandbox.pipedrive.answers import failure
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.pipedrive.control_company import control_company
from sandbox.pipedrive.desk import Desk, Switches, TooManyError, add_operations, broken, json_response, too_many
from sandbox.pipedrive.developer_hub import read_registration
from sandbox.pipedrive.grants import Grants
from sandbox.pipedrive.limits import Limits
from sandbox.pipedrive.oauth import issued_body, oauth_pages
from sandbox.pipedrive.pages import company_pages
from sandbox.pipedrive.seed import plant
from sandbox.pipedrive.uninstalls import Uninstalls
from sandbox.pipedrive.webhooks import Webhooks
from sandbox.pipedrive.world import World

OPERATIONS = (
    *api_deals.routes.operations,
    *api_lines.routes.operations,
    *api_contacts.routes.operations,
    *api_fields.routes.operations,
    *api_v1.routes.operations,
    *api_webhooks.routes.operations,
)


def create_app(config: PipedriveConfig) -> Flask:
    """Build the whole Pipedrive."""
    flask_app = Flask("sandbox.pipedrive")
    desk = build_desk(config)
    desk.control.install(flask_app)
    flask_app.register_blueprint(oauth_pages(desk))
    flask_app.register_blueprint(company_pages(desk, Uninstalls(config=config, app=desk.app, control=desk.control)))
    flask_app.register_blueprint(control_company(desk))
    add_operations(flask_app, desk, OPERATIONS)
    _add_control_extras(flask_app, desk)
    flask_app.register_error_handler(TooManyError, _answer_too_many)
    flask_app.register_error_handler(HTTPException, _answer_http_error)
    flask_app.extensions["pipedrive"] = desk
    return flask_app


def build_desk(config: PipedriveConfig) -> Desk:
    """Build what stands behind the routes."""
    clock = Clock()
    world = World(clock=clock, seed=plant)
    grants, limits = Grants(clock=clock, company_id=world.company.id), Limits(clock=clock)
    control = Control(
        name="Pipedrive",
        clock=clock,
        reset=lambda: _reset(desk),
        tokens=lambda asked: _hand_out_tokens(desk, asked),
        health=lambda: {"company_id": world.company.id, "deals": len(world.deals)},
    )
    control.too_many, control.broken = too_many, broken
    courier = Courier(clock=clock, control=control)
    webhooks = Webhooks(world=world, poster=courier)
    desk = Desk(
        config=config,
        app=read_registration(config.manifest),
        world=world,
        grants=grants,
        limits=limits,
        webhooks=webhooks,
        control=control,
        courier=courier,
        switches=Switches(),
    )
    clock.on_advance(lambda: _sweep(desk))
    return desk


def _reset(desk: Desk) -> None:
    with desk.world.lock:
        desk.world.reset()
        desk.grants.reset()
        desk.limits.reset()
        desk.webhooks.reset()
        desk.switches.hidden_deal_status = Switches().hidden_deal_status
        desk.switches.company_open = Switches().company_open


def _sweep(desk: Desk) -> None:
    with desk.world.lock:
        desk.webhooks.sweep()


def _hand_out_tokens(desk: Desk, asked: dict[str, object]) -> dict[str, object]:
    with desk.world.lock:
        user_id = int(str(asked.get("user_id") or next(iter(desk.world.users))))
        scope = asked.get("scope")
        scopes = tuple(str(scope).replace(",", " ").split()) if scope else desk.app.scopes
        if user_id not in desk.world.users:
            raise ValueError(f"user_id must be one of {', '.join(map(str, desk.world.users))}")
        issued = desk.grants.install(user_id=user_id, scopes=scopes)
    client = {"client_id": desk.config.client_id, "client_secret": desk.config.client_secret}
    return {**issued_body(desk, issued), **client, "company_id": desk.world.company.id, "user_id": user_id}


def _add_control_extras(flask_app: Flask, desk: Desk) -> None:
    @flask_app.get("/control/state")
    def state() -> Response:
        with desk.world.lock:
            return jsonify(
                {
                    "company_id": desk.world.company.id,
                    "users": [{"id": user.id, "name": user.name} for user in desk.world.users.values()],
                    "installed": desk.grants.installers(),
                    "limits": desk.limits.state(),
                    "webhooks": desk.webhooks.state(),
                    "settings": _settings(desk),
                }
            )

    @flask_app.post("/control/settings")
    def change_settings() -> ResponseReturnValue:
        asked = request.get_json()
        with desk.world.lock:
            unknown = sorted(set(asked) - set(_settings(desk)))
            if unknown:
                return jsonify({"error": f"unknown: {', '.join(unknown)}"}), 400
            desk.limits.daily = int(asked.get("daily_tokens", desk.limits.daily))
            desk.limits.burst = int(asked.get("burst_requests", desk.limits.burst))
            desk.grants.rotates = bool(asked.get("rotate_refresh_tokens", desk.grants.rotates))
            hidden = int(asked.get("hidden_deal_status", desk.switches.hidden_deal_status))
            desk.switches.hidden_deal_status = hidden
            desk.switches.company_open = bool(asked.get("company_open", desk.switches.company_open))
            return jsonify(_settings(desk))


def _settings(desk: Desk) -> dict[str, object]:
    return {
        "daily_tokens": desk.limits.daily,
        "burst_requests": desk.limits.burst,
        "rotate_refresh_tokens": desk.grants.rotates,
        "hidden_deal_status": desk.switches.hidden_deal_status,
        "company_open": desk.switches.company_open,
    }


def _answer_too_many(refused: TooManyError) -> Response:
    return too_many(refused.headers)


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith(("/api/", "/v1/")):
        return json_response(failure(error.name), error.code or 500)
    return error.get_response()
