"""The organisation itself and its own lists."""

from sync.clients.xero import _schemas
from sync.clients.xero._calls import EXACT, Calls
from sync.domain.accounting import Account, BrandingTheme, Item, OrganisationDetails, TaxRate


class ListCalls(Calls):
    """What an organisation offers."""

    # https://developer.xero.com/documentation/api/accounting/organisation
    def organisation(self) -> OrganisationDetails:
        """Fetch the organisation itself."""
        found: OrganisationDetails = self._only("/Organisation", "Organisations", _schemas.OrganisationSchema())
        return found

    # https://developer.xero.com/documentation/api/accounting/organisation (GET Actions)
    def actions(self) -> frozenset[str]:
        """Fetch what this grant may do in the organisation."""
        found = self._all("/Organisation/Actions", "Actions", _schemas.ActionSchema())
        return frozenset(one["name"] for one in found if one["status"] == "ALLOWED")

    # https://developer.xero.com/documentation/api/accounting/currencies
    def currencies(self) -> tuple[str, ...]:
        """Fetch the codes of the currencies that the organisation uses."""
        return tuple(one["code"] for one in self._all("/Currencies", "Currencies", _schemas.CurrencySchema()))

    # https://developer.xero.com/documentation/api/accounting/taxrates
    def tax_rates(self) -> tuple[TaxRate, ...]:
        """Fetch the tax rates, inactive ones included."""
        return tuple(self._all("/TaxRates", "TaxRates", _schemas.TaxRateSchema()))

    # https://developer.xero.com/documentation/api/accounting/accounts
    def accounts(self) -> tuple[Account, ...]:
        """Fetch the chart of accounts."""
        return tuple(self._all("/Accounts", "Accounts", _schemas.AccountSchema()))

    # https://developer.xero.com/documentation/api/accounting/brandingthemes
    def branding_themes(self) -> tuple[BrandingTheme, ...]:
        """Fetch the branding themes; the default one has sort order 0."""
        return tuple(self._all("/BrandingThemes", "BrandingThemes", _schemas.BrandingThemeSchema()))

    # https://developer.xero.com/documentation/api/accounting/items
    def items(self) -> tuple[Item, ...]:
        """Fetch all items; Xero does not page them."""
        return tuple(self._all("/Items", "Items", _schemas.ItemSchema(), EXACT))
