"""Puts the simulated Pipedrive together."""

from functools import partial

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox.control import Clock, Control
from sandbox.courier import Courier
from sandbox.pipedrive import api_contacts, api_deals, api_fields, api_lines, api_stages, api_v1, api_webhooks
from sandbox.pipedrive.answers import failure
from sandbox.pipedrive.companies import Companies
from sandbox.pipedrive.config import PipedriveConfig
from sandbox.pipedrive.control_companies import control_companies
from sandbox.pipedrive.control_company import control_company
from sandbox.pipedrive.desk import Desk, Switches, TooManyError, add_operations, broken, json_response, too_many
from sandbox.pipedrive.developer_hub import read_registration
from sandbox.pipedrive.grants import Grants
from sandbox.pipedrive.limits import Limits
from sandbox.pipedrive.oauth import issued_body, oauth_pages
from sandbox.pipedrive.pages import company_pages
from sandbox.pipedrive.seed import plant, plant_another
from sandbox.pipedrive.uninstalls import Uninstalls
from sandbox.pipedrive.webhooks import Webhooks
from sandbox.pipedrive.world import World

OPERATIONS = (
    *api_deals.routes.operations,
    *api_lines.routes.operations,
    *api_contacts.routes.operations,
    *api_fields.routes.operations,
    *api_stages.routes.operations,
    *api_v1.routes.operations,
    *api_webhooks.routes.operations,
)


def create_app(config: PipedriveConfig) -> Flask:
    """Build the whole Pipedrive."""
    flask_app = Flask("sandbox.pipedrive")
    companies = build_companies(config)
    first, here = companies.first, companies.here
    first.control.install(flask_app)
    flask_app.register_blueprint(oauth_pages(here))
    flask_app.register_blueprint(company_pages(here, Uninstalls(config=config, app=first.app, control=first.control)))
    flask_app.register_blueprint(control_company(here))
    flask_app.register_blueprint(control_companies(companies))
    add_operations(flask_app, companies.find_here, OPERATIONS)
    _add_control_extras(flask_app, here)
    flask_app.register_error_handler(TooManyError, _answer_too_many)
    flask_app.register_error_handler(HTTPException, _answer_http_error)
    flask_app.extensions["pipedrive"] = first
    return flask_app


def build_companies(config: PipedriveConfig) -> Companies:
    """Build what stands behind the routes."""
    clock = Clock()
    control = Control(
        name="Pipedrive",
        clock=clock,
        reset=lambda: _reset(companies),
        tokens=lambda asked: _hand_out_tokens(companies, asked),
        health=lambda: {
            "company_id": companies.first.world.company.id,
            "deals": len(companies.first.world.deals),
        },
    )
    control.too_many, control.broken, control.slowed = too_many, broken, ("/api/", "/v1/")
    courier, app = Courier(clock=clock, control=control), read_registration(config.manifest)

    def open_desk(number: int) -> Desk:
        world = World(clock=clock, seed=partial(plant_another, number=number) if number else plant)
        return Desk(
            config=config,
            app=app,
            world=world,
            grants=Grants(clock=clock, company_id=world.company.id),
            limits=Limits(clock=clock),
            webhooks=Webhooks(world=world, poster=courier),
            control=control,
            courier=courier,
            switches=Switches(),
        )

    companies = Companies(open_desk)
    clock.on_advance(lambda: _sweep(companies))
    return companies


def _reset(companies: Companies) -> None:
    companies.reset()
    desk = companies.first
    with desk.world.lock:
        desk.world.reset()
        desk.grants.reset()
        desk.limits.reset()
        desk.webhooks.reset()
        desk.switches.hidden_deal_status = Switches().hidden_deal_status
        desk.switches.company_open = Switches().company_open


def _sweep(companies: Companies) -> None:
    for desk in companies:
        with desk.world.lock:
            desk.webhooks.sweep()


def _hand_out_tokens(companies: Companies, asked: dict[str, object]) -> dict[str, object]:
    desk = companies.get(int(str(asked.get("company_id") or companies.first.world.company.id)))
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
