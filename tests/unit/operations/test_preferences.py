"""What a company chose is kept, and read back with defaults where nothing was chosen."""

from decimal import Decimal

import pytest

from sync.domain.due import DueKind, DueRule
from sync.operations.preferences import (
    XERO_TERMS,
    Defaults,
    Preferences,
    due_rule_for,
    get_defaults,
    get_preferences,
    save_preferences,
)
from sync.store.accounts import Connection
from sync.store.company import Audit, Company
from tests.unit.fakes.house import ADMIN, COMPANY, ORGANISATION, House

TERMS = DueRule(kind=DueKind.OF_FOLLOWING_MONTH, day=20)
OTHER_TERMS = DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=7)
CHOSEN = Defaults(
    account="200",
    theme_id="t-1",
    treatment="Inclusive",
    create_as="approve",
    tax_rates={Decimal("15.0"): "OUTPUT2", Decimal("7.5"): "OUTPUT"},
)


def test_preferences_are_kept_with_who_changed_them_and_unknown_ones_are_left_out(home: House) -> None:
    save(home, preferences=Preferences(due_day=7, tax_number="org.abc"))

    stored = home.get(Company, COMPANY).preferences
    assert get_preferences(stored | {"of_next_year": 1}) == Preferences(due_day=7, tax_number="org.abc")
    assert get_preferences({}) == Preferences()
    assert [row.verb for row in home.all(Audit)] == ["save_preferences"]


def test_days_that_were_kept_under_their_old_name_are_read() -> None:
    assert get_preferences({"due_days": 30}) == Preferences(due_day=30)


def test_what_was_chosen_for_xero_belongs_to_the_organisation(home: House) -> None:
    save(home, defaults=CHOSEN)

    assert defaults_of(home, ORGANISATION) == CHOSEN
    assert defaults_of(home, "another") == Defaults()


def test_without_an_organisation_nothing_is_chosen_for_one(home: House) -> None:
    home.set(Connection, home.all(Connection)[0].key, state="ended")

    save(home, preferences=Preferences(due_day=3), defaults=CHOSEN)

    assert defaults_of(home, ORGANISATION) == Defaults()
    assert home.get(Company, COMPANY).preferences["due_day"] == 3


@pytest.mark.parametrize(
    ("preferences", "organisation_terms", "contact_terms", "rule"),
    [
        (Preferences(due_day=9), TERMS, OTHER_TERMS, DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=9)),
        (Preferences(due_kind=DueKind.OF_CURRENT_MONTH), TERMS, TERMS, DueRule(DueKind.OF_CURRENT_MONTH, 14)),
        (Preferences(due_kind=XERO_TERMS), TERMS, OTHER_TERMS, OTHER_TERMS),
        (Preferences(due_kind=XERO_TERMS), TERMS, None, TERMS),
        (Preferences(due_kind=XERO_TERMS, due_day=3), None, None, DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=14)),
    ],
)
def test_the_rule_is_the_company_s_or_xero_s_terms(
    preferences: Preferences, organisation_terms: DueRule | None, contact_terms: DueRule | None, rule: DueRule
) -> None:
    found = due_rule_for(preferences=preferences, organisation_terms=organisation_terms, contact_terms=contact_terms)

    assert found == rule


def save(home: House, *, preferences: Preferences | None = None, defaults: Defaults | None = None) -> None:
    """Save as the admin does."""
    save_preferences(
        home.core,
        company_id=COMPANY,
        user_id=ADMIN,
        preferences=preferences or Preferences(),
        defaults=defaults or Defaults(),
    )


def defaults_of(home: House, organisation_id: str) -> Defaults:
    """What is kept for an organisation."""
    with home.core.database.reading() as session:
        return get_defaults(session, company_id=COMPANY, organisation_id=organisation_id)
