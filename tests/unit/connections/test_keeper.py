"""A token is refreshed once, by whoever claims it, and kept before it is used."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from sync.clients.failures import GrantDead, Unavailable
from sync.clients.pipedrive.oauth import WrongApiDomain
from sync.connections.keeper import TokenKeeper, seal_tokens
from sync.connections.pipedrive import installation_tokens
from sync.connections.xero import grant_tokens
from sync.errors import ErrorCode
from sync.store.accounts import Grant
from sync.store.company import Company, Installation
from tests.unit.fakes.core import some_tokens
from tests.unit.fakes.house import ADMIN, COMPANY, GRANT, House

THREADS = 8


def test_a_token_that_is_good_for_another_minute_is_given_as_it_is(home: House) -> None:
    home.clock.advance(minutes=28)

    assert keeper(home).current() == "access-xero"
    assert home.xero_oauth.grants.refreshed == []


def test_a_token_in_its_last_minute_is_refreshed_and_kept(home: House) -> None:
    home.xero_oauth.grants.will_give([some_tokens(2)])
    home.clock.advance(minutes=29, seconds=1)

    assert keeper(home).current() == "access-2"

    assert keeper(home).current() == "access-2"
    assert home.xero_oauth.grants.refreshed == ["refresh-xero"]
    assert refresh_token(home) == "refresh-2"
    assert row(home).refreshing_until is None


def test_eight_callers_at_once_make_one_refresh(home: House) -> None:
    looks = Looks(wanted=THREADS)
    home.xero_oauth.grants.will_give([some_tokens(2)])
    home.xero_oauth.grants.before_answer = looks.all_have_looked
    together = threading.Barrier(THREADS)
    one = keeper(home, looks.find)

    def renew() -> str:
        together.wait(timeout=10)
        return one.renewed(stale="access-xero")

    with ThreadPoolExecutor(THREADS) as pool:
        given = [found.result() for found in [pool.submit(renew) for _ in range(THREADS)]]

    assert given == ["access-2"] * THREADS
    assert home.xero_oauth.grants.refreshed == ["refresh-xero"]


def test_a_refusal_for_good_ends_the_grant(home: House) -> None:
    home.xero_oauth.grants.will_give([GrantDead("invalid_grant")])

    with pytest.raises(GrantDead):
        keeper(home).renewed(stale="access-xero")

    assert row(home).state == "lapsed"
    with pytest.raises(GrantDead):
        keeper(home).current()
    assert len(home.xero_oauth.grants.refreshed) == 1


def test_a_refusal_of_a_token_that_was_replaced_meanwhile_gives_the_new_one(home: House) -> None:
    home.xero_oauth.grants.before_answer = lambda: consent_again(home)

    assert keeper(home).renewed(stale="access-xero") == "access-9"
    assert row(home).state == "active"


def test_an_answer_that_comes_after_a_new_consent_leaves_the_consent_s_tokens_alone(home: House) -> None:
    home.xero_oauth.grants.before_answer = lambda: consent_again(home)
    home.xero_oauth.grants.will_give([some_tokens(2)])

    assert keeper(home).renewed(stale="access-xero") == "access-9"
    assert refresh_token(home) == "refresh-9"


def test_an_answer_that_comes_after_the_end_of_the_grant_is_not_kept(home: House) -> None:
    home.xero_oauth.grants.before_answer = lambda: home.set(
        Grant, GRANT, state="ended", access_token="", refresh_token=""
    )
    home.xero_oauth.grants.will_give([some_tokens(2)])

    with pytest.raises(GrantDead):
        keeper(home).renewed(stale="access-xero")

    assert (row(home).state, row(home).refresh_token) == ("ended", "")


def test_an_answer_that_comes_after_another_caller_was_refused_revives_the_grant(home: House) -> None:
    def refuse_another() -> None:
        home.clock.advance(seconds=41)
        home.xero_oauth.grants.before_answer = lambda: None
        with pytest.raises(GrantDead):
            keeper(home).renewed(stale="access-xero")

    home.xero_oauth.grants.before_answer = refuse_another
    home.xero_oauth.grants.will_give([GrantDead("invalid_grant"), some_tokens(2)])

    assert keeper(home).renewed(stale="access-xero") == "access-2"
    assert (row(home).state, refresh_token(home)) == ("active", "refresh-2")


def test_a_try_that_failed_late_does_not_free_another_caller_s_claim(home: House) -> None:
    def claim_by_another() -> None:
        home.clock.advance(seconds=41)
        home.set(Grant, GRANT, refreshing_until=home.clock() + timedelta(seconds=40))

    home.xero_oauth.grants.before_answer = claim_by_another
    home.xero_oauth.grants.will_give([Unavailable(ErrorCode.XERO_UNAVAILABLE)])

    with pytest.raises(Unavailable):
        keeper(home).renewed(stale="access-xero")

    assert row(home).refreshing_until == home.clock() + timedelta(seconds=40)


def test_a_vendor_that_is_away_leaves_the_row_free_for_the_next_try(home: House) -> None:
    home.xero_oauth.grants.will_give([Unavailable(ErrorCode.XERO_UNAVAILABLE), some_tokens(2)])

    with pytest.raises(Unavailable):
        keeper(home).renewed(stale="access-xero")

    assert row(home).refreshing_until is None
    assert keeper(home).renewed(stale="access-xero") == "access-2"


def test_the_claim_of_a_killed_refresher_lapses(home: House) -> None:
    home.xero_oauth.grants.will_give([some_tokens(2)])
    home.set(Grant, GRANT, refreshing_until=home.clock() + timedelta(seconds=40))
    home.clock.advance(seconds=41)

    assert keeper(home).renewed(stale="access-xero") == "access-2"


def test_whoever_holds_an_old_token_gets_the_new_one_without_a_call(home: House) -> None:
    assert keeper(home).renewed(stale="one-from-before") == "access-xero"
    assert home.xero_oauth.grants.refreshed == []


def test_a_token_is_refreshed_early_to_keep_it_alive(home: House) -> None:
    home.xero_oauth.grants.will_give([some_tokens(2)])

    keeper(home).refresh_now()

    assert keeper(home).current() == "access-2"


def test_tokens_are_sealed_in_the_store(home: House) -> None:
    assert "access" not in row(home).access_token
    assert "refresh" not in row(home).refresh_token


def test_a_refresh_in_pipedrive_follows_a_renamed_company(home: House) -> None:
    home.pipedrive_oauth.grants.will_give([some_tokens(2, api_domain="https://acme-new.pipedrive.com")])

    installation_tokens(home.core, company_id=COMPANY, user_id=ADMIN).refresh_now()

    assert home.get(Company, COMPANY).api_domain == "https://acme-new.pipedrive.com"


def test_a_refresh_in_pipedrive_that_names_no_domain_keeps_the_old_one(home: House) -> None:
    home.pipedrive_oauth.grants.will_give([some_tokens(2)])

    installation_tokens(home.core, company_id=COMPANY, user_id=ADMIN).refresh_now()

    assert home.get(Company, COMPANY).api_domain == "https://acme.pipedrive.com"


def test_a_refresh_in_pipedrive_that_names_a_strange_domain_is_kept_and_the_domain_is_not(home: House) -> None:
    home.pipedrive_oauth.grants.will_give([some_tokens(2, api_domain="https://evil.example")])

    with pytest.raises(WrongApiDomain):
        installation_tokens(home.core, company_id=COMPANY, user_id=ADMIN).refresh_now()

    kept = home.get(Installation, COMPANY, ADMIN)
    assert home.core.vault.open(kept.refresh_token).reveal() == "refresh-2"
    assert home.get(Company, COMPANY).api_domain == "https://acme.pipedrive.com"


@dataclass
class Looks:
    """Counts the looks at the row, so that a refresh can wait until everybody has had one."""

    wanted: int
    seen: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def find(self, session: Session) -> Grant | None:
        """Look at the row, as all callers do."""
        with self.changed:
            self.seen += 1
            self.changed.notify_all()
        return session.get(Grant, GRANT)

    def all_have_looked(self) -> None:
        """Wait for everybody."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.seen >= self.wanted, timeout=10)


def keeper(home: House, find: Callable[[Session], Grant | None] | None = None) -> TokenKeeper:
    """The keeper of the grant."""
    if find is None:
        return grant_tokens(home.core, grant_id=GRANT)
    return TokenKeeper(
        home.core,
        find=find,
        refresh=lambda token: home.xero_oauth.refresh(refresh_token=token),
        busy=ErrorCode.XERO_BUSY,
    )


def consent_again(home: House) -> None:
    """The Xero user consents, which stores other tokens."""
    with home.core.database.writing() as session:
        seal_tokens(home.core, row=session.get_one(Grant, GRANT), tokens=some_tokens(9))


def refresh_token(home: House) -> str:
    """The refresh token that is kept."""
    return home.core.vault.open(row(home).refresh_token).reveal()


def row(home: House) -> Grant:
    """The grant as it is now."""
    return home.get(Grant, GRANT)
