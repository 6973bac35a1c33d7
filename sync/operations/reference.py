"""What an organisation offers: tax rates, accounts, themes, items and what we may do there, kept with its age."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from sync.clients.xero.client import XeroClient
from sync.connections.xero import ActiveOrganisation, client_for
from sync.core import Core
from sync.domain.accounting import Account, BrandingTheme, Item, OrganisationDetails, TaxRate
from sync.domain.due import DueKind, DueRule
from sync.errors import Transient
from sync.operations.loss import noticing_loss
from sync.store.accounts import Connection, Organisation

log = structlog.get_logger()

LASTS = timedelta(hours=1)
#: What stands in a person's way is looked at again, in case they have just mended it in Xero.
JUST_NOW = timedelta(seconds=20)
#: Which shape the lists are kept in: those that a process of another version has kept count as never read.
_SHAPE = 2


@dataclass(frozen=True)
class Reference:
    """An organisation's own lists, as of the last look."""

    currencies: tuple[str, ...]
    actions: frozenset[str]
    tax_rates: tuple[TaxRate, ...]
    accounts: tuple[Account, ...]
    lock_date: date | None
    themes: tuple[BrandingTheme, ...] = ()
    sales_terms: DueRule | None = None

    @property
    def sales_rates(self) -> tuple[TaxRate, ...]:
        """The tax rates that a line of an invoice may have."""
        return tuple(rate for rate in self.tax_rates if rate.is_active and rate.applies_to_revenue)

    @property
    def sales_accounts(self) -> tuple[Account, ...]:
        """The accounts that a line of an invoice may use."""
        return tuple(
            account for account in self.accounts if account.is_active and account.is_revenue and not account.is_system
        )


def get_reference(core: Core, *, organisation: ActiveOrganisation, lasting: timedelta = LASTS) -> Reference:
    """Give the lists, read again where they are older than `lasting` and Xero can be asked.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when they have never been read and Xero cannot be asked.
    """
    with core.database.reading() as session:
        row = session.get_one(Organisation, organisation.organisation_id)
        connection = session.get_one(Connection, organisation.connection_key)
    known = _known(row, connection)
    read_at = _read_at(row, connection)
    if known and read_at is not None and core.now() - read_at < lasting:
        return known
    try:
        return pull_reference(core, organisation=organisation)
    except Transient as err:
        if known is None:
            raise
        log.warning("reference_kept", organisation_id=organisation.organisation_id, reason=str(err))
        return known


def get_items(core: Core, *, organisation: ActiveOrganisation, lasting: timedelta = LASTS) -> tuple[Item, ...]:
    """Give the items that may be sold, as old as the other lists.

    :raises Anticipated: XERO_RECONNECT.
    :raises Transient: when they have never been read and Xero cannot be asked.
    """
    get_reference(core, organisation=organisation, lasting=lasting)
    with core.database.reading() as session:
        row = session.get_one(Organisation, organisation.organisation_id)
        items = (_item_from_stored(stored) for stored in row.items or ())
        return tuple(item for item in items if item.is_sold)


def pull_reference(core: Core, *, organisation: ActiveOrganisation) -> Reference:
    """Read the lists from Xero and keep them: seven calls.

    :raises Anticipated: XERO_RECONNECT.
    """
    with noticing_loss(core, organisation=organisation):
        client = client_for(core, organisation=organisation)
        details = client.organisation()
        reference = _ask(client, details=details)
        items = client.items()
    with core.database.writing() as session:
        row = session.get_one(Organisation, organisation.organisation_id)
        row.name = details.name
        row.short_code = details.short_code
        row.base_currency = details.base_currency
        row.timezone = details.timezone
        row.reference = _to_stored(reference)
        row.items = [_item_to_stored(item) for item in items]
        row.reference_at = core.now()
        connection = session.get_one(Connection, organisation.connection_key)
        connection.actions = sorted(reference.actions)
        connection.actions_at = core.now()
    return reference


def expire_reference(core: Core, *, organisation: ActiveOrganisation) -> None:
    """Have the lists read again the next time, because Xero has just refused what they offered."""
    with core.database.writing() as session:
        session.get_one(Organisation, organisation.organisation_id).reference_at = None


def _known(row: Organisation, connection: Connection) -> Reference | None:
    """Give the lists as they are kept; a grant to which Xero allows nothing was read all the same."""
    if row.reference.get("shape") != _SHAPE or connection.actions_at is None:
        return None
    return _from_stored(row.reference, actions=frozenset(connection.actions))


def _read_at(row: Organisation, connection: Connection) -> datetime | None:
    # The lists may have been read through another company's connection, which may do other things.
    if row.reference_at is None or connection.actions_at is None:
        return None
    return min(row.reference_at, connection.actions_at)


def _ask(client: XeroClient, *, details: OrganisationDetails) -> Reference:
    locks = [day for day in (details.period_lock_date, details.end_of_year_lock_date) if day is not None]
    return Reference(
        currencies=tuple(client.currencies()),
        actions=client.actions(),
        tax_rates=tuple(client.tax_rates()),
        accounts=tuple(client.accounts()),
        lock_date=max(locks, default=None),
        themes=tuple(sorted(client.branding_themes(), key=lambda theme: theme.sort_order)),
        sales_terms=details.sales_terms,
    )


def _to_stored(reference: Reference) -> dict[str, Any]:
    return {
        "shape": _SHAPE,
        "currencies": list(reference.currencies),
        "tax_rates": [
            asdict(rate) | {"effective_rate": str(rate.effective_rate), "classes": sorted(rate.classes)}
            for rate in reference.tax_rates
        ],
        "accounts": [asdict(account) for account in reference.accounts],
        "lock_date": reference.lock_date.isoformat() if reference.lock_date else None,
        "themes": [asdict(theme) for theme in reference.themes],
        "sales_terms": asdict(reference.sales_terms) if reference.sales_terms else None,
    }


def _from_stored(stored: dict[str, Any], *, actions: frozenset[str]) -> Reference:
    return Reference(
        currencies=tuple(stored["currencies"]),
        actions=actions,
        tax_rates=tuple(
            TaxRate(**rate | {"effective_rate": Decimal(rate["effective_rate"]), "classes": frozenset(rate["classes"])})
            for rate in stored["tax_rates"]
        ),
        accounts=tuple(Account(**account) for account in stored["accounts"]),
        lock_date=date.fromisoformat(stored["lock_date"]) if stored["lock_date"] else None,
        themes=tuple(BrandingTheme(**theme) for theme in stored["themes"]),
        sales_terms=_terms(stored["sales_terms"]),
    )


def _terms(stored: dict[str, Any] | None) -> DueRule | None:
    return DueRule(kind=DueKind(stored["kind"]), day=stored["day"]) if stored else None


def _item_to_stored(item: Item) -> dict[str, Any]:
    return asdict(item) | {"unit_price": None if item.unit_price is None else str(item.unit_price)}


def _item_from_stored(stored: dict[str, Any]) -> Item:
    price = stored["unit_price"]
    return Item(**stored | {"unit_price": None if price is None else Decimal(price)})
