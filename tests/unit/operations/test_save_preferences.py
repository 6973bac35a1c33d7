"""Preferences are saved by one person after the other, each knowing of the others."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from sync.connections.xero import find_active
from sync.operations.preference_history import show_history
from sync.operations.preferences import Defaults, Preferences
from sync.operations.save_preferences import (
    NotOffered,
    Overtaken,
    Stored,
    Wish,
    read_preferences,
    save_preferences,
)
from sync.store.accounts import Connection, OrganisationDefaults
from sync.store.company import Audit, Company, PreferenceChange
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, ORGANISATION, House


@pytest.fixture
def shop(home: House) -> House:
    """A house with two people."""
    home.add_user(COLLEAGUE)
    return home


def test_what_is_saved_is_kept_with_who_changed_what(shop: House) -> None:
    save(shop, preferences=Preferences(due_day=7), defaults=Defaults(account="200", tax_rates={Decimal(15): "OUTPUT2"}))

    kept = stored(shop)
    assert (kept.preferences.due_day, kept.defaults.account) == (7, "200")
    assert kept.defaults.tax_rates == {Decimal(15): "OUTPUT2"}
    assert shop.get(Company, COMPANY).preferences_saved_at == shop.clock()
    [change] = shop.all(PreferenceChange)
    assert change.changes == {
        "due": ["DAYSAFTERBILLDATE:14", "DAYSAFTERBILLDATE:7"],
        "account": ["", "200"],
        "tax_rate.15": ["", "OUTPUT2"],
    }
    assert [(row.verb, row.user_id) for row in shop.all(Audit)] == [("save_preferences", ADMIN)]


def test_a_rate_that_is_taken_out_is_a_change(shop: House) -> None:
    save(shop, defaults=Defaults(tax_rates={Decimal(15): "OUTPUT2"}))

    save(shop, defaults=Defaults())

    assert stored(shop).defaults.tax_rates == {}
    assert shop.all(PreferenceChange)[1].changes == {"tax_rate.15": ["OUTPUT2", ""]}


def test_without_an_organisation_nothing_is_chosen_for_one(shop: House) -> None:
    shop.set(Connection, shop.all(Connection)[0].key, state="ended")

    save(shop, preferences=Preferences(due_day=3), defaults=Defaults(account="200"))

    assert shop.all(OrganisationDefaults) == []
    assert stored(shop).preferences.due_day == 3


def test_what_is_gone_from_xero_stays_chosen_until_somebody_changes_it(shop: House) -> None:
    shop.add(OrganisationDefaults(company_id=COMPANY, organisation_id=ORGANISATION, account_code="old"))

    save(shop, preferences=Preferences(due_day=3), defaults=Defaults(account="old"))

    assert stored(shop).defaults.account == "old"
    with pytest.raises(NotOffered) as caught:
        save(shop, defaults=Defaults(account="older", tax_rates={Decimal(7): "NONE_SUCH"}))
    assert caught.value.names == ("account", "tax_rate.7")


def test_the_second_is_told_what_the_first_changed_and_keeps_what_is_theirs(shop: House) -> None:
    seen = stored(shop).version
    save(shop, user_id=COLLEAGUE, preferences=Preferences(due_day=30, to="person.name"))
    save(shop, user_id=COLLEAGUE, preferences=Preferences(due_day=31, to="person.name"))

    with pytest.raises(Overtaken) as caught:
        save(shop, preferences=Preferences(to="deal.title", email=""), version=seen)

    assert [entry.user_name for entry in caught.value.meanwhile] == ["User 2", "User 2"]
    merged = caught.value.merged
    assert merged.preferences == Preferences(due_day=31, to="deal.title", email="")
    save(shop, preferences=merged.preferences, defaults=merged.defaults, version=merged.version)
    assert stored(shop).preferences == merged.preferences


@pytest.mark.parametrize("version", ["", "nonsense", "999."])
def test_a_version_that_never_was_is_overtaken(shop: House, version: str) -> None:
    with pytest.raises(Overtaken):
        save(shop, version=version)

    assert shop.all(PreferenceChange) == []


def test_of_two_at_the_same_moment_one_is_told(shop: House) -> None:
    version = stored(shop).version
    shop.keep_tokens_good()

    def attempt(user_id: int) -> bool:
        try:
            save(shop, user_id=user_id, preferences=Preferences(due_day=user_id), version=version)
        except Overtaken:
            return False
        return True

    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(attempt, (ADMIN, COLLEAGUE)))

    assert sorted(results) == [False, True]
    assert len(shop.all(PreferenceChange)) == 1


def test_another_company_s_history_is_not_shown(shop: House) -> None:
    save(shop, preferences=Preferences(due_day=7))
    shop.add_company(7)

    assert show_history(shop.core, company_id=7).entries == ()
    assert len(show_history(shop.core, company_id=COMPANY).entries) == 1


def stored(house: House) -> Stored:
    """What is kept."""
    with house.core.database.reading() as session:
        return read_preferences(session, company_id=COMPANY, organisation=find_active(session, company_id=COMPANY))


def save(
    house: House,
    *,
    user_id: int = ADMIN,
    preferences: Preferences | None = None,
    defaults: Defaults | None = None,
    version: str | None = None,
) -> None:
    """Save, having seen what is kept now unless said otherwise."""
    wish = Wish(
        preferences=preferences or Preferences(),
        defaults=defaults or Defaults(),
        version=stored(house).version if version is None else version,
    )
    save_preferences(house.core, person=house.person(user_id), wish=wish)
