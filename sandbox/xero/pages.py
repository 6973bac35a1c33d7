"""Plain pages for a person who plays the accountant: approve, pay, void, disconnect, watch webhooks."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.xero.control_api import act, change
from sandbox.xero.errors import Invalid, Refusal, not_found
from sandbox.xero.invoice_extras import online_key
from sandbox.xero.invoice_rules import TRANSITIONS
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.services import Services
from sandbox.xero.tokens import iso7
from sandbox.xero.values import Json, round2, to_decimal

_LABELS = {"DRAFT": "Draft", "SUBMITTED": "Awaiting approval", "AUTHORISED": "Awaiting payment", "PAID": "Paid"}
_LABELS |= {"VOIDED": "Voided", "DELETED": "Deleted"}
_ACTIONS = {"SUBMITTED": "submit", "AUTHORISED": "approve", "VOIDED": "void", "DELETED": "delete"}


def _row(org: Organisation, invoice: Invoice) -> Json:
    return {
        "id": invoice.invoice_id,
        "number": invoice.number or "(no number)",
        "contact": org.contacts[invoice.contact_id]["Name"],
        "bill": invoice.kind == "ACCPAY",
        "reference": invoice.reference,
        "status": _LABELS[invoice.status],
        "issued": invoice.issued.isoformat(),
        "due": invoice.due.isoformat() if invoice.due else "",
        "currency": invoice.currency,
        "sub_total": f"{invoice.sub_total:,.2f}",
        "total_tax": f"{invoice.total_tax:,.2f}",
        "total": f"{invoice.total:,.2f}",
        "paid": f"{invoice.paid:,.2f}",
        "amount_due": f"{invoice.amount_due:,.2f}",
        "sent": invoice.sent,
        "url": invoice.url,
    }


class PageRoutes:
    """This will show the organisations to a person."""

    def __init__(self, services: Services) -> None:
        self._services, self._world = services, services.world

    def blueprint(self) -> Blueprint:
        """This will make the routes."""
        made = Blueprint("pages", __name__, template_folder="templates")
        made.add_url_rule("/", "home", self.home, methods=["GET"])
        made.add_url_rule("/invoice/<invoice_id>", "invoice", self.invoice, methods=["GET"])
        made.add_url_rule("/invoice/<invoice_id>/<action>", "act", self.act, methods=["POST"])
        made.add_url_rule("/connected-apps", "apps", self.apps, methods=["GET"])
        made.add_url_rule("/connected-apps/<connection_id>/disconnect", "disconnect", self.disconnect, methods=["POST"])
        made.add_url_rule("/webhook", "webhook", self.webhook, methods=["GET"])
        made.add_url_rule("/webhook", "ask_intent", self.ask_intent, methods=["POST"])
        made.add_url_rule("/online/<key>", "online", self.online, methods=["GET"])
        made.add_url_rule("/organisationlogin/default.aspx", "deep_link", self.deep_link, methods=["GET"])
        for name in ("View", "Edit"):
            made.add_url_rule(f"/AccountsReceivable/{name}.aspx", f"aspx_{name}", self.view_aspx, methods=["GET"])
        return made

    def home(self) -> str:
        """This will list every organisation with its invoices, newest change first."""
        with self._world.lock:
            shown = [
                {"name": org.name, "invoices": [_row(org, one) for one in list(org.invoices.values())[:-201:-1]]}
                for org in self._world.organisations.values()
            ]
        return render_template("xero/home.html", organisations=shown)

    def _found(self, invoice_id: str) -> tuple[Organisation, Invoice]:
        found = self._world.find_invoice(invoice_id)
        if found is None:
            raise not_found()
        return found

    def invoice(self, invoice_id: str) -> str:
        """This will show one invoice with what can be done to it."""
        return self._invoice_page(invoice_id, "")

    def _invoice_page(self, invoice_id: str, problem: str) -> str:
        with self._world.lock:
            org, invoice = self._found(invoice_id)
            lines = [
                {
                    "text": line.description or "",
                    "quantity": "" if line.quantity is None else f"{line.quantity.normalize():f}",
                    "price": "" if line.unit_amount is None else f"{line.unit_amount:,.2f}",
                    "tax": line.tax_type or "",
                    "account": line.account_code or "",
                    "amount": f"{line.line_amount:,.2f}",
                }
                for line in invoice.lines
            ]
            history = org.history.get(invoice_id, [])[::-1]
            return render_template(
                "xero/invoice.html",
                org=org.name,
                invoice=_row(org, invoice),
                lines=lines,
                history=history,
                problem=problem,
                can=self._possible(invoice),
            )

    def _possible(self, invoice: Invoice) -> list[str]:
        if invoice.paid:
            return [*(["pay"] if invoice.amount_due else []), "unpay"]
        can = [
            _ACTIONS[status]
            for status in TRANSITIONS.get(invoice.status, ())
            if status != invoice.status and status in _ACTIONS
        ]
        return [*can, "pay"] if invoice.status == "AUTHORISED" else can

    def act(self, invoice_id: str, action: str) -> ResponseReturnValue:
        """This will do one thing to an invoice, or say why Xero forbids it."""
        try:
            with self._world.lock:
                self._act(*self._found(invoice_id), action)
        except Invalid as error:
            return self._invoice_page(invoice_id, " ".join(error.messages)), 400
        except Refusal as refusal:
            return self._invoice_page(invoice_id, refusal.response.get_data(as_text=True)), 400
        return redirect(f"/invoice/{invoice_id}", 303)

    def _act(self, org: Organisation, invoice: Invoice, action: str) -> None:
        if action == "edit":
            body = {"DueDate": request.form.get("due") or None, "Reference": request.form.get("reference", "")}
            change(self._world, org, invoice, body)
            return
        if action not in (*_ACTIONS.values(), "pay", "unpay"):
            raise not_found()
        act(self._world, org, invoice, action, self._amount())

    def _amount(self) -> Decimal | None:
        text = request.form.get("amount", "").strip().replace(",", ".")
        try:
            return round2(to_decimal(text)) if text else None
        except ValueError as error:
            raise Invalid({}, "The amount is not a number.") from error

    def apps(self) -> str:
        """This will list where the app is connected."""
        connections = [
            {
                "id": one.connection_id,
                "organisation": self._world.organisations[one.tenant_id].name,
                "user": self._world.users[one.user_id]["EmailAddress"],
                "since": iso7(one.updated)[:19].replace("T", " "),
            }
            for one in self._services.tokens.connections()
        ]
        return render_template("xero/apps.html", connections=connections)

    def disconnect(self, connection_id: str) -> ResponseReturnValue:
        """This will disconnect the app: nobody tells it."""
        self._services.tokens.disconnect(connection_id)
        return redirect("/connected-apps", 303)

    def webhook(self) -> str:
        """This will show the state of the webhook subscription."""
        return render_template("xero/webhook.html", webhook=self._services.subscription.describe())

    def ask_intent(self) -> ResponseReturnValue:
        """This will send the intent-to-receive series."""
        self._services.subscription.ask_intent()
        return redirect("/webhook", 303)

    def online(self, key: str) -> ResponseReturnValue:
        """This will show what a customer sees."""
        with self._world.lock:
            org, invoice = self._found(request.args.get("InvoiceID", ""))
            if key != online_key(invoice):
                raise not_found()
            return render_template("xero/online.html", org=org.name, invoice=_row(org, invoice))

    def deep_link(self) -> ResponseReturnValue:
        """This will follow a link into an organisation, as https://go.xero.com does."""
        shortcodes = {org.details["ShortCode"] for org in self._world.organisations.values()}
        target = urlsplit(request.args.get("redirecturl", ""))
        if request.args.get("shortcode") not in shortcodes or target.netloc:
            raise not_found()
        invoice_id = parse_qs(target.query).get("InvoiceID", [""])[0] or request.args.get("InvoiceID", "")
        return redirect(f"/invoice/{invoice_id}" if invoice_id else "/")

    def view_aspx(self) -> ResponseReturnValue:
        """This will lead from Xero's own page address to ours."""
        return redirect(f"/invoice/{request.args.get('InvoiceID', '')}")
