"""What a company chose is kept, and read back with defaults where nothing was chosen."""

from decimal import Decimal

import pytest

from sync.domain.due import DueKind, DueRule
from sync.operations.preferences import (
    XERO_TERMS,
    Defaults,
    Preferences,
    due_rule_for,
    from_flat,
    get_defaults,
    get_preferences,
    to_flat,
)
from sync.store.accounts import OrganisationDefaults
from tests.unit.fakes.house import COMPANY, ORGANISATION, House

TERMS = DueRule(kind=DueKind.OF_FOLLOWING_MONTH, day=20)
OTHER_TERMS = DueRule(kind=DueKind.DAYS_AFTER_ISSUE, day=7)
CHOSEN = Defaults(
    account="200",
    theme_id="t-1",
    treatment="Inclusive",
    create_as="approve",
    tax_rates={Decimal("15.0"): "OUTPUT2", Decimal("7.5"): "OUTPUT"},
)


def test_days_that_were_kept_under_their_old_name_are_read() -> None:
    assert get_preferences({"due_days": 30}) == Preferences(due_day=30)


def test_what_this_version_does_not_know_is_left_out() -> None:
    assert get_preferences({"of_next_year": 1}) == get_preferences({}) == Preferences()


def test_what_was_chosen_for_xero_belongs_to_the_organisation(home: House) -> None:
    home.add(
        OrganisationDefaults(
            company_id=COMPANY,
            organisation_id=ORGANISATION,
            account_code="200",
            create_as="approve",
            tax_table={"15": "OUTPUT2"},
        )
    )

    chosen = Defaults(account="200", create_as="approve", tax_rates={Decimal(15): "OUTPUT2"})
    assert defaults_of(home, ORGANISATION) == chosen
    assert defaults_of(home, "another") == Defaults()


def test_preferences_as_words_are_the_same_when_read_back() -> None:
    preferences = Preferences(
        to="deal.title", address="", due_kind=XERO_TERMS, due_day=3, reference_template="{po_number}: x"
    )

    flat = to_flat(preferences=preferences, defaults=CHOSEN)

    assert flat["tax_rate.7.5"] == "OUTPUT"
    assert from_flat(flat) == (preferences, CHOSEN)
    assert from_flat(flat | {"tax_rate.15": ""})[1].tax_rates == {Decimal("7.5"): "OUTPUT"}


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


def defaults_of(home: House, organisation_id: str) -> Defaults:
    """What is kept for an organisation."""
    with home.core.database.reading() as session:
        return get_defaults(session, company_id=COMPANY, organisation_id=organisation_id)
