"""An example is made of a real deal, as this person sees it."""

from datetime import date
from decimal import Decimal

import pytest

from sync.domain.due import DueKind
from sync.errors import Anticipated, ErrorCode
from sync.operations.live_example import recent_deals, show_example
from sync.operations.preferences import XERO_TERMS, Preferences
from sync.store.accounts import Connection
from tests.unit.clients.samples import a_product
from tests.unit.fakes.core import answers, away
from tests.unit.fakes.house import DEAL, House


def test_five_deals_are_offered_newest_first_with_all_their_percentages(home: House) -> None:
    for number in range(1, 7):
        home.pipedrive.add_deal(number, title=f"No. {number}", update_time=f"2026-11-0{number}T10:00:00Z")
        home.pipedrive.products[number] = [a_product(tax=number)]
    home.pipedrive.taxes = [21, 6]

    found = recent_deals(home.core, person=home.person(), deal_id=None)

    assert [title for _, title in found.deals] == ["No. 6", "No. 5", "No. 4", "No. 3", "Deal Title"]
    assert found.percents == tuple(Decimal(tax) for tax in (3, 4, 5, 6, 21))
    assert found.sample is not None
    assert found.sample.deal.deal_id == 6


def test_a_deal_that_somebody_looks_at_stays_among_them(home: House) -> None:
    home.pipedrive.change(DEAL, update_time="2020-01-01T10:00:00Z")
    for number in range(1, 7):
        home.pipedrive.add_deal(number)

    found = recent_deals(home.core, person=home.person(), deal_id=DEAL)

    assert len(found.deals) == 5
    assert found.sample is not None
    assert found.sample.deal.deal_id == DEAL


def test_without_deals_there_is_no_example_and_no_problem(home: House) -> None:
    home.pipedrive.deals.clear()

    found = recent_deals(home.core, person=home.person(), deal_id=None)

    assert (found.deals, found.sample, found.problem) == ((), None, None)
    assert show_example(home.core, person=home.person(), preferences=Preferences(), deal_id=None).customer is None


def test_whom_this_person_may_not_see_is_left_out(home: House) -> None:
    home.pipedrive.organizations[9] = "Acme"
    home.pipedrive.change(DEAL, org_id=9)
    home.web.trouble("GET", "/organizations/9", answers(403))

    shown = show_example(home.core, person=home.person(), preferences=Preferences(), deal_id=DEAL)

    assert shown.customer is not None
    assert (shown.customer.name, shown.problem) == ("", None)


def test_where_pipedrive_gives_none_the_example_says_so(home: House) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", away)
    home.web.trouble("GET", "/deals", away)

    assert show_example(home.core, person=home.person(), preferences=Preferences(), deal_id=DEAL).problem is not None
    assert recent_deals(home.core, person=home.person(), deal_id=None).problem is not None


def test_a_person_whose_tokens_died_must_install_again(home: House) -> None:
    home.web.trouble("GET", "/deals", answers(401), times=2)

    with pytest.raises(Anticipated) as caught:
        recent_deals(home.core, person=home.person(), deal_id=None)

    assert caught.value.code is ErrorCode.INSTALL_LAPSED


@pytest.mark.parametrize(
    ("preferences", "due"),
    [
        (Preferences(due_day=0), date(2026, 11, 22)),
        (Preferences(due_kind=DueKind.DAYS_AFTER_MONTH_END, due_day=10), date(2026, 12, 10)),
        (Preferences(due_kind=DueKind.OF_CURRENT_MONTH, due_day=31), date(2026, 11, 30)),
        (Preferences(due_kind=DueKind.OF_FOLLOWING_MONTH, due_day=20), date(2026, 12, 20)),
    ],
)
def test_the_due_date_follows_the_rule_from_the_organisation_s_today(
    home: House, preferences: Preferences, due: date
) -> None:
    shown = show_example(home.core, person=home.person(), preferences=preferences, deal_id=DEAL)

    assert (shown.issue_date, shown.due_date) == (date(2026, 11, 22), due)


def test_without_an_organisation_there_is_an_example_all_the_same(home: House) -> None:
    home.set(Connection, home.all(Connection)[0].key, state="ended")

    shown = show_example(home.core, person=home.person(), preferences=Preferences(due_kind=XERO_TERMS), deal_id=DEAL)

    assert shown.due_date == date(2026, 12, 6)
