"""What Instep reads in Xero beside invoices, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.domain.crm import Address
from sync.domain.due import DueRule
from sync.domain.invoice import LineAmountTypes

#: The class of accounts that sales are booked to.
REVENUE = "REVENUE"


@dataclass(frozen=True)
class ConnectedTenant:
    """One row of `GET /connections`."""

    connection_id: str
    auth_event_id: str
    tenant_id: str
    tenant_type: str
    tenant_name: str
    updated_at: str


@dataclass(frozen=True)
class Contact:
    """A Xero contact; `postal` is the address that invoices print, `terms` are its own for sales, if it has any.

    `others` are its other addresses by Xero's own names: nobody here reads them, but they go back with every change.
    """

    contact_id: str
    name: str
    email: str
    status: str
    tax_number: str
    merged_to_contact_id: str = ""
    postal: Address = field(default_factory=Address)
    terms: DueRule | None = None
    others: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class TaxRate:
    """A tax rate; `effective_rate` is in per cent, `classes` are the classes of accounts that take it."""

    tax_type: str
    name: str
    effective_rate: Decimal
    is_active: bool
    classes: frozenset[str] = frozenset()

    @property
    def applies_to_revenue(self) -> bool:
        """Whether a sales line may have it."""
        return REVENUE in self.classes


@dataclass(frozen=True)
class Account:
    """An account that may be chosen for a line when `is_revenue`, `is_active` and not `is_system`."""

    code: str
    name: str
    tax_type: str
    is_active: bool
    account_class: str
    is_system: bool

    @property
    def is_revenue(self) -> bool:
        """Whether sales are booked to it."""
        return self.account_class == REVENUE


@dataclass(frozen=True)
class Item:
    """A product or service in Xero, with what a sales line takes over from it."""

    item_id: str
    code: str
    name: str
    description: str
    unit_price: Decimal | None
    account_code: str
    tax_type: str
    is_sold: bool


@dataclass(frozen=True)
class BrandingTheme:
    """A look that an invoice may have; the default one has `sort_order` 0."""

    theme_id: str
    name: str
    sort_order: int


@dataclass(frozen=True)
class OrganisationDetails:
    """The organisation itself; `timezone` is Xero's own name for it."""

    name: str
    short_code: str
    base_currency: str
    country_code: str
    timezone: str
    period_lock_date: date | None
    end_of_year_lock_date: date | None
    sales_terms: DueRule | None = None


@dataclass(frozen=True)
class DraftLine:
    """A line as we send it. Exactly one of `discount_rate` and `discount_amount` may be set.

    Not sent: `tax_percent` of the chosen rate, `own_percent` that Pipedrive has, and `product` (`12`, or `12:34` for a
    variation), by which the item is remembered.
    """

    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tax_type: str | None = None
    tax_percent: Decimal = Decimal(0)
    account_code: str | None = None
    item_code: str | None = None
    own_percent: Decimal | None = None
    product: str = ""

    @property
    def is_priced(self) -> bool:
        """Whether it bills anything; a line of words only has neither quantity nor price."""
        return self.quantity is not None or self.unit_amount is not None


@dataclass(frozen=True)
class DraftInvoice:
    """Everything that a new invoice says."""

    contact_id: str
    lines: tuple[DraftLine, ...]
    line_amount_types: LineAmountTypes
    currency: str
    issue_date: date
    due_date: date
    reference: str
    url: str
    theme_id: str = ""
