"""What an organisation keeps. Documents are records; settings stay in the shape in which Xero gives them out."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sandbox.xero.rounding import ZERO
from sandbox.xero.values import Json, fold


@dataclass(slots=True)
class Line:
    """This will hold one line of an invoice."""

    line_id: str
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tax_amount: Decimal = ZERO
    tax_override: bool = False
    line_amount: Decimal = ZERO
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: list[Json] = field(default_factory=list)

    @property
    def priced(self) -> bool:
        """This will tell a line with money from one that only says something."""
        return self.unit_amount is not None or self.item_code is not None


@dataclass(slots=True)
class Invoice:
    """This will hold one sales invoice (ACCREC) or bill (ACCPAY)."""

    invoice_id: str
    kind: str
    contact_id: str
    issued: date
    number: str = ""
    reference: str = ""
    due: date | None = None
    expected: date | None = None
    planned: date | None = None
    treatment: str = "Exclusive"
    currency: str = ""
    rate: Decimal = Decimal(1)
    status: str = "DRAFT"
    lines: list[Line] = field(default_factory=list)
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO
    theme_id: str | None = None
    url: str | None = None
    sent: bool = False
    payments: dict[str, "Payment"] = field(default_factory=dict)
    paid: Decimal = ZERO
    credited: Decimal = ZERO
    fully_paid_on: date | None = None
    updated: int = 0
    made_by: str | None = None

    @property
    def amount_due(self) -> Decimal:
        """This will give what is still owed; a dead document owes nothing."""
        if self.status in ("VOIDED", "DELETED"):
            return ZERO
        return self.total - self.paid - self.credited


@dataclass(slots=True)
class Payment:
    """This will hold money put against an invoice."""

    payment_id: str
    invoice: Invoice
    amount: Decimal
    day: date
    account: Json
    reference: str = ""
    status: str = "AUTHORISED"
    updated: int = 0


@dataclass(slots=True)
class Organisation:
    """This will hold one organisation: what Xero calls a tenant."""

    tenant_id: str
    details: Json
    users: dict[str, Json] = field(default_factory=dict)
    accounts: dict[str, Json] = field(default_factory=dict)
    tax_rates: dict[str, Json] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    themes: list[Json] = field(default_factory=list)
    tracking: list[Json] = field(default_factory=list)
    currencies: dict[str, str] = field(default_factory=dict)
    refused_actions: set[str] = field(default_factory=set)
    contacts: dict[str, Json] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # folded name of an active contact -> ContactID
    invoices: dict[str, Invoice] = field(default_factory=dict)  # kept in order of last change
    numbers: dict[str, Invoice] = field(default_factory=dict)  # folded number of a sales invoice
    by_contact: dict[str, dict[str, Invoice]] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    history: dict[str, list[Json]] = field(default_factory=dict)
    next_number: int = 1
    last_ms: int = 0
    email_limit: int = 1000
    emails: deque[Json] = field(default_factory=lambda: deque(maxlen=2000))

    @property
    def name(self) -> str:
        """This will give the organisation's name."""
        return str(self.details["Name"])

    def active_contact_named(self, name: str) -> Json | None:
        """This will find the one active contact of that name."""
        return self.contacts.get(self.names.get(fold(name.strip()), ""))
