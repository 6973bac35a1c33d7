"""A Xero for this machine, put together."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response

from sandbox.control import Clock, Control
from sandbox.courier import Courier
from sandbox.xero.config import APP_NAME, XeroConfig
from sandbox.xero.contacts import ContactRoutes
from sandbox.xero.control_api import ControlRoutes, hand_out_tokens
from sandbox.xero.control_scale import ScaleRoutes
from sandbox.xero.errors import Invalid, Refusal, element, json_answer, not_found, validation_body
from sandbox.xero.gate import Gate
from sandbox.xero.idempotency import Idempotency
from sandbox.xero.identity import IdentityRoutes
from sandbox.xero.invoice_extras import InvoiceExtras
from sandbox.xero.invoices import InvoiceRoutes
from sandbox.xero.limits import Limits
from sandbox.xero.pages import PageRoutes
from sandbox.xero.payments import PaymentRoutes
from sandbox.xero.services import Services
from sandbox.xero.settings import SettingsRoutes
from sandbox.xero.tokens import Tokens
from sandbox.xero.webhooks import Subscription
from sandbox.xero.world import World


def create_app(config: XeroConfig) -> Flask:
    """This will make the simulator with its seed."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.jinja_env.globals["app_name"] = APP_NAME
    services = _services(config)
    services.control.install(app)
    Gate(services).install(app)
    app.register_blueprint(IdentityRoutes(services).blueprint())
    app.register_blueprint(_accounting(services))
    app.register_blueprint(PageRoutes(services).blueprint())
    app.register_blueprint(ControlRoutes(services).blueprint())
    app.register_blueprint(ScaleRoutes(services).blueprint())
    app.register_error_handler(Refusal, lambda refusal: refusal.response)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(404, lambda _error: not_found().response)
    app.extensions["sandbox.xero"] = services
    return app


def _services(config: XeroConfig) -> Services:
    clock = Clock()
    world = World(clock)
    tokens = Tokens(clock, config.client_id, config.base_url)
    limits, idempotency = Limits(clock, world), Idempotency(clock)
    resets: list[Callable[[], None]] = [world.reset, tokens.reset, limits.reset, idempotency.reset]

    def reset() -> None:
        for one in resets:
            one()

    control = Control(name="xero", clock=clock, reset=reset, tokens=lambda fields: hand_out_tokens(services, fields))
    control.too_many, control.slowed = limits.fault, ("/api.xro/", "/connections")
    courier = Courier(clock=clock, control=control)
    subscription = Subscription(clock, courier, config.base_url, config.webhook_key, config.webhook_url)
    subscription.connected = lambda tenant_id: tokens.connected(None, tenant_id)
    world.listen = subscription.hear
    resets.append(subscription.reset)
    services = Services(config, clock, control, world, tokens, limits, idempotency, subscription)
    return services


def _accounting(services: Services) -> Blueprint:
    api = Blueprint("accounting", __name__, url_prefix="/api.xro/2.0")
    InvoiceRoutes(services).register(api)
    InvoiceExtras(services).register(api)
    ContactRoutes(services).register(api)
    PaymentRoutes(services).register(api)
    SettingsRoutes(services).register(api)
    return api


def _invalid(error: Invalid) -> Response:
    return json_answer(validation_body([element(error.echo, error.messages)]), 400)
