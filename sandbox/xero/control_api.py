"""What tests may ask of this Xero beyond what every vendor here offers (all under /control/)."""

from dataclasses import replace
from decimal import Decimal

from flask import Blueprint, Response, request

from sandbox.xero.contact_rules import save_contact
from sandbox.xero.control_organisation import change_organisation
from sandbox.xero.errors import json_answer, not_found
from sandbox.xero.invoice_rules import InvoiceRules
from sandbox.xero.limits import DAY_BY_TIER
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.payments import credit, pay, remove_payment
from sandbox.xero.render import render_invoice
from sandbox.xero.services import Services
from sandbox.xero.tokens import iso7
from sandbox.xero.values import Json, load, to_decimal
from sandbox.xero.world import World

_STATUSES = {"submit": "SUBMITTED", "approve": "AUTHORISED", "void": "VOIDED", "delete": "DELETED", "draft": "DRAFT"}
_DEFAULT_SCOPES = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings.read"
PERSON = "Nora Quill"
_LIMIT_NAMES = {"concurrent", "minute", "day", "appminute", "connections"}


def hand_out_tokens(services: Services, fields: dict[str, object]) -> dict[str, object]:
    """This will connect the app without a person, as if one had consented.

    `user` (e-mail), `organisation` or `organisations` (tenantId or name) and `scope` may be given.

    :raises ValueError: when they are unknown.
    """
    world, email = services.world, fields.get("user")
    users = [user for user in world.users.values() if email in (None, user["EmailAddress"], user["UserID"])]
    wanted = fields.get("organisations") or [fields.get("organisation") or next(iter(world.organisations))]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    tenants = [org.tenant_id for org in world.organisations.values() if {org.tenant_id, org.name} & set(wanted)]
    if not users or len(tenants) != len(wanted):
        raise ValueError("user or organisation is not known")
    scopes = tuple(str(fields.get("scope") or _DEFAULT_SCOPES).split())
    event_id = services.tokens.consent(users[0]["UserID"], tenants, scopes)
    answer = services.tokens.issue(users[0], event_id)
    answer |= {"client_id": services.config.client_id, "client_secret": services.config.client_secret}
    return answer | {"tenant_id": tenants[0], "tenant_ids": tenants}


def act(world: World, org: Organisation, invoice: Invoice, action: str, amount: Decimal | None = None) -> Invoice:
    """This will do to an invoice what a person in Xero does, by Xero's own rules.

    :raises Invalid: when the rules forbid it.
    """
    if action == "pay":
        pay(world, org, invoice, amount, PERSON)
    elif action == "credit":
        credit(world, org, invoice, amount, PERSON)
    elif action == "unpay":
        for payment in list(invoice.payments.values()):
            if payment.status == "AUTHORISED":
                remove_payment(world, org, payment, PERSON)
    else:
        change(world, org, invoice, {"Status": _STATUSES[action]})
    return org.invoices[invoice.invoice_id]


def change(world: World, org: Organisation, invoice: Invoice, body: Json) -> None:
    """This will change an invoice as a person in Xero would.

    :raises Invalid: when the rules forbid it.
    """
    rules = InvoiceRules(world, org, PERSON, body, four_places=True)
    rules.change(invoice)
    rules.keep()


class ControlRoutes:
    """This will answer tests."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def blueprint(self) -> Blueprint:
        """This will make the routes."""
        made = Blueprint("xero_control", __name__, url_prefix="/control")
        made.register_error_handler(ValueError, lambda error: json_answer({"error": str(error)}, 400))
        made.add_url_rule("/state", "state", self.state, methods=["GET"])
        made.add_url_rule("/invoices", "books", self.books, methods=["GET"])
        made.add_url_rule("/invoices", "create", self.create, methods=["POST"])
        made.add_url_rule("/invoices/<invoice_id>", "read", self.read, methods=["GET"])
        made.add_url_rule("/invoices/<invoice_id>", "edit", self.edit, methods=["POST"])
        made.add_url_rule("/invoices/<invoice_id>/<action>", "act", self.act, methods=["POST"])
        made.add_url_rule("/contacts/<contact_id>", "edit_contact", self.edit_contact, methods=["POST"])
        made.add_url_rule("/contacts/<contact_id>/merge", "merge", self.merge, methods=["POST"])
        made.add_url_rule("/conditions", "conditions", self.conditions, methods=["POST"])
        made.add_url_rule("/organisation", "organisation", self.organisation, methods=["POST"])
        made.add_url_rule("/disconnect", "disconnect", self.disconnect, methods=["POST"])
        made.add_url_rule("/webhook", "webhook", self.webhook, methods=["POST"])
        return made

    def _fields(self) -> Json:
        fields = load(request.get_data() or b"{}")
        if not isinstance(fields, dict):
            raise ValueError("the body must be a JSON object")
        return fields

    def _org(self, fields: Json) -> Organisation:
        wanted = fields.get("organisation")
        for org in self._world.organisations.values():
            if wanted in (None, org.tenant_id, org.name):
                return org
        raise ValueError("organisation is not known")

    def _invoice(self, invoice_id: str) -> tuple[Organisation, Invoice]:
        found = self._world.find_invoice(invoice_id)
        if found is None:
            raise not_found()
        return found

    def _shown(self, org: Organisation, invoice: Invoice) -> Response:
        return json_answer(render_invoice(org, org.invoices[invoice.invoice_id], four_places=True))

    def state(self) -> Response:
        """This will show counters, connections, organisations and the webhook."""
        with self._world.lock:
            organisations = [
                {
                    "tenantId": org.tenant_id,
                    "name": org.name,
                    "invoices": len(org.invoices),
                    "contacts": len(org.contacts),
                    "payments": len(org.payments),
                    "emails": list(org.emails),
                }
                for org in self._world.organisations.values()
            ]
        connections = [
            {"id": one.connection_id, "tenantId": one.tenant_id, "user": one.user_id, "updated": iso7(one.updated)}
            for one in self._services.tokens.connections()
        ]
        answer: Json = {"tier": self._world.tier, "limits": self._services.limits.state()}
        answer |= {"organisations": organisations, "connections": connections}
        return json_answer(answer | {"webhook": self._services.subscription.describe()})

    def create(self) -> Response:
        """This will make one invoice outside the app, or all that stand under `Invoices`, in Xero's own words."""
        fields = self._fields()
        with self._world.lock:
            org = self._org(fields)
            if "Invoices" in fields:
                made = [self._made(org, body) for body in fields["Invoices"]]
                return json_answer({"Invoices": [render_invoice(org, one, four_places=True) for one in made]})
            body = {key: value for key, value in fields.items() if key != "organisation"}
            return self._shown(org, self._made(org, body))

    def _made(self, org: Organisation, body: Json) -> Invoice:
        rules = InvoiceRules(self._world, org, PERSON, {"Type": "ACCREC", **body}, four_places=True)
        made = rules.create(made_by=None)
        rules.keep()
        return org.invoices[made.invoice_id]

    def books(self) -> Response:
        """This will list an organisation's invoices without costing the app a call; the first one's unless it is named."""
        with self._world.lock:
            org = self._org({"organisation": request.args.get("organisation")})
            return json_answer(
                {"invoices": [render_invoice(org, one, four_places=True) for one in org.invoices.values()]}
            )

    def read(self, invoice_id: str) -> Response:
        """This will show an invoice without costing the app a call."""
        with self._world.lock:
            return self._shown(*self._invoice(invoice_id))

    def edit(self, invoice_id: str) -> Response:
        """This will change an invoice in Xero's own words."""
        with self._world.lock:
            org, invoice = self._invoice(invoice_id)
            change(self._world, org, invoice, self._fields())
            return self._shown(org, invoice)

    def act(self, invoice_id: str, action: str) -> Response:
        """This will approve, submit, pay, unpay, credit, void, delete or make a draft again."""
        if action not in (*_STATUSES, "pay", "unpay", "credit"):
            raise not_found()
        amount = self._fields().get("amount")
        with self._world.lock:
            org, invoice = self._invoice(invoice_id)
            act(self._world, org, invoice, action, None if amount is None else to_decimal(amount))
            return self._shown(org, invoice)

    def _contact(self, contact_id: str) -> tuple[Organisation, Json]:
        for org in self._world.organisations.values():
            if contact_id in org.contacts:
                return org, org.contacts[contact_id]
        raise not_found()

    def edit_contact(self, contact_id: str) -> Response:
        """This will change a contact in Xero's own words: archive it, for one."""
        with self._world.lock:
            org, _contact = self._contact(contact_id)
            body = {**self._fields(), "ContactID": contact_id}
            return json_answer(save_contact(self._world, org, body, PERSON))

    def merge(self, contact_id: str) -> Response:
        """This will merge a contact into another, with its invoices: the first is then archived."""
        with self._world.lock:
            org, contact = self._contact(contact_id)
            target = org.contacts.get(str(self._fields().get("into")))
            if target is None or target is contact:
                raise ValueError("into must be another ContactID of the organisation")
            for invoice in list(org.by_contact.get(contact_id, {}).values()):
                moved = replace(invoice, contact_id=target["ContactID"])
                self._world.store_invoice(org, moved, PERSON, "Contact merged")
            gone = {"ContactStatus": "ARCHIVED", "MergedToContactID": target["ContactID"]}
            self._world.store_contact(org, {**contact, **gone}, PERSON, "Merged")
            return json_answer(org.contacts[contact_id])

    def conditions(self) -> Response:
        """This will set the tier, single limits, and organisations that have two uncertified apps already."""
        fields = self._fields()
        tier, limits = fields.get("tier", self._world.tier), fields.get("limits", {})
        if tier not in DAY_BY_TIER or not isinstance(limits, dict) or set(limits) - _LIMIT_NAMES:
            raise ValueError(f"tier: one of {sorted(DAY_BY_TIER)}; limits: numbers for {sorted(_LIMIT_NAMES)}")
        self._world.tier = tier
        self._world.limits.update({name: int(size) for name, size in limits.items()})
        if "full_organisations" in fields:
            names = set(fields["full_organisations"])
            full = [org.tenant_id for org in self._world.organisations.values() if names & {org.name, org.tenant_id}]
            self._world.full_organisations = set(full)
        return json_answer({"tier": tier, "limits": self._world.limits})

    def organisation(self) -> Response:
        """This will change an organisation: its details, currencies, refused actions, roles, settings rows."""
        fields = self._fields()
        with self._world.lock:
            org = self._org(fields)
            change_organisation(self._world, org, {k: v for k, v in fields.items() if k != "organisation"})
        return json_answer({"tenantId": org.tenant_id, **org.details})

    def disconnect(self) -> Response:
        """This will disconnect the app from an organisation, from Xero's side."""
        org = self._org(self._fields())
        gone = [one for one in self._services.tokens.connections() if one.tenant_id == org.tenant_id]
        for one in gone:
            self._services.tokens.disconnect(one.connection_id)
        return json_answer({"disconnected": len(gone)})

    def webhook(self) -> Response:
        """This will set the webhook address if one is given, and ask it for its intent to receive."""
        fields, subscription = self._fields(), self._services.subscription
        verdict = subscription.configure(fields["url"]) if "url" in fields else subscription.ask_intent()
        return json_answer({"state": subscription.state, "intent_to_receive": verdict})
