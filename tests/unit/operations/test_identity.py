"""Who is asking is what Pipedrive signed, and what they may see is what Pipedrive says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import event

from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.identity import find_visible, identify, require_deal
from sync.operations.locate import deal_of_intent
from sync.store.company import Installation
from sync.store.invoices import DealAccess, DealRow
from tests.unit.fakes.core import answers, away, meanwhile
from tests.unit.fakes.house import ADMIN, COLLEAGUE, COMPANY, DEAL, House

INTENT = "11111111-0000-4000-8000-000000000001"


def test_a_signed_token_says_who_is_asking(home: House) -> None:
    person = identify(home.core, token=token(home))

    assert (person.company_id, person.user_id, person.is_admin) == (COMPANY, ADMIN, True)


@pytest.mark.parametrize(
    "over",
    [
        {"exp": datetime.now(UTC) - timedelta(seconds=6)},
        {"exp": None},
        {"companyId": None},
        {"userId": "somebody"},
        {"userId": [1]},
    ],
)
def test_a_token_that_is_over_or_says_too_little_is_expired(home: House, over: dict[str, Any]) -> None:
    assert refusal(lambda: identify(home.core, token=token(home, **over))) is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize("key", ["another-secret-of-thirty-two-letters", ""])
def test_a_token_that_somebody_else_signed_is_expired(home: House, key: str) -> None:
    claims = {"companyId": COMPANY, "userId": ADMIN, "exp": datetime.now(UTC) + timedelta(minutes=5)}
    forged = jwt.encode(claims, key, algorithm="HS256" if key else "none")

    assert refusal(lambda: identify(home.core, token=forged)) is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize("junk", ["", "a.b.c", "ü", "x" * 9999])
def test_what_is_no_token_is_expired(home: House, junk: str) -> None:
    assert refusal(lambda: identify(home.core, token=junk)) is ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize(
    ("over", "code"),
    [({"state": "lapsed"}, ErrorCode.INSTALL_LAPSED), ({"ended_at": datetime.now(UTC)}, ErrorCode.NOT_INSTALLED)],
)
def test_an_installation_that_is_over_says_what_to_do(home: House, over: dict[str, Any], code: ErrorCode) -> None:
    home.set(Installation, COMPANY, ADMIN, **over)

    assert refusal(lambda: identify(home.core, token=token(home))) is code


def test_a_colleague_without_the_app_is_not_installed(home: House) -> None:
    assert refusal(lambda: identify(home.core, token=token(home, userId=404))) is ErrorCode.NOT_INSTALLED


def test_pipedrive_is_asked_with_the_person_s_own_token_and_its_yes_lasts_ten_minutes(home: House) -> None:
    colleague = home.add_user(COLLEAGUE)

    require_deal(home.core, person=colleague, deal_id=DEAL)
    home.clock.advance(minutes=9, seconds=59)
    require_deal(home.core, person=colleague, deal_id=DEAL)
    [call] = home.web.calls
    assert call.headers["Authorization"] == f"Bearer access-{COLLEAGUE}"

    home.clock.advance(seconds=1)
    require_deal(home.core, person=colleague, deal_id=DEAL)
    assert len(home.web.calls) == 2


def test_one_person_s_yes_is_not_another_s(home: House) -> None:
    require_deal(home.core, person=home.person(), deal_id=DEAL)
    home.web.trouble("GET", f"/deals/{DEAL}", answers(403))

    assert refusal(lambda: require_deal(home.core, person=home.add_user(COLLEAGUE), deal_id=DEAL)) is (
        ErrorCode.NO_ACCESS_TO_DEAL
    )


def test_the_deal_is_kept_as_it_was_seen(home: House) -> None:
    home.pipedrive.add_deal(43, title="Another")

    require_deal(home.core, person=home.person(), deal_id=43)

    assert home.get(DealRow, COMPANY, 43).title == "Another"


@pytest.mark.parametrize("status", [403, 404])
def test_a_no_is_not_remembered(home: House, status: int) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", answers(status))

    assert refusal(lambda: require_deal(home.core, person=home.person(), deal_id=DEAL)) is ErrorCode.NO_ACCESS_TO_DEAL
    assert home.all(DealAccess) == []


def test_a_person_whose_tokens_died_must_install_again(home: House) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", answers(401))

    assert refusal(lambda: require_deal(home.core, person=home.person(), deal_id=DEAL)) is ErrorCode.INSTALL_LAPSED


def test_while_pipedrive_is_away_nobody_sees_what_they_have_not_seen(home: House) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", away)

    with pytest.raises(Transient):
        require_deal(home.core, person=home.person(), deal_id=DEAL)


def test_the_mark_of_an_invoice_leads_to_the_deal_that_is_left(home: House) -> None:
    home.add_deal(43)
    home.add_intent(INTENT)
    assert deal_of_intent(home.core, intent_key=INTENT) == f"https://acme.pipedrive.com/deal/{DEAL}"

    home.set(DealRow, COMPANY, DEAL, merged_into=43)

    assert deal_of_intent(home.core, intent_key=INTENT) == "https://acme.pipedrive.com/deal/43"


@pytest.mark.parametrize("key", ["unknown", "", "x" * 999, "\x00"])
def test_a_mark_that_leads_nowhere_says_so(home: House, key: str) -> None:
    assert refusal(lambda: deal_of_intent(home.core, intent_key=key)) is ErrorCode.DEAL_GONE


def test_of_some_deals_those_are_found_that_may_be_seen_and_nobody_is_asked_twice(home: House) -> None:
    home.add_deal(43)
    home.add_deal(44)
    home.pipedrive.hidden.add(44)
    require_deal(home.core, person=home.person(), deal_id=DEAL)

    found = [find_visible(home.core, person=home.person(), deal_ids=[DEAL, 43, 44]) for _ in range(2)]

    assert found == [frozenset({DEAL, 43})] * 2
    assert [call.params["ids"] for call in home.web.made("GET", "/api/v2/deals")] == ["43,44", "44"]


def test_many_deals_are_let_in_with_a_few_statements_and_one_commit(home: House) -> None:
    person, many = home.person(), range(100, 124)
    for deal_id in many:
        home.pipedrive.add_deal(deal_id)
    statements: list[str] = []
    commits: list[object] = []
    event.listen(home.core.database.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    event.listen(home.core.database.engine, "commit", commits.append)

    found = find_visible(home.core, person=person, deal_ids=many)

    assert found == frozenset(many)
    assert len(commits) == 1
    assert len(statements) < 15


def test_deals_that_somebody_else_lets_in_at_the_same_moment_are_let_in_all_the_same(home: House) -> None:
    home.add_user(COLLEAGUE)
    for deal_id in (43, 44):
        home.pipedrive.add_deal(deal_id)
    colleague = home.person(COLLEAGUE)
    home.web.trouble(
        "GET", "/api/v2/deals", meanwhile(lambda: find_visible(home.core, person=colleague, deal_ids=[43, 44]))
    )

    assert find_visible(home.core, person=home.person(), deal_ids=[44, 43]) == frozenset({43, 44})
    assert {(one.user_id, one.deal_id) for one in home.all(DealAccess)} == {
        (user, deal_id) for user in (ADMIN, COLLEAGUE) for deal_id in (43, 44)
    }


def test_of_no_deals_none_is_found_without_a_call(home: House) -> None:
    assert find_visible(home.core, person=home.person(), deal_ids=[]) == frozenset()
    assert home.web.calls == []


def test_who_asks_for_deals_with_a_lapsed_installation_is_told_so(home: House) -> None:
    home.web.trouble("GET", "/api/v2/deals", answers(401), times=2)

    code = refusal(lambda: find_visible(home.core, person=home.person(), deal_ids=[43]))

    assert code is ErrorCode.INSTALL_LAPSED


def token(home: House, **over: Any) -> str:
    """A token as Pipedrive signs it; a claim of None is left out."""
    claims = {"companyId": COMPANY, "userId": ADMIN, "exp": datetime.now(UTC) + timedelta(minutes=5), **over}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, home.core.settings.pipedrive_jwt_secret, algorithm="HS256")


def refusal(deed: Callable[[], object]) -> ErrorCode:
    """Give why it was refused."""
    with pytest.raises(Anticipated) as caught:
        deed()
    return caught.value.code
