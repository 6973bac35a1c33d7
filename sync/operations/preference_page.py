"""All that the preferences page shows: what is chosen, what there is to choose from, and what would come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sync.connections.xero import find_active
from sync.core import Core
from sync.domain.fields import FieldTrouble, SourceField, Use, offered, trouble_with
from sync.domain.tax import TaxChoice, tax_table
from sync.errors import ErrorCode
from sync.operations.company_fields import CompanyFields, get_company_fields, pull_company_fields, usable
from sync.operations.identity import Person
from sync.operations.live_example import Example, RecentDeals, example_of, recent_deals
from sync.operations.preference_choices import Offers, find_choices
from sync.operations.preference_history import HistoryPage, show_history
from sync.operations.preferences import Defaults, Preferences
from sync.operations.save_preferences import read_preferences

_LATEST = 3


@dataclass(frozen=True)
class TaxRow:
    """A percentage in Pipedrive, the rate that was chosen for it (or empty), and what would be taken without a choice."""

    percent: Decimal
    rate: str
    automatic: TaxChoice


@dataclass(frozen=True)
class FieldChoice:
    """What may be chosen for one use, by kind of record, and what is wrong with what is chosen."""

    groups: tuple[tuple[str, tuple[SourceField, ...]], ...]
    trouble: FieldTrouble | None

    @property
    def sources(self) -> frozenset[str]:
        """All that may be chosen."""
        return frozenset(field.source for _entity, fields in self.groups for field in fields)


@dataclass(frozen=True)
class PreferencesPage:
    """The preferences to show, which need not be saved; the problems are why a vendor could not be asked, or None."""

    preferences: Preferences
    defaults: Defaults
    version: str
    organisation_name: str
    fields: CompanyFields
    uses: Mapping[str, FieldChoice]
    choices: Offers
    tax_rows: tuple[TaxRow, ...]
    deals: tuple[tuple[int, str], ...]
    example: Example
    history: HistoryPage
    pipedrive_problem: ErrorCode | None


@dataclass(frozen=True)
class Draft:
    """Preferences that somebody is about to save, and the deal that they look at."""

    preferences: Preferences | None = None
    defaults: Defaults | None = None
    deal_id: int | None = None


def show_preferences(core: Core, *, person: Person, draft: Draft) -> PreferencesPage:
    """Show the preferences, or a draft of them, with what there is to choose from.

    :raises Anticipated: INSTALL_LAPSED.
    """
    return _page(core, person=person, draft=draft, fields=get_company_fields(core, person=person))


def show_preferences_anew(core: Core, *, person: Person, draft: Draft) -> PreferencesPage:
    """Show the same, with the company's fields read again from Pipedrive.

    :raises Anticipated: INSTALL_LAPSED.
    """
    return _page(core, person=person, draft=draft, fields=pull_company_fields(core, person=person))


def _page(core: Core, *, person: Person, draft: Draft, fields: CompanyFields) -> PreferencesPage:
    choices = find_choices(core, person=person)
    with core.database.reading() as session:
        organisation = find_active(session, company_id=person.company_id)
        stored = read_preferences(session, company_id=person.company_id, organisation=organisation)
    preferences, defaults = draft.preferences or stored.preferences, draft.defaults or stored.defaults
    # Whoever waited for Pipedrive once need not wait again.
    recent = RecentDeals() if fields.problem else recent_deals(core, person=person, deal_id=draft.deal_id)
    return PreferencesPage(
        preferences=preferences,
        defaults=defaults,
        version=stored.version,
        organisation_name=organisation.name if organisation else "",
        fields=fields,
        uses={use.value: _field_choice(preferences, use=use, fields=fields) for use in Use},
        choices=choices,
        tax_rows=_tax_rows(percents={*recent.percents, *defaults.tax_rates}, defaults=defaults, choices=choices),
        deals=recent.deals,
        example=example_of(
            core,
            sample=recent.sample,
            preferences=usable(preferences=preferences, fields=fields),
            choices=choices,
        ),
        history=show_history(core, company_id=person.company_id, size=_LATEST),
        pipedrive_problem=fields.problem or recent.problem,
    )


def _field_choice(preferences: Preferences, *, use: Use, fields: CompanyFields) -> FieldChoice:
    source = getattr(preferences, use.value)
    # Until the fields have been read once, nobody knows that one is missing.
    trouble = trouble_with(source=source, use=use, known=fields.known) if fields.read_at else None
    return FieldChoice(groups=offered(known=fields.known, use=use), trouble=trouble)


def _tax_rows(*, percents: set[Decimal], defaults: Defaults, choices: Offers) -> tuple[TaxRow, ...]:
    automatic = tax_table(rates=choices.rates, percents=percents, overrides={})
    return tuple(
        TaxRow(percent=percent, rate=defaults.tax_rates.get(percent, ""), automatic=automatic[percent])
        for percent in sorted(percents)
    )
