"""A house to test in: rows put straight into the store, and ways to look at what became of them."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select, update

from sync.core import Core
from sync.domain.accounting import DraftLine
from sync.domain.crm import Address
from sync.domain.invoice import LineAmountTypes
from sync.domain.mapping import Customer
from sync.domain.secret import Secret
from sync.operations.check_draft import DraftRequest
from sync.operations.identity import Person, person_of
from sync.operations.inbox import accept_delivery
from sync.operations.prepared import Prepared, to_stored
from sync.operations.split_deliveries import split_deliveries
from sync.operations.take_leave import due_to_leave, take_leave_or_put_off
from sync.store.accounts import Connection, Grant, Organisation
from sync.store.base import Base
from sync.store.chores import Chore
from sync.store.company import Company, DealFieldCode, Installation
from sync.store.inbox import Delivery, Event
from sync.store.invoices import DealInvoice, DealRow, Intent, InvoiceRecord
from tests.unit.fakes.core import Clock, CountingWaker, FakePipedriveOAuth, FakeXeroOAuth, Web
from tests.unit.fakes.pipedrive import FakePipedrive
from tests.unit.fakes.xero import FakeXero

COMPANY, ADMIN, COLLEAGUE, DEAL = 54235233, 1, 2, 42
TENANT = "7e1d0f5e-5c5c-4b0e-9d43-000000000001"
OTHER_TENANT = "7e1d0f5e-5c5c-4b0e-9d43-000000000002"
ORGANISATION = "0a6a5e8e-1111-4b0e-9d43-000000000001"
GRANT = "0a6a5e8e-2222-4b0e-9d43-000000000001"
CONTACT = "c-1"

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True)
class House:
    """One core, the vendors behind it, and its rows."""

    core: Core
    clock: Clock
    waker: CountingWaker
    web: Web
    xero: FakeXero
    pipedrive: FakePipedrive
    pipedrive_oauth: FakePipedriveOAuth
    xero_oauth: FakeXeroOAuth

    def add(self, *rows: Base) -> None:
        """Put rows in."""
        with self.core.database.writing() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def get(self, table: type[Row], *key: object) -> Row:
        """Get one row as it is now."""
        with self.core.database.reading() as session:
            return session.get_one(table, key if len(key) > 1 else key[0])

    def all(self, table: type[Row]) -> list[Row]:
        """Get all rows of a table, in the order of their keys."""
        with self.core.database.reading() as session:
            return list(session.scalars(select(table).order_by(*table.__table__.primary_key)))

    def set(self, table: type[Row], *key: object, **values: object) -> None:
        """Change a row."""
        with self.core.database.writing() as session:
            row = session.get_one(table, key if len(key) > 1 else key[0])
            for name, value in values.items():
                setattr(row, name, value)

    def tokens(self, name: str) -> dict[str, Any]:
        """Give the token columns of a row that is good for half an hour."""
        seal = self.core.vault.seal
        return {
            "access_token": seal(Secret(f"access-{name}")),
            "refresh_token": seal(Secret(f"refresh-{name}")),
            "expires_at": self.clock() + timedelta(minutes=30),
            "refreshed_at": self.clock(),
            "scope": "base",
        }

    def keep_tokens_good(self) -> None:
        """Let no token expire in this test."""
        for table in (Grant, Installation):
            with self.core.database.writing() as session:
                session.execute(update(table).values(expires_at=self.clock() + timedelta(days=365)))

    def add_company(self, company_id: int = COMPANY, **over: Any) -> None:
        """A company, whose background work the admin does."""
        values = {"name": "Acme", "default_currency": "NZD", "api_domain": "https://acme.pipedrive.com"}
        standing = {"created_at": self.clock(), "acting_user_id": ADMIN, "preferences": {}}
        standing["compare_due_at"] = self.clock() + timedelta(hours=1)
        self.add(Company(company_id=company_id, **{**values, **standing, **over}))

    def add_chores(self) -> None:
        """The house's own chores, due in an hour."""
        self.add(*(Chore(name=name, due_at=self.clock() + timedelta(hours=1)) for name in ("watch", "keep_house")))

    def add_user(self, user_id: int = ADMIN, company_id: int = COMPANY, **over: Any) -> Person:
        """A user who installed the app a minute ago."""
        values = {
            "user_name": f"User {user_id}",
            "email": f"u{user_id}@acme.example",
            "is_admin": user_id == ADMIN,
            "language": "en",
            "locale": "en_NZ",
            "installed_at": (self.clock() - timedelta(minutes=1)).replace(microsecond=0),
        }
        self.add(
            Installation(company_id=company_id, user_id=user_id, **{**values, **self.tokens(str(user_id)), **over})
        )
        return person_of(self.core, company_id=company_id, user_id=user_id)

    def person(self, user_id: int = ADMIN) -> Person:
        """The person behind an installation."""
        return person_of(self.core, company_id=COMPANY, user_id=user_id)

    def add_grant(self, grant_id: str = GRANT) -> None:
        """A Xero user's tokens."""
        self.add(Grant(grant_id=grant_id, xero_userid=str(uuid.uuid4()), **self.tokens("xero")))

    def add_organisation(self, organisation_id: str = ORGANISATION, tenant_id: str = TENANT) -> None:
        """An organisation that Xero calls by `tenant_id`."""
        self.add(
            Organisation(
                organisation_id=organisation_id,
                tenant_id=tenant_id,
                name="Maple Florists",
                short_code="!mBdtL",
                base_currency="NZD",
                timezone="NEWZEALANDSTANDARDTIME",
                reference={},
            )
        )

    def connect(self, company_id: int = COMPANY, organisation_id: str = ORGANISATION, **over: Any) -> str:
        """Connect a company to an organisation; gives the connection's key."""
        key = str(uuid.uuid4())
        tenant_id = self.get(Organisation, organisation_id).tenant_id
        at_xero = self.xero.add_connection(tenant_id, "Maple Florists")
        values = {"grant_id": GRANT, "state": "active", "connected_by": ADMIN, "connected_at": self.clock()}
        kept = {"company_id": company_id, "organisation_id": organisation_id, "xero_connection_id": at_xero}
        self.add(Connection(key=key, **{**values, **kept, **over}))
        return key

    def add_deal(self, deal_id: int = DEAL, company_id: int = COMPANY, **over: Any) -> None:
        """A deal, here and in Pipedrive."""
        self.pipedrive.add_deal(deal_id)
        values = {
            "title": "Deal Title",
            "currency": "NZD",
            "owner_id": ADMIN,
            "status": "open",
            "updated_at": self.clock() - timedelta(days=30),
            "fetched_at": self.clock(),
            "written": {},
        }
        self.add(DealRow(company_id=company_id, deal_id=deal_id, **values | over))

    def add_invoice(self, deal_id: int = DEAL, company_id: int = COMPANY, **over: Any) -> str:
        """An invoice, in Xero and on a deal here; gives its id."""
        invoice_id = self.xero.add_invoice(**over)
        self.keep_invoice(invoice_id)
        self.hang(invoice_id, deal_id=deal_id, company_id=company_id)
        return invoice_id

    def keep_invoice(self, invoice_id: str, **over: Any) -> None:
        """Our copy of an invoice, as old as the clock says."""
        zero = dict.fromkeys(("sub_total", "total_tax", "total", "amount_due", "amount_paid", "amount_credited"))
        values: dict[str, Any] = {name: Decimal(0) for name in zero}
        values |= {
            "number": "INV-1",
            "status": "DRAFT",
            "contact_id": CONTACT,
            "contact_name": "Barney",
            "currency": "NZD",
        }
        values |= {"reference": "", "url": "", "sent_to_contact": False}
        values |= {"updated_at": self.clock() - timedelta(days=1), "fetched_at": self.clock()}
        self.add(InvoiceRecord(organisation_id=ORGANISATION, invoice_id=invoice_id, **values | over))

    def hang(self, invoice_id: str, *, deal_id: int = DEAL, company_id: int = COMPANY) -> None:
        """Hang an invoice on a deal."""
        link = {"company_id": company_id, "deal_id": deal_id, "organisation_id": ORGANISATION}
        self.add(DealInvoice(**link, invoice_id=invoice_id, linked_at=self.clock()))

    def add_fields(self, *slots: str) -> None:
        """Our deal fields in Pipedrive, by their slots; the status has the option ids 1 to 6."""
        for slot in slots:
            options = {name: place for place, name in enumerate(_STATUSES, start=1)} if slot == "status" else {}
            self.add(DealFieldCode(company_id=COMPANY, slot=slot, field_code=f"code-{slot}", options=options))

    def add_intent(self, intent_id: str, **over: Any) -> None:
        """An open invoice window."""
        values = {"company_id": COMPANY, "user_id": ADMIN, "deal_id": DEAL, "organisation_id": ORGANISATION}
        values |= {"state": "prepared", "created_at": self.clock(), "prepared": to_stored(a_window())}
        self.add(Intent(intent_id=intent_id, **values | over))

    def deliver(self, source: str, content: object) -> None:
        """Take in a webhook delivery and split it."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        accept_delivery(self.core, source=source, company_id=COMPANY if source == "pipedrive" else 0, body=body)
        split_deliveries(self.core)

    def add_events(self, resources: list[str], *, tenant: str = TENANT) -> None:
        """Pending events about invoices, as the splitter would have made them."""
        now = self.clock()
        with self.core.database.writing() as session:
            session.add_all(
                Event(
                    source="xero",
                    tenant=tenant,
                    category="INVOICE",
                    resource_id=resource,
                    type="UPDATE",
                    identity=now.isoformat(),
                    happened_at=now,
                    received_at=now,
                )
                for resource in resources
            )

    def event_states(self) -> list[str]:
        """The state of each event, in the order in which they came."""
        return [event.state for event in self.all(Event)]

    def delivery_states(self) -> list[str]:
        """The state of each delivery."""
        return [delivery.state for delivery in self.all(Delivery)]


def take_leave_of_all(core: Core) -> None:
    """Take leave of every organisation that a company has left, as a worker does."""
    for key in due_to_leave(core):
        take_leave_or_put_off(core, connection_key=key)


def a_window(**over: Any) -> Prepared:
    """Give whom an invoice window was opened for."""
    customer = Customer(name="Barney Rubble", address=Address(), email="b@x.example", tax_number="")
    return Prepared(**{"customer": customer, "customer_key": "organization:9", **over})


def a_request(intent_key: str, **over: Any) -> DraftRequest:
    """Give what an invoice window sends: one line of 250 without tax."""
    line = DraftLine(description="Bouquet", quantity=Decimal(1), unit_amount=Decimal(250))
    values: dict[str, Any] = {"intent_key": intent_key, "contact_id": CONTACT, "update_contact": ()}
    values |= {"treatment": LineAmountTypes.NO_TAX, "currency": "NZD", "theme_id": "", "reference": "Deal Title"}
    values |= {"issue_date": date(2026, 11, 22), "due_date": date(2026, 12, 6), "create_as": "draft"}
    return DraftRequest(**{**values, "lines": (line,), "seen_total": Decimal(250), **over})


def digest(text: str) -> str:
    """Hash as the store keeps a webhook's password."""
    return hashlib.sha256(text.encode()).hexdigest()


_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
