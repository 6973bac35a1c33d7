"""What there is to choose from in the connected organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from sync.connections.xero import find_active
from sync.core import Core
from sync.domain.accounting import TaxRate
from sync.domain.due import DueRule
from sync.domain.rights import CREATE_AS, RightsPolicy, why_not
from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.identity import Person
from sync.operations.reference import Reference, get_reference

log = structlog.get_logger()


@dataclass(frozen=True)
class CreateChoice:
    """A way to create invoices; `why_not` is why this person may not choose it, or None."""

    value: str
    why_not: ErrorCode | None


@dataclass(frozen=True)
class Offers:
    """An organisation's lists; `problem` is why Xero could not be asked, and then they are empty."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    themes: Mapping[str, str] = field(default_factory=dict)
    rates: tuple[TaxRate, ...] = ()
    create_as: tuple[CreateChoice, ...] = ()
    sales_terms: DueRule | None = None
    timezone: str = "UTC"
    problem: ErrorCode | None = None

    def offers(self, name: str, value: str) -> bool:
        """Say whether a preference of the organisation may have this value."""
        match name:
            case "account":
                return value in self.accounts
            case "theme_id":
                return value in self.themes
            case "create_as":
                return any(one.value == value and one.why_not is None for one in self.create_as)
            case "treatment":
                return True
            case _:
                return any(rate.tax_type == value for rate in self.rates)


def find_choices(core: Core, *, person: Person) -> Offers:
    """Give what Xero offers, as old as its lists may be; nothing without a connection or an answer."""
    with core.database.reading() as session:
        organisation = find_active(session, company_id=person.company_id)
    if organisation is None:
        return Offers()
    try:
        reference = get_reference(core, organisation=organisation)
    except (Anticipated, Transient) as err:
        log.warning("choices_missing", organisation_id=organisation.organisation_id, reason=str(err))
        return Offers(problem=err.code, timezone=organisation.timezone)
    return _choices(reference, person=person, timezone=organisation.timezone)


def _choices(reference: Reference, *, person: Person, timezone: str) -> Offers:
    ways = (
        CreateChoice(
            value=name,
            why_not=why_not(right=right, actions=reference.actions, is_admin=person.is_admin, policy=RightsPolicy()),
        )
        for name, right in CREATE_AS.items()
    )
    return Offers(
        accounts={account.code: account.name for account in reference.sales_accounts},
        themes={theme.theme_id: theme.name for theme in reference.themes},
        rates=reference.sales_rates,
        create_as=tuple(ways),
        sales_terms=reference.sales_terms,
        timezone=timezone,
    )
