"""Everything that the simulator remembers, behind one lock."""

import threading
from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from sandbox.control import Clock
from sandbox.xero.models import Invoice, Organisation
from sandbox.xero.seed import seed_another, seed_organisations, seed_users
from sandbox.xero.values import Json, fold, milliseconds, ms_time, utc_string

_ZONES = {"ROMANCESTANDARDTIME": "Europe/Paris", "GMTSTANDARDTIME": "Europe/London", "UTC": "UTC"}
_ZONES["NEWZEALANDSTANDARDTIME"], _ZONES["EASTERNSTANDARDTIME"] = "Pacific/Auckland", "America/New_York"


class Listener(Protocol):
    """This will hear of changes that Xero tells by webhook."""

    def __call__(self, *, tenant_id: str, category: str, resource_id: str, kind: str, at_ms: int) -> None:
        """This will take note of one change."""


class World:
    """This will hold all organisations and tell a listener what changes in them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.listen: Listener = lambda **_event: None
        self.tier = "starter"
        self.limits: dict[str, int] = {}
        self.full_organisations: set[str] = set()  # those that already have two uncertified apps
        self.reset()

    def reset(self) -> None:
        """This will go back to the seed."""
        with self.lock:
            now = milliseconds(self.clock.now())
            self.users = seed_users()
            self.organisations: dict[str, Organisation] = seed_organisations(self.clock.now().date(), now)
            self.tier, self.limits = "starter", {}
            self.full_organisations.clear()

    def add_organisation(self) -> tuple[Organisation, Json]:
        """This will add an organisation without documents, and the one person who works in it."""
        with self.lock:
            org, user = seed_another(len(self.organisations), milliseconds(self.clock.now()))
            self.organisations[org.tenant_id] = org
            self.users[user["UserID"]] = user
            return org, user

    def now_ms(self, org: Organisation) -> int:
        """This will give a moment that is later than every one given before in the organisation."""
        org.last_ms = max(milliseconds(self.clock.now()), org.last_ms + 1)
        return org.last_ms

    def today(self, org: Organisation) -> date:
        """This will give the day where the organisation is."""
        zone = _ZONES.get(str(org.details["Timezone"]), "UTC")
        return self.clock.now().astimezone(ZoneInfo(zone)).date()

    def find_invoice(self, key: str) -> tuple[Organisation, Invoice] | None:
        """This will find an invoice of any organisation by its id, for pages and the control API."""
        for org in self.organisations.values():
            if key in org.invoices:
                return org, org.invoices[key]
        return None

    def store_invoice(self, org: Organisation, invoice: Invoice, user: str, change: str, details: str = "") -> None:
        """This will keep an invoice that was made or changed, write its history and tell the listener."""
        created = invoice.invoice_id not in org.invoices
        previous = org.invoices.pop(invoice.invoice_id, None)
        if previous is not None:
            org.by_contact[previous.contact_id].pop(invoice.invoice_id, None)
            if org.numbers.get(fold(previous.number)) is previous:
                del org.numbers[fold(previous.number)]
        for payment in invoice.payments.values():
            payment.invoice = invoice
        invoice.updated = self.now_ms(org)
        org.invoices[invoice.invoice_id] = invoice
        org.by_contact.setdefault(invoice.contact_id, {})[invoice.invoice_id] = invoice
        if invoice.kind == "ACCREC" and invoice.number:
            org.numbers[fold(invoice.number)] = invoice
        # A contact becomes customer or supplier by its documents, which does not count as a change of it.
        org.contacts[invoice.contact_id]["IsCustomer" if invoice.kind == "ACCREC" else "IsSupplier"] = True
        self.note(org, invoice.invoice_id, user, change, details)
        self._tell(org, "INVOICE", invoice.invoice_id, invoice.updated, created)

    def store_contact(self, org: Organisation, contact: Json, user: str, change: str) -> None:
        """This will keep a contact that was made or changed and tell the listener."""
        contact_id = contact["ContactID"]
        previous = org.contacts.get(contact_id)
        if previous is not None and org.names.get(fold(previous["Name"])) == contact_id:
            del org.names[fold(previous["Name"])]
        at = self.now_ms(org)
        contact["UpdatedDateUTC"] = ms_time(at)
        org.contacts[contact_id] = contact
        if contact["ContactStatus"] == "ACTIVE":
            org.names[fold(contact["Name"])] = contact_id
        self.note(org, contact_id, user, change, "")
        self._tell(org, "CONTACT", contact_id, at, previous is None)

    def note(self, org: Organisation, resource_id: str, user: str, change: str, details: str) -> Json:
        """This will append to the history of a document or contact."""
        at = milliseconds(self.clock.now())
        record = {"Changes": change, "DateUTCString": utc_string(at)[:-1], "DateUTC": ms_time(at)}
        record |= {"User": user, "Details": details}
        org.history.setdefault(resource_id, []).append(record)
        return record

    def _tell(self, org: Organisation, category: str, resource_id: str, at_ms: int, created: object) -> None:
        kind = "CREATE" if created else "UPDATE"
        self.listen(tenant_id=org.tenant_id, category=category, resource_id=resource_id, kind=kind, at_ms=at_ms)
