"""Who may call when: reserves, Xero's minutes and days, and what Xero says of them."""

import pytest
from redis import Redis

from sync.clients.governor import Call
from tests.unit.governor.conftest import Office, held_back, make, passing, seed, to_pipedrive, to_xero, trips


def test_background_work_leaves_ten_calls_of_a_minute_to_people(office: Office) -> None:
    worker, web = office.background(), office.people()

    assert passing(worker, to_xero(), x_minlimit_remaining=60) == 50
    assert passing(web, to_xero(), x_minlimit_remaining=60) == 10


def test_a_minute_is_any_sixty_seconds(office: Office) -> None:
    worker = office.background()
    assert passing(worker, to_xero(), most=30, x_minlimit_remaining=60) == 30
    office.clock.advance(40)
    assert passing(worker, to_xero(), x_minlimit_remaining=60) == 20

    refused = held_back(worker, to_xero())
    office.clock.advance(refused.retry_after or 0)

    assert refused.problem == "minute"
    assert 15 < (refused.retry_after or 0) <= 20
    assert passing(worker, to_xero(), x_minlimit_remaining=60) >= 1


def test_a_call_that_has_not_ended_counts_as_if_it_were_made_now(office: Office) -> None:
    worker, web = office.background(), office.people()
    seed(worker, to_xero())
    slow = worker.permit(to_xero())
    slow.__enter__()
    passing(worker, to_xero(), x_minlimit_remaining=60)
    office.clock.advance(5)
    slow.__exit__(None, None, None)

    office.clock.advance(57)

    # All but the slow one ended more than a minute ago.
    assert passing(web, to_xero(), x_minlimit_remaining=60) == 59


def test_xeros_word_counts_where_ours_is_lost(office: Office, redis: Redis) -> None:
    worker, web = office.background(), office.people()
    passing(worker, to_xero(), x_minlimit_remaining=60)
    redis.flushdb()

    make(worker, to_xero(), x_minlimit_remaining=10)
    refused = held_back(worker, to_xero())

    assert refused.problem == "minute"
    assert 59 < (refused.retry_after or 0) <= 60
    make(web, to_xero(), x_minlimit_remaining=9)


def test_an_answer_that_was_overtaken_gives_nothing_back(office: Office) -> None:
    web = office.people()
    seed(web, to_xero(), left=4)
    early = web.permit(to_xero())
    permit = early.__enter__()
    make(web, to_xero(), x_minlimit_remaining=2)
    permit.answered(status=200, headers={"x-minlimit-remaining": "3"})
    early.__exit__(None, None, None)

    assert 1 <= passing(web, to_xero()) <= 2


def test_a_new_minute_of_xeros_is_believed(office: Office) -> None:
    worker = office.background()
    seed(worker, to_xero(), left=12)
    make(worker, to_xero(), x_minlimit_remaining=11)

    make(worker, to_xero(), x_minlimit_remaining=59)

    assert passing(worker, to_xero()) == 47


def test_a_tenth_of_the_day_is_peoples(office: Office) -> None:
    worker, web = office.background(), office.people()
    make(worker, to_xero(), x_daylimit_remaining=1000)
    office.clock.advance(60)
    make(worker, to_xero(), x_daylimit_remaining=100)

    refused = held_back(worker, to_xero())

    assert refused.problem == "day"
    assert (refused.retry_after or 0) > 3500
    make(web, to_xero(), x_daylimit_remaining=99)


def test_once_an_hour_one_call_asks_whether_the_day_has_turned(office: Office) -> None:
    worker = office.background()
    make(worker, to_xero(), x_daylimit_remaining=1000)
    make(worker, to_xero(), x_daylimit_remaining=1)
    office.clock.advance(3601)

    with worker.permit(to_xero()) as asking:
        assert held_back(worker, to_xero()).problem == "concurrent"
        asking.answered(status=200, headers={"x-daylimit-remaining": "999"})

    with worker.permit(to_xero()), worker.permit(to_xero()):
        pass


def test_a_day_that_xero_says_is_over_is_over_for_all(office: Office) -> None:
    worker, web = office.background(), office.people()
    make(worker, to_xero(), 429, x_rate_limit_problem="Day", retry_after=40_000, x_daylimit_remaining=0)

    for governor in (worker, web):
        refused = held_back(governor, to_xero())
        assert (refused.problem, round(refused.retry_after or 0)) == ("day", 40_000)
    make(worker, to_xero("another"))


def test_the_apps_minute_is_every_organisations(office: Office) -> None:
    worker, web = office.background(), office.people()
    make(worker, to_xero(), 429, x_rate_limit_problem="appminute", retry_after=30)

    assert held_back(worker, to_xero("another")).problem == "appminute"
    assert held_back(web, to_xero("")).problem == "appminute"


def test_of_the_apps_minute_a_twentieth_is_peoples(office: Office) -> None:
    worker, web = office.background(), office.people()
    make(worker, to_xero(), x_appminlimit_remaining=500)

    assert held_back(worker, to_xero("another")).problem == "appminute"
    make(web, to_xero("another"))


@pytest.mark.parametrize("call", [to_xero(), to_pipedrive()])
def test_what_is_known_of_a_tenant_is_forgotten_in_time(office: Office, redis: Redis, call: Call) -> None:
    seed(office.background(), call)

    keys = list(redis.scan_iter("*"))
    assert len(keys) >= 3
    assert all(redis.ttl(key) > 0 for key in keys)


def test_no_call_costs_more_than_two_round_trips(office: Office, redis: Redis) -> None:
    worker = office.background()
    seed(worker, to_xero())
    before = trips(redis)

    for _ in range(10):
        make(worker, to_xero(), x_minlimit_remaining=60)

    assert trips(redis) - before == 20


def test_a_redis_that_lost_its_scripts_is_told_them_again(office: Office, redis: Redis) -> None:
    worker = office.background()
    seed(worker, to_xero())
    redis.script_flush()

    seed(worker, to_xero())


def test_a_day_that_is_over_at_the_first_word_stops_its_own_organisation_only(office: Office) -> None:
    worker = office.background()
    make(worker, to_xero(), x_daylimit_remaining=0)

    assert held_back(worker, to_xero()).problem == "day"
    make(worker, to_xero("another"))


def test_what_is_left_of_a_day_is_peoples_also_when_its_size_is_forgotten(office: Office) -> None:
    worker, web = office.background(), office.people()
    make(worker, to_xero(), x_daylimit_remaining=60, x_minlimit_remaining=59)

    assert held_back(worker, to_xero()).problem == "day"
    make(web, to_xero())


def test_a_minute_that_xero_says_is_over_is_over_when_xero_said(office: Office) -> None:
    web = office.people()
    make(web, to_xero(), 429, x_rate_limit_problem="Minute", retry_after=7, x_minlimit_remaining=0)
    assert held_back(web, to_xero()).problem == "minute"

    office.clock.advance(7.1)

    make(web, to_xero())


def test_a_short_refusal_does_not_end_a_longer_one(office: Office) -> None:
    first, second = office.people(), office.people()
    seed(first, to_xero())
    # The inner one ends first.
    with first.permit(to_xero()) as late, second.permit(to_xero()) as early:
        early.answered(status=429, headers={"x-rate-limit-problem": "day", "retry-after": "7200"})
        late.answered(status=429, headers={"x-rate-limit-problem": "concurrent"})

    office.clock.advance(3)

    assert held_back(first, to_xero()).problem == "day"


def test_a_xero_that_allows_more_a_minute_is_believed(office: Office) -> None:
    web = office.people()
    make(web, to_xero(), x_minlimit_remaining=5_999)

    for left in range(5_998, 5_900, -1):
        make(web, to_xero(), x_minlimit_remaining=left)
