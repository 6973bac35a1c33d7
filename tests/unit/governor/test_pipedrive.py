"""What Pipedrive allows: bursts, searches, the day's tokens, and whom it has shut out."""

from redis import Redis

from tests.unit.governor.conftest import Office, held_back, make, passing, to_pipedrive


def test_a_fifth_of_pipedrives_burst_is_peoples(office: Office, redis: Redis) -> None:
    worker, web = office.background(), office.people()

    assert passing(worker, to_pipedrive()) == 64
    refused = held_back(worker, to_pipedrive())
    assert passing(web, to_pipedrive(), most=16) == 16

    assert redis.zcard("instep:governor:pipedrive:1:1:burst") == 80
    assert refused.problem == "burst"
    assert 0 < (refused.retry_after or 0) <= 2
    make(worker, to_pipedrive(user=2))
    office.clock.advance(2.1)
    make(worker, to_pipedrive())


def test_the_size_of_a_burst_is_pipedrives_word(office: Office) -> None:
    worker = office.background()

    assert passing(worker, to_pipedrive(), x_ratelimit_limit=160) == 128


def test_ten_searches_in_two_seconds(office: Office) -> None:
    worker, web = office.background(), office.people()

    assert passing(worker, to_pipedrive(is_search=True)) == 8
    assert passing(web, to_pipedrive(is_search=True), most=2) == 2
    make(worker, to_pipedrive())


def test_a_company_without_tokens_is_left_alone_longer_each_time(office: Office) -> None:
    worker, web = office.background(), office.people()
    waits = []
    for _ in range(4):
        make(worker, to_pipedrive(), 429, x_ratelimit_remaining=12)
        refused = held_back(web, to_pipedrive(user=2))
        assert refused.problem == "daily"
        waits.append(round(refused.retry_after or 0))
        office.clock.advance(waits[-1] + 1)

    make(worker, to_pipedrive())
    make(worker, to_pipedrive(), 429, x_ratelimit_remaining=12)

    assert waits == [900, 1800, 3600, 3600]
    assert round(held_back(worker, to_pipedrive()).retry_after or 0) == 900
    make(worker, to_pipedrive(company=2))


def test_whom_cloudflare_has_shut_out_stays_out(office: Office) -> None:
    worker = office.background()
    make(worker, to_pipedrive(), 403, content_type="text/html")

    assert held_back(worker, to_pipedrive()).problem == "blocked"
