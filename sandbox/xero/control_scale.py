"""What tests may ask of many organisations at once (all under /control/)."""

from flask import Blueprint, Response, request

from sandbox.xero.changes import Changes
from sandbox.xero.control_api import act, change
from sandbox.xero.errors import json_answer
from sandbox.xero.noise import Noise
from sandbox.xero.services import Services
from sandbox.xero.values import Json, load, to_decimal


class ScaleRoutes:
    """This will add organisations, change many documents at a pace, and count."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world
        self._changes = Changes(self._make)
        services.control.on_reset(self._changes.reset)

    def blueprint(self) -> Blueprint:
        """This will make the routes."""
        made = Blueprint("xero_scale", __name__, url_prefix="/control")
        made.register_error_handler(ValueError, lambda error: json_answer({"error": str(error)}, 400))
        made.add_url_rule("/organisations", "add", self.add, methods=["POST"])
        made.add_url_rule("/changes", "start", self.start, methods=["POST"])
        made.add_url_rule("/changes", "progress", lambda: json_answer(self._changes.state()), methods=["GET"])
        made.add_url_rule("/webhook/noise", "disturb", self.disturb, methods=["POST"])
        made.add_url_rule("/counters", "count", self.count, methods=["GET"])
        return made

    def add(self) -> Response:
        """This will add organisations, each with one person of its own."""
        made = [self._world.add_organisation() for _ in range(int(load(request.get_data())["count"]))]
        rows = [{"tenantId": org.tenant_id, "name": org.name, "user": user["EmailAddress"]} for org, user in made]
        return json_answer({"organisations": rows})

    def start(self) -> Response:
        """This will begin to make many changes, and not wait for them."""
        fields = load(request.get_data())
        self._changes.start(list(fields["changes"]), float(fields.get("seconds", 0)))
        return json_answer({"wanted": len(fields["changes"])}, 202)

    def disturb(self) -> Response:
        """This will have a share of the events arrive twice, and a share late."""
        fields = load(request.get_data() or b"{}")
        self._services.subscription.noise = Noise(**{name: float(value) for name, value in fields.items()})
        return json_answer(fields)

    def count(self) -> Response:
        """This will show the sums of all organisations; `/control/state` shows each of them."""
        webhook = self._services.subscription.describe()
        limits = self._services.limits.state()
        answer: Json = {name: limits[name] for name in ("refused", "most", "limits")}
        answer["calls"] = self._services.control.calls.counts()
        return json_answer(
            answer | {"webhook": {name: webhook[name] for name in ("state", "waiting", "acknowledged", "idle")}}
        )

    def _make(self, wanted: Json) -> None:
        with self._world.lock:
            found = self._world.find_invoice(wanted["invoice"])
            if found is None:
                raise LookupError(wanted["invoice"])
            org, invoice = found
            if wanted["do"] == "edit":
                change(self._world, org, invoice, wanted["fields"])
                return
            amount = wanted.get("amount")
            act(self._world, org, invoice, wanted["do"], None if amount is None else to_decimal(amount))
